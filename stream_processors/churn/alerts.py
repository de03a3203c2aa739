"""Churn alerts: raised once an episode, recovered when the customer is back, decided at whole hours of event time.

A tick is the beginning of a UTC hour, counted in hours since 1970. It is decided once the watermark has passed it, by
the events before it alone, so that the order of arrival doesn't matter. What comes after that joins the next tick.

Many ticks are decided in one go: the k-th active hour of every customer is one round, and in between a customer's
silence has a closed form. A tick at which nobody is due costs nothing.
"""

import hashlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_processors.churn.model import ChurnModel, Habit
from stream_processors.churn.pending import Pending, Steps, events
from stream_processors.churn.wheel import NEVER, Wheel
from stream_processors.features.arrays import Arrays, Dump, of, together
from stream_processors.features.columns import Columns, Field
from stream_processors.features.parameters import DAY, HOUR

Longs = npt.NDArray[np.int64]
RAISED, RECOVERED = "raised", "recovered"
NO_TIME = np.iinfo(np.int64).max

FIELDS = {
    "first": Field(np.int64, NO_TIME),
    "last": Field(np.int64, -1),
    "active_days": Field(np.int32),
    "value": Field(np.int64),
    "segment": Field(np.uint8),
    "raised": Field(np.bool_),
    "raised_score": Field(np.float64),
    "medium_due": Field(np.int32, NEVER),
    "high_due": Field(np.int32, NEVER),
    "erased": Field(np.bool_),
}


class Alert(NamedTuple):
    """One alert; `row` is the customer's, `tick` in hours since 1970, `value` in cents, `segment` a code."""

    tick: int
    row: int
    kind: str
    score: float
    previous_score: float
    reason: str
    segment: int
    value: int


class Decided(NamedTuple):
    """What a watermark has decided: alerts in order, and the rows whose band has risen by silence."""

    alerts: list[Alert]
    risen: Longs


