"""Steady pacing, on a clock that the test moves.

start        20 ms        40 ms            the clock
  |  gather    |  gather    |
  0 .......... 20 ......... 40             events at 1000/s
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.pacing import BURST_SECONDS, CATCH_UP, GATHER_SECONDS, NAP_SECONDS, Pacer


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= NAP_SECONDS
        self.now += seconds


def paced(rate: Fraction, events: int, clock: Clock, work: float = 0.0) -> list[tuple[float, int, int]]:
    """When which events left: (time since start, first, end)."""
    pacer, first, out = Pacer(rate, clock.now, clock, clock.sleep), 0, []
    start = clock.now
    while first < events:
        end = pacer.allow(first, events)
        if end > first:
            out.append((clock.now - start, first, end))
            clock.now += work
        first = end
    return out


@given(rate=st.fractions(Fraction(1, 2), 1_000_000), events=st.integers(1, 2000))
def test_no_event_leaves_early_or_late(rate: Fraction, events: int) -> None:
    for at, first, end in paced(rate, events, Clock()):
        assert at >= (end - 1) / float(rate) - 1e-6
        assert at <= first / float(rate) + max(GATHER_SECONDS, 1 / float(rate)) + 1e-6
        assert end - first <= max(1, float(rate) * BURST_SECONDS)


def test_a_late_run_catches_up_without_a_burst() -> None:
    clock = Clock()
    pacer = Pacer(Fraction(1000), clock.now, clock, clock.sleep)
    assert pacer.allow(0, 20) == 20
    clock.now += 1.0
    start, first, sent = clock.now, 20, []
    assert pacer.lag(first) == pytest.approx(1.0, abs=0.01)
    while pacer.lag(first) > GATHER_SECONDS:
        end = pacer.allow(first, 100_000)
        sent.append(end - first)
        first = end
    assert max(sent) <= 1000 * BURST_SECONDS
    assert first - 20 <= 1000 * CATCH_UP * (clock.now - start) + 1000 * BURST_SECONDS
    assert clock.now - start == pytest.approx(1.0, abs=0.2)


def test_without_a_rate_nothing_waits() -> None:
    clock = Clock()
    pacer = Pacer(None, clock.now + 5, clock, clock.sleep)
    assert pacer.allow(3, 9000) == 9000
    assert clock.now == 100.0
    assert pacer.lag(5) == 0.0


def test_a_slow_rate_naps_so_that_an_interruption_is_noticed() -> None:
    clock = Clock()
    pacer = Pacer(Fraction(1, 10), clock.now, clock, clock.sleep)
    assert pacer.allow(0, 5) == 1
    assert pacer.allow(1, 5) == 1
    assert clock.now == pytest.approx(100.1)
