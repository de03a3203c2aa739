"""Cursors: where a page ended, as a word that says nothing to its bearer and is good for the same question alone."""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from queries.api.problems import ProblemError, Wrong

LONGEST = 512
_EPOCH, _MILLISECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(milliseconds=1)


class Place(NamedTuple):
    """The last alert of a page: those behind it come next."""

    as_of: dt.datetime
    alert_id: str


#: Before the first page: no alert is decided later, or has a greater id.
BEGINNING = Place(dt.datetime(2200, 1, 1, tzinfo=dt.UTC), "~")


def cursor(place: Place, filters: Mapping[str, object]) -> str:
    """The word for a place in the answer to a question with these filters."""
    moment = (place.as_of - _EPOCH) // _MILLISECOND
    text = json.dumps([moment, place.alert_id, _digest(filters)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place(word: str | None, filters: Mapping[str, object]) -> Place:
    """Where a cursor's page ended; the beginning without one.

    Raises:
        ProblemError: it is no cursor, or one of another question.
    """
    if word is None:
        return BEGINNING
    try:
        text = base64.b64decode(word.encode("ascii") + b"=" * (-len(word) % 4), altchars=b"-_", validate=True)
        moment, alert_id, digest = json.loads(text)
        found = Place(_EPOCH + int(moment) * _MILLISECOND, str(alert_id))
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _wrong(word, "it is no cursor of this path: take 'next' of the page before as it is") from None
    if digest != _digest(filters) or found.as_of > BEGINNING.as_of:
        raise _wrong(word, "it belongs to other filters: give the same ones as for the page before")
    return found


def _digest(filters: Mapping[str, object]) -> str:
    return hashlib.blake2b(json.dumps(filters, default=str, sort_keys=True).encode(), digest_size=6).hexdigest()


def _wrong(word: str, message: str) -> ProblemError:
    shown = word[:LONGEST]
    wrong = [Wrong(parameter="cursor", value=shown, message=message)]
    return ProblemError("bad-parameter", f"The cursor {shown!r} cannot be used: {message}.", wrong)
