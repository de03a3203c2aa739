"""Has what was stored in parts that are torn stored again: a power cut leaves such parts, and a disk that was full."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import C360Error, UnreachableError
from schemas.groups import STORED
from schemas.settings import Settings
from sinks.background import Asking
from sinks.erasure import erase_again
from sinks.installation import note, noted
from sinks.migrate import LOST, ROLLUPS, existing, forget, migrate, missing
from sinks.reset_offsets import Reset, move
from sinks.statements import is_by_client, rollup_objects, sql
from sinks.turn import turn

log = logging.getLogger(__name__)

#: Under this name it is noted which torn parts were seen to.
TORN = "torn parts"
#: What was stored so long before an engine's end is on the disk: Linux keeps it back for half a minute.
WRITTEN_SECONDS = 120
#: Before what was refused is tried again.
AGAIN_SECONDS = 60.0
#: What rollups are made of.
ROLLED_UP = ("customers", "products", "transactions", "interactions")

Offsets = Mapping[str, Mapping[int, int]]
"""By topic and partition."""


class TornPart(NamedTuple):
    """A part that was put aside, and when, in s; of another one a table may use the name again."""

    table: str
    name: str
    at: int
    is_recent: bool

    @property
    def key(self) -> str:
        """TABLE/NAME/TIME."""
        return f"{self.table}/{self.name}/{self.at}"


def torn_parts(client: Client) -> list[TornPart]:
    """Those that are still there, of every table."""
    return [TornPart(*row) for row in client.query(sql("torn")).result_rows]


class Seen(NamedTuple):
    """The torn parts that were seen to, by key, and where readers were moved to last: when, in ms."""

    parts: frozenset[str] = frozenset()
    moved: Offsets = {}  # noqa: RUF012 - never changed
    at: int = 0


def seen(client: Client) -> Seen:
    """What is noted of them."""
    if not (text := noted(client, TORN)):
        return Seen()
    kept = json.loads(text)
    moved = {topic: {int(number): offset for number, offset in to.items()} for topic, to in kept["moved"].items()}
    return Seen(frozenset(kept["parts"]), moved, kept["at"])


def keep(client: Client, known: Seen) -> None:
    """Notes it."""
    note(client, TORN, json.dumps({"parts": sorted(known.parts), "moved": known.moved, "at": known.at}))


class Reread(Asking):
    """Looks for what was lost with an engine's end, and moves its readers back to some time before that.

    What is there is known as a repeat. Rollups are made anew if one is gone, or a part of them or of their rows torn.
    """

    name = "reread"
    every_seconds = 5.0

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._clock = clock
        self._due = 0.0
        self._gone: list[str] = []  # what was missing at the last look
        self._counted_again: frozenset[str] = frozenset()  # the torn parts for which rollups are made anew already

    def ask(self, client: Client) -> None:
        """One look. What was refused is not tried again at once: each time all that was moved is read once more."""
        if self._clock() < self._due:
            return
        try:
            try:
                self._make(client)
            finally:
                self._read_again(client)
        except UnreachableError:
            raise
        except (C360Error, ClickHouseError):
            self._due = self._clock() + AGAIN_SECONDS
            raise

    def _make(self, client: Client) -> None:
        """Makes what the engine could not start with: what is missing at two looks, and not while a database goes."""
        gone, before = missing(client, self._settings), self._gone
        self._gone = gone
        if gone and gone == before and "installation" in existing(client, self._settings):
            migrate(client, self._settings)
            log.warning("%s were missing: they are made anew", ", ".join(gone))
            erase_again(client, self._settings)

    def _read_again(self, client: Client) -> None:
        """Has read again what may be lost. It is noted last: whoever starts after a death in between does it all."""
        known = seen(client)
        there = torn_parts(client)
        new = [part for part in there if part.is_recent and part.key not in known.parts]
        tables = sorted({part.table for part in new})
        self._count_again(client, frozenset(part.key for part in new), tables)
        if not (lost := noted(client, LOST)) and not new:
            return
        starts = [part.at for part in new] + ([int(lost)] if lost else [])
        said = f"{', '.join(tables)} had torn parts" if tables else "some of the way in was missing"
        log.warning("%s when the engine started at %s", said, said_at(min(starts)))
        erase_again(client, self._settings)
        if lost or not set(tables) <= set(rollup_objects()):
            known = self._move(client, min(starts), known)
        keep(client, known._replace(parts=frozenset(part.key for part in there)))
        with turn(self._settings):
            # Who makes the way in anew notes it in a turn, too.
            if noted(client, LOST) == lost:
                note(client, LOST, "")

    def _count_again(self, client: Client, parts: frozenset[str], tables: Iterable[str]) -> None:
        """Has rollups made anew, once, of which parts are torn or of what they are made of.

        A rollup knows by a block's number which rows it holds: that of a torn part may be given once more.
        """
        if not set(tables).isdisjoint([*rollup_objects(), *ROLLED_UP]) and not parts <= self._counted_again:
            forget(client, ROLLUPS)
            migrate(client, self._settings)
            self._counted_again = parts

    def _move(self, client: Client, start: int, before: Seen) -> Seen:
        """Has the topics read again. A client of the queues is in nobody's hand: it is said what to do."""
        if is_by_client(self._settings):
            log.warning("Read the topics again from some minutes before that: c360 reset-offsets")
            return before
        words = {"start": start, "seconds": WRITTEN_SECONDS}
        stored: dict[str, dict[int, int]] = {}
        for topic, partition, offset, at in client.query(sql("stored_before"), parameters=words).result_rows:
            # Unless something that is read since the last move is safe, it is read from there again.
            begun = before.moved.get(topic, {}).get(partition, offset) if at <= before.at else offset
            stored.setdefault(topic, {})[partition] = min(offset, begun)
        resets = {topic.name(self._settings): Reset(self._settings, topic) for topic in STORED}
        moved = {name: _back(reset, stored.get(name, {})) for name, reset in resets.items()}
        move(self._settings, {resets[name]: offsets for name, offsets in moved.items()})
        log.warning("What came from %d s before its end on is read again", WRITTEN_SECONDS)
        (now,) = client.query(sql("now")).result_rows[0]
        return Seen(before.parts, moved, now)


def _back(reset: Reset, stored: Mapping[int, int]) -> dict[int, int]:
    """To where its partitions had been stored; to their begin, where nothing was."""
    return {number: span.back_to(stored.get(number, span.begin)) for number, span in reset.spans().items()}


def said_at(seconds: int) -> str:
    """A start's time, as it is said."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
