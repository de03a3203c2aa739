"""Steady pacing: event q leaves at start + q / rate, and after a delay the rest catches up without a burst."""

from collections.abc import Callable
from fractions import Fraction

#: Longest stretch of events that leave at once.
BURST_SECONDS = 0.05
#: Events are gathered this long, so that one call sends several.
GATHER_SECONDS = 0.02
#: How much faster than its rate a late run may go.
CATCH_UP = 2.0
#: Longest sleep, so that an interruption is noticed.
NAP_SECONDS = 0.1

Clock = Callable[[], float]


class Pacer:
    """Says how far a run may go; without a rate, any distance at any time."""

    def __init__(self, rate: Fraction | None, start: float, clock: Clock, sleep: Callable[[float], None]) -> None:
        """`start`: the clock's time in seconds at which event 0 leaves; `rate`: events per second."""
        self._rate = float(rate) if rate else 0.0
        self._start, self._clock, self._sleep = start, clock, sleep
        self._burst = max(1, int(self._rate * BURST_SECONDS))
        self._gather = max(1, int(self._rate * GATHER_SECONDS))
        self._earliest = start

    def allow(self, first: int, last: int) -> int:
        """Of events first to last (exclusive), the end of those that may leave now; `first` after a nap for none."""
        if not self._rate:
            return last
        wanted = min(first + self._gather, last)
        now = self._clock()
        due = max(self._start + (wanted - 1) / self._rate, self._earliest)
        if now < due:
            self._sleep(min(due - now, NAP_SECONDS))
            now = self._clock()
            if now < due:
                return first
        end = min(last, first + self._burst, int((now - self._start) * self._rate) + 1)
        end = max(end, wanted)
        self._earliest = now + (end - first) / self._rate / CATCH_UP
        return end

    def lag(self, first: int) -> float:
        """Seconds by which event `first` is late."""
        return max(0.0, self._clock() - self._start - first / self._rate) if self._rate else 0.0
