"""Alerts as they arrive: one consumer for all readers, who share what was read last and take it at their own pace."""

import asyncio
import contextlib
import datetime as dt
import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaException

from queries.alerts import Began, Placed, followed
from queries.api import metrics
from queries.api.models import Alert
from schemas.errors import BusyError, C360Error, UnreachableError
from schemas.settings import Settings

log = logging.getLogger("queries.api")

#: Alerts that are held for readers who are behind or come back.
HELD = 10_000
#: A sign of life for whoever is in between; the shortest patience in use is about a minute.
SILENCE_SECONDS = 15.0
#: How long a reader waits for Kafka before it is told that it does not answer.
START_SECONDS = 10.0
RETRY_SECONDS = 5.0
#: Tells a client when to come back.
RETRY = b"retry: 3000\n"
SIGN_OF_LIFE = b": still here\n\n"
#: Sent in place of what is no longer held.
GAP = b"event: gap\ndata: {}\n"
_Source = Callable[[Settings, int], Iterator[Began | Placed | None]]


@dataclass(frozen=True)
class Position:
    """For each partition the offset behind the last alert that was sent; what a Last-Event-ID says."""

    offsets: Mapping[int, int]

    def __str__(self) -> str:
        return ",".join(f"{partition}:{offset}" for partition, offset in sorted(self.offsets.items()))

    @classmethod
    def parsed(cls, word: str) -> "Position":
        """The position that a Last-Event-ID names.

        Raises:
            ValueError: it names none.
        """
        pairs = [part.split(":") for part in word.split(",")]
        return cls({int(partition): int(offset) for partition, offset in pairs})


@dataclass(frozen=True)
class _Held:
    partition: int
    offset: int
    kind: str
    segment: str
    as_of: dt.datetime
    data: bytes


