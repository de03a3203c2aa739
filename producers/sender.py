"""One worker's part of a run: makes events batch by batch, encodes them, and lets them leave at their time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from producers.counters import Counters, Stop
from producers.delivery import MESSAGE_TIMEOUT_MS, Delivery
from producers.encoding import Encoder, Ready, key_table
from producers.ledger import Ledger
from producers.pacing import Pacer
from producers.partitions import share
from producers.plan import Plan
from producers.world.draws import Integers
from producers.world.events import Events
from producers.world.world import World
from schemas.errors import C360Error

#: Events made at a time: enough for numpy, few enough for the cache and for a steady pace.
BATCH = 8192
#: After an interruption, how long what is on its way may take.
LAST_SECONDS = 30.0
#: Without a pace, events of this much event time leave together, whatever their stream.
STRETCH_MS = 600_000
#: How often a sender that keeps its position waits for all to be acknowledged.
KEEP_SECONDS = 5.0
#: How many events it may be ahead of the slowest worker.
LEAD = 2 * BATCH


@dataclass(frozen=True)
class Line:
    """What a worker needs beside the plan: names and schema ids by stream, librdkafka's options, its place.

    Each partition is one worker's: a consumer then finds it in order of event time, as Kafka keeps a producer's order.
    """

    topics: dict[str, str]
    schema_ids: dict[str, int]
    options: dict[str, Any]
    worker: int = 0
    workers: int = 1
    partitions: int = 1
    audited: bool = False
    #: It can be gone on with: acknowledged positions are kept, and the first failure ends it.
    kept: bool = False


@dataclass
class Sent:
    """What became of a worker's part, all told."""

    failed: int
    reason: str
    #: time.monotonic() when the last record was acknowledged or given up; all processes have the same clock.
    ended: float
    acked: dict[str, Any] = field(default_factory=dict)


