"""What a run is: its world, its span of event time, how many events and how fast. Small, and sent to the workers."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction

from producers.options import EVENT_STREAMS
from producers.world.events import Events
from producers.world.parameters import digest, parameters
from producers.world.timeline import Even, History, history
from producers.world.visits import layout
from producers.world.world import World
from schemas.errors import UsageError
from schemas.moments import written
from schemas.topics import EARLIEST_MS, TIMESTAMP_LEAD_MS

#: Event time of a run without a pace: so dense that it stays behind the clock however fast events are made.
UNPACED = Fraction(1_000_000)


@dataclass(frozen=True)
class Plan:
    """Times in ms of Unix time; `source` and `start` are settled last."""

    seed: int
    customers: int
    products: int
    epoch: date
    mix: tuple[tuple[str, float], ...]
    streams: frozenset[str]
    #: Events per second at which they leave; None for as fast as they can.
    pace: Fraction | None
    #: Number of events (sequence numbers), None for no end.
    events: int | None
    #: Span of a history in ms, None where events follow one another evenly.
    length: int | None = None
    #: Wall-clock limit in seconds of a run without a pace.
    seconds: float | None = None
    start: int = 0
    source: int = 0
    #: The first event to send: those before it are acknowledged already.
    first: int = 0

    @property
    def timeline(self) -> Even | History:
        """When each event happens."""
        if self.length is not None and self.events:
            return history(parameters(), self.start, self.length, self.events)
        return Even(self.start, self.pace or UNPACED, self.events)

    @property
    def event_streams(self) -> frozenset[str]:
        """Those of its streams that events go to."""
        return self.streams & set(EVENT_STREAMS)

    def world(self) -> World:
        """The tables of its world."""
        return World(self.seed, self.customers, self.products, self.epoch)

    def drawn(self, world: World) -> Events:
        """Its events."""
        return world.events(self.timeline, dict(self.mix), self.source)

    def world_name(self, stream: str) -> str:
        """Under which name it is recorded that a stream ('customers', 'products') of its world is laid."""
        count = self.customers if stream == "customers" else self.products
        return f"world:{stream}:seed={self.seed}:count={count}:epoch={self.epoch}:parameters={digest()}"

    def name(self) -> str:
        """Under which name its source number is recorded: the same exactly where its events are the same."""
        timeline = self.timeline
        span = (self.length, self.events, timeline.rate, layout(parameters(), timeline))
        if isinstance(timeline, Even):
            span = (None, None, *span[2:])  # of an even run a longer one is the continuation
        content = repr((self.customers, self.products, self.epoch, self.mix, span, digest()))
        rest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
        return f"simulate:seed={self.seed}:start={self.start_iso}:{rest}"

    @property
    def start_iso(self) -> str:
        """Its start in ISO 8601."""
        return _iso(self.start)

    def check(self, now: int) -> None:
        """Refuses event times that nobody would take, given the time `now` (ms) at which it begins.

        Raises:
            UsageError: some event would be dated before the year 2000, or more than an hour ahead of the clock.
        """
        if self.start < EARLIEST_MS:
            raise UsageError(
                f"Events would be dated from {self.start_iso} on, and those before the year 2000 are dead letters. "
                "Give a later --start."
            )
        ahead = self.start - now
        if self.length is not None and self.events:
            took = self.events / self.pace * 1000 if self.pace else 0
            ahead = max(ahead, self.start + self.length - now - int(took))
        if ahead > TIMESTAMP_LEAD_MS:
            raise UsageError(
                f"Events from {self.start_iso} on would be dated up to {_iso(now + ahead)}, "
                "and Kafka refuses what is more than an hour ahead. Give an earlier --start."
            )


def _iso(ms: int) -> str:
    return written(datetime.fromtimestamp(ms / 1000, UTC))


def settle(
    pace: Fraction | None, length: int | None, events: int | None, streams: frozenset[str]
) -> tuple[int | None, int | None, float | None]:
    """(events, length, seconds) of a plan, from what was given of --rate, --duration (ms) and --events."""
    if length is not None and events is not None:
        return events, length, None
    if events is None and length is None and not streams & {"transactions", "interactions"}:
        return 0, None, None  # customers and products alone are laid, and that is all
    if length is not None and pace is not None:
        return int(pace * length / 1000), None, None
    return events, None, None if length is None else length / 1000