class Live:
    """What readers of live alerts read from. Used within one event loop; the consumer has a thread of its own."""

    def __init__(self, settings: Settings, source: _Source = followed) -> None:
        self._settings, self._source = settings, source
        self._held: deque[_Held] = deque()
        #: Alerts that were held before the first of those that are now.
        self._gone = 0
        #: For each partition the offset before which nothing is held, and the one behind the last that was read.
        self._dropped: dict[int, int] = {}
        self._read_to: dict[int, int] = {}
        #: How often the topic was made anew.
        self._anew = 0
        self._changed = asyncio.Event()
        self._started = asyncio.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._readers = 0
        self._failure = ""

    @property
    def readers(self) -> int:
        """How many are connected."""
        return self._readers

    @property
    def seen(self) -> int:
        """How many alerts were read since the beginning."""
        return self._gone + len(self._held)

    @property
    def failure(self) -> str:
        """Why alerts cannot be read from Kafka; empty while they can."""
        return self._failure

    def latest(self, count: int) -> list[Alert]:
        """The latest of those that are held, by time, the newest first."""
        newest = heapq.nlargest(count, self._held, key=lambda held: (held.as_of, held.partition, held.offset))
        return [Alert.model_validate_json(held.data) for held in newest]

    async def start(self) -> None:
        """Begins to read from Kafka, unless it does already, and waits until it has what was there before.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._read, args=(loop,), name="live-alerts", daemon=True)
            self._thread.start()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._started.wait()
        except TimeoutError:
            raise UnreachableError(
                self._failure or f"Kafka at {self._settings.bootstrap} does not answer. Start it with 'c360 up'."
            ) from None

    @contextlib.contextmanager
    def place(self, limit: int) -> Iterator[None]:
        """Counts a reader for as long as they are answered.

        Raises:
            BusyError: so many as the limit are connected.
        """
        if self._readers >= limit:
            metrics.refused().labels("streams").inc()
            raise BusyError(f"{limit} readers are connected, which is the limit (C360_API_STREAMS).")
        self._readers += 1
        metrics.readers().set(self._readers)
        try:
            yield
        finally:
            self._readers -= 1
            metrics.readers().set(self._readers)

    async def events(
        self, since: Position | None, kind: str | None, segment: str | None
    ) -> AsyncGenerator[bytes, None]:
        """Server-sent events, without end: those behind a position, or those from now on."""
        anew, place = self._anew, self.seen if since is None else self._gone
        sent = dict(self._read_to if since is None else since.offsets)
        gap = self._gap(sent)
        yield RETRY + gap + _id(sent) + b"\n"
        while not self._ending.is_set():
            if anew < self._anew:
                # Nothing of this topic has been sent, from wherever on it is held.
                anew, sent = self._anew, dict.fromkeys(self._dropped, -1)
            gap = self._gap(sent)
            news = (gap and gap + _id(sent) + b"\n") + self._since(place, sent, kind, segment)
            place = self.seen
            if news:
                yield news
            elif not await self._change():
                yield SIGN_OF_LIFE

    def end(self) -> None:
        """Ends all readers, and the consumer."""
        self._ending.set()
        self._tell()

    async def join(self) -> None:
        """Waits for the consumer's end: it polls every half second."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, START_SECONDS)

    def _gap(self, sent: dict[int, int]) -> bytes:
        """Moves what a reader has of each partition to where something is held; GAP if it misses what lies between.

        Offsets that are not there yet are those of a topic that was made anew since, or of a server that has read more.
        """
        before = {**dict.fromkeys(self._dropped, 0), **sent}
        sent.clear()
        for partition, dropped in self._dropped.items():
            sent[partition] = min(max(before[partition], dropped), self._read_to[partition])
        return GAP if sent != before else b""

    def _since(self, place: int, sent: dict[int, int], kind: str | None, segment: str | None) -> bytes:
        """The events of what has come since a place, less what was sent before."""
        news = bytearray()
        for held in itertools.islice(self._held, max(0, place - self._gone), None):
            if held.offset < sent.get(held.partition, 0):
                continue
            sent[held.partition] = held.offset + 1
            if kind in (None, held.kind) and segment in (None, held.segment):
                news += b"%sevent: alert\ndata: %s\n\n" % (_id(sent), held.data)
        return bytes(news)

    async def _change(self) -> bool:
        """Waits for an alert, or for the time of a sign of life; whether there is an alert."""
        changed = self._changed
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                await changed.wait()
        except TimeoutError:
            return False
        return True

    def _begin(self, began: Began) -> None:
        """Takes in where reading begins, for the first time or again."""
        if any(began.ends.get(partition, 0) < read for partition, read in self._read_to.items()):
            # The topic was made anew: the offsets of what is held are others' now.
            self._anew += 1
            self._started.clear()
            self._gone += len(self._held)
            self._held.clear()
            self._dropped, self._read_to = {}, {}
        for partition, start in began.starts.items():
            if start > self._read_to.get(partition, -1):
                self._dropped[partition] = self._read_to[partition] = start
        self._tell()

    def _take(self, held: _Held) -> None:
        if held.offset < self._read_to[held.partition]:
            return
        self._read_to[held.partition] = held.offset + 1
        if len(self._held) == HELD:
            oldest = self._held.popleft()
            self._gone += 1
            self._dropped[oldest.partition] = max(self._dropped[oldest.partition], oldest.offset + 1)
        self._held.append(held)
        metrics.published().inc()
        self._tell()

    def _tell(self) -> None:
        # Whoever waits has the old event; whoever comes next has a new one to wait for.
        self._changed.set()
        self._changed = asyncio.Event()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._ending.is_set():
            try:
                for one in self._source(self._settings, HELD):
                    if self._ending.is_set():
                        return
                    self._failure = ""
                    if one is None:
                        loop.call_soon_threadsafe(self._started.set)
                    elif isinstance(one, Began):
                        loop.call_soon_threadsafe(self._begin, one)
                    else:
                        loop.call_soon_threadsafe(self._take, _held(one))
            except (C360Error, KafkaException) as error:
                self._failure = str(error)
                log.warning("live alerts: %s Trying again in %g s.", error, RETRY_SECONDS)
                self._ending.wait(RETRY_SECONDS)


def _held(placed: Placed) -> _Held:
    alert = Alert.model_validate(placed.alert)
    return _Held(
        placed.partition, placed.offset, alert.kind, alert.segment, alert.as_of, alert.model_dump_json().encode()
    )


def _id(sent: Mapping[int, int]) -> bytes:
    return b"id: %s\n" % str(Position(sent)).encode()
