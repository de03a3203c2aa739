"""How far event time is complete in a partition: the least over its input topics, less what may come late."""

from collections.abc import Iterable

from stream_processors.features.parameters import HOUR

#: Event time that records may come late by, ms.
LATENESS = HOUR
#: Seconds for which a topic must have been read to its end before the others go on without it. A producer that is
#: merely slower than its neighbour is at the end of its topic all the time, but not for long.
IDLE_SECONDS = 5.0


class Watermark:
    """The watermark of one partition; times of the wall clock (any monotonic seconds) are passed in."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.times: dict[str, int] = dict.fromkeys(topics, 0)
        self._at_end_since: dict[str, float | None] = dict.fromkeys(self.times)

    def read(self, topic: str, latest: int, at_end: bool, now: float) -> None:
        """Records up to event time `latest` (ms) were read at `now`, to the topic's end or not."""
        self.times[topic] = max(self.times[topic], latest)
        self._at_end_since[topic] = now if at_end else None

    def at_end(self, topic: str, at_end: bool, now: float) -> None:
        """Whether the topic is read to its end, where nothing was read."""
        if not at_end:
            self._at_end_since[topic] = None
        elif self._at_end_since[topic] is None:
            self._at_end_since[topic] = now

    def value(self, now: float) -> int:
        """Event time (ms) before which everything has come; 0 while nothing is known."""
        clock = max(self.times.values())
        if not clock:
            return 0
        return min(clock if self._idle(topic, now) else time for topic, time in self.times.items()) - LATENESS

    def _idle(self, topic: str, now: float) -> bool:
        since = self._at_end_since[topic]
        return since is not None and now - since >= IDLE_SECONDS