class Sender:
    """Sends one worker's part of a plan."""

    def __init__(
        self, line: Line, world: World, counters: Counters, stop: Stop, others: Sequence[Counters] = ()
    ) -> None:
        """`others`: the figures of all workers."""
        self._line, self._world, self._counters, self._stop = line, world, counters, stop
        self._others = others if line.kept else ()
        self._streams = {name: stream for stream, name in line.topics.items()}
        keys = key_table(len(world.customers.segment))
        self._encoder = Encoder(line.schema_ids, keys)
        self._share = share(keys, line.partitions, line.worker, line.workers) if line.workers > 1 else None
        # What stops in the midst of a stretch has no position: one that is kept waits for a second signal.
        most = 1 if line.kept else 0
        self._delivery = Delivery(line.options, self._failed, lambda: self._waiting() and stop.asked <= most)
        self._ledger: Ledger | None = None
        self._pacer: Pacer | None = None
        self._next_keep = 0.0

    def run(self, plan: Plan, start: float) -> Sent:
        """Sends until the plan is done or `stop` is asked; `start`: time.monotonic() at which event 0 leaves.

        Raises:
            C360Error: Kafka's client can send nothing any more, or Kafka refused what cannot be left out.
        """
        self._counters.progress(0, 0.0, plan.first)
        self._counters.keep(plan.first)
        self._ledger = Ledger(plan.source) if self._line.audited else None
        pacer = self._pacer = Pacer(plan.pace, start, time.monotonic, time.sleep)
        until = None if plan.seconds is None else start + plan.seconds
        events, streams, timeline = plan.drawn(self._world), plan.event_streams, plan.timeline
        self._next_keep = time.monotonic() + KEEP_SECONDS
        for first, last in batches(plan.first, plan.events):
            self._wait_for_others(first)
            if self._stop.asked or (until is not None and time.monotonic() >= until):
                break
            ends = [last] if plan.pace else stretches(timeline.times(np.arange(first, last)), first)
            self._batch(pacer, first, ends, self._made(events, first, last, streams))
            if self._line.kept:
                self._keep()
        self._finish()
        ended = time.monotonic()
        self._counters.progress(0, 0.0, self._counters.following)
        return Sent(
            self._delivery.failed, self._delivery.reason, ended, self._ledger.acknowledged() if self._ledger else {}
        )

    def _finish(self) -> None:
        self._delivery.finish(MESSAGE_TIMEOUT_MS / 1000 + 10 if not self._stop.asked else LAST_SECONDS, self._goes_on)
        if self._line.kept and self._stop.asked < 2:
            self._next_keep = 0.0
            self._keep()

    def _keep(self) -> None:
        """Every so often: all that was sent is acknowledged, or it ends here."""
        following = self._counters.following
        due = time.monotonic() >= self._next_keep
        settled = due and self._delivery.settled(self._goes_on)
        if self._delivery.failed:
            raise C360Error(f"Kafka did not take what was sent: {self._delivery.reason}.")
        if settled:
            self._counters.keep(following)
            self._next_keep = time.monotonic() + KEEP_SECONDS

    def _wait_for_others(self, first: int) -> None:
        """Keeps step, so that all partitions advance together."""
        while not self._stop.asked and first > min((one.following for one in self._others), default=first) + LEAD:
            self._delivery.poll()
            time.sleep(0.01)

    def _made(self, events: Events, first: int, last: int, streams: frozenset[str]) -> dict[str, Ready]:
        parts = events.parts(first, last, streams, self._share)
        return {stream: self._encoder.ready(stream, part) for stream, part in parts.items()}

    def _batch(self, pacer: Pacer, first: int, ends: list[int], ready: dict[str, Ready]) -> None:
        """Lets the events of a batch leave when it is their time, stretch by stretch; `ends` are the stretches'."""
        at, last, upcoming = dict.fromkeys(ready, 0), ends[-1], iter(ends)
        limit = next(upcoming)
        while first < last and not self._stop.asked:
            limit = next(upcoming) if first == limit else limit
            end = pacer.allow(first, limit)
            for stream, records in ready.items() if end > first else ():
                stop = int(np.searchsorted(records.sequence, end)) if end < last else len(records.sequence)
                self._send(stream, records, at[stream], stop)
                at[stream] = stop
            first = end
            self._delivery.poll()
            self._counters.progress(self._delivery.queued, pacer.lag(first), first)

    def _send(self, stream: str, records: Ready, start: int, stop: int) -> None:
        part = slice(start, stop)
        values, keys = records.values[part], records.keys[part]
        done = self._delivery.send(self._line.topics[stream], values, keys, records.stamps[part])
        self._counters.add_sent(stream, done, sum(map(len, values)) + sum(map(len, keys)))
        if self._ledger:
            self._ledger.sent(stream, records.sequence[start : start + done])

    def _failed(self, topic: str, value: bytes) -> None:
        stream = self._streams[topic]
        self._counters.add_failed(stream)
        if self._ledger:
            self._ledger.failed(stream, value)

    def _waiting(self) -> bool:
        """Shows, while the queue is full, that it is."""
        following = self._counters.following
        self._counters.progress(self._delivery.queued, self._pacer.lag(following) if self._pacer else 0.0, following)
        return True

    def _goes_on(self) -> bool:
        self._counters.progress(self._delivery.queued, 0.0, self._counters.following)
        return self._stop.asked < 2


def stretches(times: Integers, first: int) -> list[int]:
    """Where stretches of event time end in a batch that begins with event `first`; the last is the batch's end."""
    cuts = np.flatnonzero(np.diff(times // STRETCH_MS)) + (first + 1)
    return [*cuts.tolist(), first + len(times)]


def batches(first: int, events: int | None) -> Iterator[tuple[int, int]]:
    """Ranges of sequence numbers from `first` on, in order; without end for None.

    They lie as if all began at 0, so that what is gone on with is made in the same batches.
    """
    while events is None or first < events:
        last = first + BATCH - first % BATCH
        last = last if events is None else min(last, events)
        yield first, last
        first = last
