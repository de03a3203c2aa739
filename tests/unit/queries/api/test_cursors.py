"""A cursor is where a page ended, of one question alone; whatever else is sent is refused."""

import base64
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.api.cursors import BEGINNING, Place, cursor, place
from queries.api.problems import ProblemError

FILTERS = {"kind": "raised", "customer_id": 7}
NOON = dt.datetime(2026, 1, 31, 12, 0, 0, 7000, tzinfo=dt.UTC)


@given(st.integers(0, 7_226_582_399_999), st.text("0123456789abcdef", min_size=1, max_size=32))
def test_it_leads_back_to_its_place_to_the_millisecond(milliseconds: int, alert_id: str) -> None:
    """As a float of seconds, one in some is a millisecond off: an alert would be left out, or come twice."""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)
    assert place(cursor(Place(moment, alert_id), FILTERS), FILTERS) == Place(moment, alert_id)


def test_none_is_the_beginning() -> None:
    assert place(None, FILTERS) == BEGINNING


def test_it_belongs_to_its_filters() -> None:
    word = cursor(Place(NOON, "ab"), FILTERS)
    with pytest.raises(ProblemError, match="belongs to other filters"):
        place(word, {**FILTERS, "kind": "recovered"})


@given(st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_word_is_refused(word: str) -> None:
    with pytest.raises(ProblemError) as said:
        place(word, FILTERS)
    assert said.value.status == 400
    assert said.value.errors[0].parameter == "cursor"


@pytest.mark.parametrize("inside", [[1e400, "a", "b"], ["x", "a", "b"], [10**20, "a", "b"], [1, 2], {}, [None] * 3])
def test_one_that_is_made_up_is_refused(inside: object) -> None:
    word = base64.urlsafe_b64encode(json.dumps(inside).encode()).decode().rstrip("=")
    with pytest.raises(ProblemError, match="cannot be used"):
        place(word, FILTERS)
