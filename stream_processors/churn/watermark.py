"""How far event time is complete in a partition: the least over its input topics, less what may come late.

A topic that is at its end says how far it is by what the others say: up to where they were when it had been at its end
for a while. Only what was fetched counts, not the time that passed: while the broker is away, or this process stands
still, nobody knows what has come in.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from stream_processors.features.parameters import HOUR

#: Event time that records may come late by, ms.
LATENESS = HOUR
#: Seconds for which a topic must have been seen at its end before the others go on without it. A producer that is
#: merely slower than its neighbour is at the end of its topic all the time, but not for long.
IDLE_SECONDS = 5.0
#: A fetch says nothing of what came in more than so many seconds before it was answered.
VOUCHED_SECONDS = 1.0


@dataclass
class _AtEnd:
    """A topic at its end: for how many seconds by now, as of which fetch, and what the clock was at which second.

    Before `complete` (event time, ms) nothing will come: it was the clock IDLE_SECONDS ago.
    """

    seconds: float = 0.0
    fetched: float | None = None
    clocks: deque[tuple[float, int]] = field(default_factory=deque)
    complete: int = 0


class Watermark:
    """The watermark of one partition."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.times: dict[str, int] = dict.fromkeys(topics, 0)
        self._ends: dict[str, _AtEnd] = {}

    def read(self, topic: str, latest: int) -> None:
        """Records up to event time `latest` (ms) were read."""
        self.times[topic] = max(self.times[topic], latest)
        self._ends.pop(topic, None)

    def at_end(self, topic: str, at_end: bool, fetched: float | None) -> None:
        """Whether the topic was read to its end, as of a fetch answered at `fetched` (seconds of any clock)."""
        if not at_end:
            self._ends.pop(topic, None)
            return
        end = self._ends.setdefault(topic, _AtEnd())
        if fetched is None or fetched == end.fetched:
            return
        if end.fetched is not None:
            end.seconds += min(max(fetched - end.fetched, 0.0), VOUCHED_SECONDS)
        end.fetched = fetched
        end.clocks.append((end.seconds, max(self.times.values())))
        while end.clocks[0][0] <= end.seconds - IDLE_SECONDS:
            _, end.complete = end.clocks.popleft()

    @property
    def value(self) -> int:
        """Event time (ms) before which everything has come; 0 while nothing is known."""
        known = min(
            max(time, self._ends[topic].complete) if topic in self._ends else time for topic, time in self.times.items()
        )
        return max(known - LATENESS, 0)
