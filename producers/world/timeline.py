"""When each event happens: evenly at a rate, or spread over a history with its growth, weeks and days."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from producers.world.draws import Floats, Integers
from producers.world.parameters import Parameters

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True)
class Even:
    """Event q happens at start + q / rate; start in ms, rate in events per second."""

    start: int
    rate: Fraction
    #: How many there will be, None for no end; it has no influence on the times.
    events: int | None = None

    def times(self, sequence: Integers) -> Integers:
        """Event times in ms."""
        whole, part = np.divmod(sequence, self.rate.numerator)
        step = 1000 * self.rate.denominator
        return np.asarray(self.start + whole * step + part * step // self.rate.numerator, np.int64)


@dataclass(frozen=True)
class History:
    """So many events between start and start + length (ms), more of them in busy hours; ends are exact."""

    start: int
    length: int
    events: int
    #: Hours since start, as far as they are whole, and the share of the events before each.
    edges: Floats
    shares: Floats

    @property
    def rate(self) -> Fraction:
        """Events per second, on average."""
        return Fraction(self.events * 1000, self.length)

    def times(self, sequence: Integers) -> Integers:
        """Event times in ms; they grow with the sequence."""
        return self.start + np.floor(np.interp(sequence / self.events, self.shares, self.edges)).astype(np.int64)


def history(parameters: Parameters, start: int, length: int, events: int) -> History:
    """The history of a span; shorter than two days it has no rhythm."""
    edges = np.append(np.arange(0, length, HOUR_MS), length).astype(np.float64)
    width = np.diff(edges)
    if length < 2 * DAY_MS:
        return History(start, length, events, edges, np.append(0.0, np.cumsum(width) / length))
    calendar = parameters["calendar"]
    at = start + edges[:-1].astype(np.int64)
    weekday = (at // DAY_MS + 3) % 7  # 1 January 1970 was a Thursday
    busy = np.array(calendar["hours"], np.float64)[at // HOUR_MS % 24] * np.array(calendar["weekdays"])[weekday]
    mass = np.cumsum(width * busy * _growth(parameters, edges[:-1]))
    return History(start, length, events, edges, np.append(0.0, mass / mass[-1]))


def daily(parameters: Parameters, start: int, days: int) -> Floats:
    """Each day's part of the events of a history of so many days."""
    whole = history(parameters, start, days * DAY_MS, 1)
    return np.diff(np.interp(np.arange(days + 1) * float(DAY_MS), whole.edges, whole.shares))


def _growth(parameters: Parameters, since: Floats) -> Floats:
    """Relative activity at times since the start, in ms: given at the beginning of each month, straight between."""
    calendar = parameters["calendar"]
    months = np.array(calendar["activity"], np.float64)
    return np.asarray(np.interp(since / (calendar["month_days"] * DAY_MS), np.arange(len(months)), months), np.float64)
