"""How fast events leave: at a rate, at a multiple of the time they happened in, or as fast as they can."""

import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction

from producers.pacing import NAP_SECONDS, Pacer


class Pace:
    """Says how many of the next events may leave now."""

    def __init__(
        self,
        rate: Fraction | None,
        speed: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`speed`: seconds of event time in a second."""
        self._pacer = Pacer(rate, clock(), clock, sleep)
        self._speed, self._clock, self._sleep = speed, clock, sleep
        self._begin: tuple[float, int] | None = None
        self._done = 0

    @property
    def in_order(self) -> bool:
        """Whether events are to be sorted by time as they are read."""
        return self._speed is not None

    def allow(self, stamps: Sequence[int]) -> int:
        """Of the next events, with these times (ms) in order, how many may leave now; 0 after a nap for none."""
        if self._speed:
            return self._due(stamps, self._speed)
        number = self._pacer.allow(self._done, self._done + len(stamps)) - self._done
        self._done += number
        return number

    def _due(self, stamps: Sequence[int], speed: float) -> int:
        if self._begin is None:
            self._begin = (self._clock(), stamps[0])
        wall, first = self._begin
        number = bisect_right(stamps, first + (self._clock() - wall) * 1000 * speed)
        if not number:
            wait = (stamps[0] - first) / 1000 / speed - (self._clock() - wall)
            self._sleep(max(0.0, min(wait, NAP_SECONDS)))
        return number
