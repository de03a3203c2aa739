"""Events that wait for their tick to be decided, summed up by customer and hour."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump
from stream_processors.features.parameters import HOUR
from stream_processors.features.tiles import distinct

Longs = npt.NDArray[np.int64]
#: Bits of an hour since 1970; of a row the rest of 63.
HOUR_BITS = 24
#: Loose entries of an hour that are put together at once.
COMPACT_AT = 1 << 15


class Steps(NamedTuple):
    """What happened to a customer (row) in an hour: earliest and latest time (ms), cents, and the newest profile.

    `profiles` is 0 for none, else 8 times a growing number plus the segment's code.
    """

    rows: Longs
    hours: Longs
    first: Longs
    last: Longs
    cents: Longs
    profiles: Longs


NOTHING = Steps(*(np.empty(0, np.int64) for _ in range(6)))


class Pending:
    """Steps by hour, ready to be taken once the hour is over."""

    def __init__(self) -> None:
        self._hours: dict[int, list[Steps]] = {}
        self._loose: dict[int, int] = {}
        self._fresh: dict[int, list[Steps]] = {}  # since the last dump

    def add(self, steps: Steps) -> None:
        """More steps, of any hours."""
        if not len(steps.rows):
            return
        first, last = int(steps.hours.min()), int(steps.hours.max())
        if first == last:
            self._join(first, steps)
            return
        order = np.argsort(steps.hours, kind="stable")
        hours = steps.hours[order]
        starts = np.flatnonzero(np.append(True, hours[1:] != hours[:-1]))
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(hours)], strict=True):
            self._join(int(hours[start]), Steps(*(column[order[start:end]] for column in steps)))

    def _join(self, hour: int, steps: Steps) -> None:
        parts = self._hours.setdefault(hour, [])
        parts.append(steps)
        self._fresh.setdefault(hour, []).append(steps)
        self._loose[hour] = self._loose.get(hour, 0) + len(steps.rows)
        if self._loose[hour] > max(COMPACT_AT, len(parts[0].rows)):
            self._hours[hour] = [_condensed(hour, _joined(parts))]
            self._loose[hour] = 0

    def take(self, before: int) -> Steps:
        """All steps of hours before one, one for each customer and hour, by customer and hour; they wait no more."""
        ready = [hour for hour in self._hours if hour < before]
        if not ready:
            return NOTHING
        parts = []
        for hour in ready:
            parts += self._hours.pop(hour)
            del self._loose[hour]
            self._fresh.pop(hour, None)
        return summed(_joined(parts))

    def dump(self, *, whole: bool) -> Dump:
        """What was added since the last dump and still waits, or all that waits."""
        taken = {hour: list(parts) for hour, parts in (self._hours if whole else self._fresh).items()}
        self._fresh = {}
        return lambda: _arrays(taken)

    def apply(self, arrays: Arrays, decided: int) -> None:
        """Takes over what `dump` gave, on top of the dumps before; hours before `decided` wait no more."""
        self.take(decided)
        self.add(Steps(**{name: array.astype(np.int64) for name, array in arrays.items()}))
        self._fresh = {}

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(column.nbytes for held in self._hours.values() for part in held for column in part)


def _arrays(taken: dict[int, list[Steps]]) -> Arrays:
    """One step a customer and hour."""
    hours = [_condensed(hour, _joined(parts)) for hour, parts in sorted(taken.items())]
    steps = _joined(hours) if hours else NOTHING
    return steps._replace(rows=steps.rows.astype(np.int32), hours=steps.hours.astype(np.int32))._asdict()


def events(rows: Longs, times: Longs, cents: Longs, earliest: int) -> Steps:
    """Steps of single events; those of hours before `earliest` (which are decided) join that hour."""
    return Steps(rows, np.maximum(times // HOUR, earliest), times, times, cents, np.zeros(len(rows), np.int64))


def _joined(parts: list[Steps]) -> Steps:
    if len(parts) == 1:
        return parts[0]
    return Steps(*(np.concatenate([part[at] for part in parts]) for at in range(len(Steps._fields))))


def _condensed(hour: int, steps: Steps) -> Steps:
    """One step for each customer, where all are of one hour."""
    rows, inverse = distinct(steps.rows)
    first = np.full(len(rows), np.iinfo(np.int64).max)
    last = np.full(len(rows), -1, np.int64)
    cents, profiles = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    np.minimum.at(first, inverse, steps.first)
    np.maximum.at(last, inverse, steps.last)
    np.add.at(cents, inverse, steps.cents)
    np.maximum.at(profiles, inverse, steps.profiles)
    return Steps(rows.astype(np.int64), np.full(len(rows), hour), first, last, cents, profiles)


def summed(steps: Steps) -> Steps:
    """One step for each customer and hour, by customer and hour."""
    # One key takes half as long to sort as two; rows and hours since 1970 leave each other room.
    order = np.argsort((steps.rows << HOUR_BITS) | steps.hours)
    rows, hours, first, last, cents, profiles = (column[order] for column in steps)
    starts = np.flatnonzero(np.append(True, (rows[1:] != rows[:-1]) | (hours[1:] != hours[:-1])))
    return Steps(
        rows[starts],
        hours[starts],
        np.minimum.reduceat(first, starts),
        np.maximum.reduceat(last, starts),
        np.add.reduceat(cents, starts),
        np.maximum.reduceat(profiles, starts),
    )