class AlertEngine:
    """The alert state of one partition's customers, by the same rows as the features'."""

    def __init__(self, model: ChurnModel) -> None:
        self._model = model
        self.columns = Columns(FIELDS)
        self._wheel = Wheel()
        self.pending = Pending()
        self.decided = 0
        self._profiles = 0

    def grow(self, size: int) -> None:
        """Room for `size` rows."""
        self.columns.grow(size)
        self._wheel.grow(size)

    def add(self, rows: Longs, times: Longs, cents: Longs) -> None:
        """Events that counted (times in ms); they wait for their tick."""
        self.pending.add(events(rows, times, cents, self.decided))

    def profiles(self, rows: Longs, segments: npt.NDArray[Any], times: Longs) -> None:
        """Changed segments at event times (ms); the first known segment of a customer is true from the beginning."""
        self.columns.touch(rows)
        unknown = self.columns["segment"][rows] == 0
        first = rows[unknown]
        self.columns["segment"][first] = segments[unknown]
        self._schedule(first[self.columns["last"][first] >= 0], np.int64(self.decided + 1))
        self._profiles += 1
        rows, segments, times = rows[~unknown], segments[~unknown].astype(np.int64), times[~unknown]
        hours = np.maximum(times // HOUR, self.decided)
        none, never = np.zeros(len(rows), np.int64), np.full(len(rows), -1, np.int64)
        self.pending.add(Steps(rows, hours, none + NO_TIME, never, none, (self._profiles << 3) | segments))

    def erase(self, rows: Longs) -> None:
        """Nothing is said of them until they are back; what they do counts on."""
        self.columns.touch(rows)
        self.columns["erased"][rows], self.columns["raised"][rows] = True, False

    def back(self, rows: Longs) -> None:
        """Customers who are sent again: they are missed from then on, whatever they were in the meantime."""
        self.columns.touch(rows)
        self.columns["erased"][rows] = False
        self.columns["medium_due"][rows] = self.columns["high_due"][rows] = NEVER

    def advance(self, watermark: int) -> Decided:
        """Decides every tick up to the watermark (ms) that is not decided yet."""
        tick = watermark // HOUR
        if tick <= self.decided:
            return Decided([], np.empty(0, np.int64))
        alerts: list[Alert] = []
        steps = self.pending.take(tick)
        if len(steps.rows):
            for steps_of_round in _rounds(steps):
                self._round(steps_of_round, alerts)
        risen = self._fire(tick, alerts)
        self.decided = tick
        return Decided(sorted(alerts), risen)

    def _round(self, steps: Steps, alerts: list[Alert]) -> None:
        """One active hour of each of some customers."""
        rows, columns = steps.rows, self.columns
        columns.touch(rows)
        lapsed = columns["high_due"][rows] <= steps.hours
        self._raise(rows[lapsed], alerts)
        before = columns["last"][rows]
        active = steps.last >= 0
        columns["active_days"][rows] += (active & (steps.last // DAY > before // DAY)).astype(np.int32)
        columns["first"][rows] = np.minimum(columns["first"][rows], steps.first)
        columns["last"][rows] = np.maximum(before, steps.last)
        columns["value"][rows] += steps.cents
        changed = steps.profiles > 0
        columns["segment"][rows[changed]] = (steps.profiles[changed] & 7).astype(np.uint8)
        back = columns["raised"][rows] & active
        self._recover(rows[back], steps.hours[back] + 1, steps.first[back] - before[back], alerts)
        known = columns["last"][rows] >= 0
        self._schedule(rows[known], steps.hours[known] + 1)

    def _fire(self, tick: int, alerts: list[Alert]) -> Longs:
        """Wakes those whose silence has lasted long enough by the tick."""
        woken = self._wheel.pop(self.decided, tick)
        self.columns.touch(woken)
        medium, high = self.columns["medium_due"][woken], self.columns["high_due"][woken]
        self._raise(woken[high <= tick], alerts)
        later = np.where(medium > tick, medium, np.where(high > tick, high, NEVER))
        self._wheel.set(woken, np.minimum(later, np.where(high > tick, high, NEVER)).astype(np.int64))
        return woken[(medium <= tick) | (high <= tick)]

    def _raise(self, rows: Longs, alerts: list[Alert]) -> None:
        """Raises at the tick each is due, unless raised already, erased, or too little is known."""
        columns = self.columns
        rows = rows[~(columns["raised"][rows] | columns["erased"][rows])]
        rows = rows[columns["active_days"][rows] >= self._model.min_active_days]
        if not len(rows):
            return
        ticks = columns["high_due"][rows].astype(np.int64)
        scores = self._scores(rows, ticks)
        columns["raised"][rows], columns["raised_score"][rows] = True, scores
        previous = self._scores(rows, ticks - DAY // HOUR)
        silences = (ticks * HOUR - columns["last"][rows]).tolist()
        days = columns["last"][rows] // DAY - columns["first"][rows] // DAY
        spans = days / np.maximum(columns["active_days"][rows] - 1, 1)
        reasons = [
            f"silent {_days(silence / DAY)}, usually active every {_days(span).removeprefix('1 ')}"
            for silence, span in zip(silences, spans.tolist(), strict=True)
        ]
        self._emit(RAISED, rows, ticks, scores, previous, reasons, alerts)

    def _recover(self, rows: Longs, ticks: Longs, silences: Longs, alerts: list[Alert]) -> None:
        scores = self._scores(rows, ticks)
        well = scores < self._model.recover_below
        rows, ticks = rows[well], ticks[well]
        self.columns["raised"][rows] = False
        previous = self.columns["raised_score"][rows]
        reasons = [f"back after {_days(silence / DAY)} of silence" for silence in silences[well].tolist()]
        self._emit(RECOVERED, rows, ticks, scores[well], previous, reasons, alerts)

    def _emit(
        self, kind: str, rows: Longs, ticks: Longs, scores: Any, previous: Any, reasons: list[str], alerts: list[Alert]
    ) -> None:
        segments, values = self.columns["segment"][rows].tolist(), self.columns["value"][rows].tolist()
        columns = (ticks.tolist(), rows.tolist(), scores.tolist(), previous.tolist(), reasons, segments, values)
        for tick, row, score, before, reason, segment, value in zip(*columns, strict=True):
            alerts.append(Alert(tick, row, kind, score, before, reason, segment, value))

    def _habits(self, rows: Longs) -> Habit:
        columns = self.columns
        return self._model.habits(
            columns["segment"][rows], columns["active_days"][rows], columns["first"][rows], columns["last"][rows]
        )

    def _scores(self, rows: Longs, ticks: Longs) -> Any:
        silence = ticks * HOUR - self.columns["last"][rows]
        return self._model.scores(self._habits(rows), silence)

    def _schedule(self, rows: Longs, earliest: Any) -> None:
        """Sets the ticks at which the bands are reached if silence goes on, none before `earliest`."""
        habit, last = self._habits(rows), self.columns["last"][rows]
        dues = []
        for column, score in (("medium_due", self._model.medium_from), ("high_due", self._model.raise_from)):
            due = np.ceil((last + self._model.silences(habit, score)) / HOUR)
            self.columns[column][rows] = dues_of = np.clip(due, earliest, NEVER).astype(np.int32)
            dues.append(dues_of)
        self._wheel.set(rows, np.minimum(*dues).astype(np.int64))

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self.columns.nbytes + self.pending.nbytes + self._wheel.nbytes

    def dump(self, *, whole: bool) -> Dump:
        """What has changed since the last dump, or all; what happens afterwards leaves it alone."""
        ticks = np.array([self.decided, self._profiles], np.int64)
        dumps = {"columns": self.columns.dump(whole=whole), "pending": self.pending.dump(whole=whole)}
        return together(dumps | {"ticks": lambda: {"decided": ticks}})

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of the dumps before; after the last one, `wake` completes it."""
        self.columns.apply(of("columns", arrays))
        self.decided, self._profiles = arrays["ticks.decided"].tolist()
        self.pending.apply(of("pending", arrays), self.decided)

    def wake(self) -> None:
        """Sets the wheel anew by what is known of each customer."""
        rows = np.arange(self.columns.size)
        dues = [self.columns[column][rows] for column in ("medium_due", "high_due")]
        ahead = [np.where(due > self.decided, due, NEVER) for due in dues]
        self._wheel = Wheel()
        self._wheel.grow(len(rows))
        self._wheel.set(rows, np.minimum(*ahead).astype(np.int64))


def alert_id(customer_id: int, tick: int, kind: str) -> str:
    """The same for the same customer, tick and kind, whoever decides it, however often."""
    return hashlib.blake2b(f"{customer_id} {tick * HOUR} {kind}".encode(), digest_size=16).hexdigest()


def _rounds(steps: Steps) -> list[Steps]:
    """The first step of every customer, the second, and so on; `steps` are by customer and hour."""
    places = np.arange(len(steps.rows))
    begins = np.append(True, steps.rows[1:] != steps.rows[:-1])
    rank = places - np.maximum.accumulate(np.where(begins, places, 0))
    order = np.argsort(rank, kind="stable")
    ends = np.cumsum(np.bincount(rank)).tolist()
    return [
        Steps(*(column[order[start:end]] for column in steps)) for start, end in zip([0, *ends], ends, strict=False)
    ]


def _days(days: float) -> str:
    whole = max(1, round(days))
    return "1 day" if whole == 1 else f"{whole} days"
