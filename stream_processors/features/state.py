"""Everything that is known about the customers of one partition, updated by batches of events.

A completed purchase counts as an order and as spend; a refund as (negative) spend; a cancelled one as nothing at all,
nor as activity. An event counts once, whatever the order, the batches or the repeats it comes in. Those of erased
customers count as well, as they stay in the raw tables: whoever is sent again has all of theirs, in whatever order the
topics were read.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.ids import LAST_VERSION
from stream_processors.features.arrays import Arrays, Dump, of, together
from stream_processors.features.bits import PagedBits
from stream_processors.features.categories import Categories, Listed
from stream_processors.features.columns import Columns, Field
from stream_processors.features.decay import Decay
from stream_processors.features.index import CustomerIndex
from stream_processors.features.parameters import (
    COMPLETED,
    DAY,
    DAY_WINDOWS,
    HOUR,
    HOUR_WINDOWS,
    INTERACTION_TYPES,
    REFUNDED,
    parameters,
)
from stream_processors.features.tiles import Tiles

Longs = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

NEVER = np.iinfo(np.int64).max
#: Columns of the counts ever by interaction type; the symbol UNKNOWN has none.
TYPE_COLUMNS = tuple(symbol + "s" for symbol in INTERACTION_TYPES[1:])

_WINDOW_NAMES = [window.name for window in (*HOUR_WINDOWS, *DAY_WINDOWS)]
FIELDS: dict[str, Field] = {
    "segment": Field(np.uint8),
    "version": Field(np.int64, -1),
    "erased": Field(np.bool_),
    "first_seen": Field(np.int64, NEVER),
    "last_seen": Field(np.int64, -1),
    "last_purchase": Field(np.int64, -1),
    "orders": Field(np.int32),
    "lifetime_value": Field(np.int64),
    "active_days": Field(np.int32),
    **{f"purchases_{name}": Field(np.int32) for name in _WINDOW_NAMES},
    **{f"spend_{name}": Field(np.int64) for name in _WINDOW_NAMES},
    **{f"interactions_{name}": Field(np.int32) for name in _WINDOW_NAMES},
    **{name: Field(np.int32) for name in TYPE_COLUMNS},
    "categories": Field(np.int32),
    "engaged_short": Field(np.float64),
    "engaged_long": Field(np.float64),
}


class Applied(NamedTuple):
    """What a batch came to: the events that counted (row, time, cents), the repeats, and how many are of the erased."""

    rows: Longs
    times: Longs
    cents: Longs
    repeats: int
    erased: int


class Profiles(NamedTuple):
    """What a batch of customer records came to: rows whose segment changed or who are back, ids erased, rows back; and
    ids of those erased for good, of whom an older record came."""

    rows: Longs
    erased: Longs
    back: Longs
    again: Longs


class PartitionState:
    """The features of one partition's customers; times in ms since 1970, money in cents."""

    def __init__(self) -> None:
        chosen = parameters()
        self.clock = 0
        self.columns = Columns(FIELDS)
        self.index = CustomerIndex()
        self.short = Decay(self.columns, "engaged_short", chosen.short_half_life)
        self.long = Decay(self.columns, "engaged_long", chosen.long_half_life)
        self._parameters = chosen
        self._transactions = PagedBits()
        self._interactions = PagedBits()
        self._days = PagedBits()
        self._categories = Categories(self.columns, "categories")
        purchases = ("purchases", "spend")
        self._purchase_tiles = (
            Tiles(self.columns, HOUR, HOUR_WINDOWS, *purchases),
            Tiles(self.columns, DAY, DAY_WINDOWS, *purchases),
        )
        self._interaction_tiles = (
            Tiles(self.columns, HOUR, HOUR_WINDOWS, "interactions", None),
            Tiles(self.columns, DAY, DAY_WINDOWS, "interactions", None),
        )

    def transactions(
        self, ids: Longs, customers: Longs, products: Longs, cents: Longs, status: Array, times: Longs
    ) -> Applied:
        """Counts transactions; `status` holds the codes of the enum."""
        rows, keep, repeats, erased = self._events(
            self._transactions, ids, customers, times, (status == COMPLETED) | (status == REFUNDED)
        )
        if not len(rows):
            return Applied(rows, rows, rows, repeats, erased)
        cents, status, times = cents[keep], status[keep], times[keep]
        completed = status == COMPLETED
        counts = completed.astype(np.int32)
        np.add.at(self.columns["orders"], rows, counts)
        np.add.at(self.columns["lifetime_value"], rows, cents)
        np.maximum.at(self.columns["last_purchase"], rows, np.where(completed, times, -1))
        self._categories.add(rows[completed], products[keep][completed])
        weights = np.where(completed, self._parameters.purchase_weight, self._parameters.refund_weight)
        self._engage(rows, weights, times)
        for tiles in self._purchase_tiles:
            tiles.add(self.clock, times, rows, counts, cents)
        return Applied(rows, times, cents, repeats, erased)

    def interactions(self, ids: Longs, customers: Longs, types: Array, times: Longs) -> Applied:
        """Counts interactions; `types` holds the codes of the enum."""
        rows, keep, repeats, erased = self._events(self._interactions, ids, customers, times, None)
        if not len(rows):
            return Applied(rows, rows, rows, repeats, erased)
        types, times = types[keep], times[keep]
        for code, column in enumerate(TYPE_COLUMNS, start=1):
            np.add.at(self.columns[column], rows[types == code], np.int32(1))
        self._engage(rows, self._parameters.interaction_weights[types], times)
        ones, nothing = np.ones(len(rows), np.int32), np.zeros(len(rows), np.int8)
        for tiles in self._interaction_tiles:
            tiles.add(self.clock, times, rows, ones, nothing)
        return Applied(rows, times, np.zeros(len(rows), np.int64), repeats, erased)

    def _events(
        self, seen: PagedBits, ids: Longs, customers: Longs, times: Longs, counted: npt.NDArray[np.bool_] | None
    ) -> tuple[Longs, Any, int, int]:
        """Leaves repeats and uncounted events out: (rows, which, repeats, how many of erased customers)."""
        if not len(ids):
            return np.empty(0, np.int64), slice(None), 0, 0
        self.advance(int(times.max()))
        new = seen.add(ids)
        repeats = len(new) - int(new.sum())
        if counted is not None:
            new &= counted
        keep: Any = slice(None) if new.all() else np.flatnonzero(new)
        rows = self._rows(customers[keep])
        self._saw(rows, times[keep])
        return rows, keep, repeats, int(self.columns["erased"][rows].sum())

    def _rows(self, customers: Longs) -> Longs:
        rows = self.index.rows(customers)
        self.columns.grow(self.index.size)
        self.columns.touch(rows)
        return rows

    def _saw(self, rows: Longs, times: Longs) -> None:
        """First and last time, and the distinct UTC days, exact however late."""
        days = times // DAY
        last = self.columns["last_seen"]
        other = np.flatnonzero(last[rows] // DAY != days)
        if len(other):
            new = other[self._days.add((days[other] << 32) | rows[other])]
            np.add.at(self.columns["active_days"], rows[new], np.int32(1))
        np.minimum.at(self.columns["first_seen"], rows, times)
        np.maximum.at(last, rows, times)

    def _engage(self, rows: Longs, weights: npt.NDArray[np.float64], times: Longs) -> None:
        self.short.add(rows, weights, times)
        self.long.add(rows, weights, times)

    def advance(self, clock: int) -> None:
        """The clock goes on, if it is behind; tiles that are over leave their windows."""
        if clock <= self.clock:
            return
        for tiles in (*self._purchase_tiles, *self._interaction_tiles):
            tiles.advance(self.clock, clock)
        self.short.advance(clock)
        self.long.advance(clock)
        self.clock = clock

    def profiles(self, customers: Longs, segments: Array, versions: Longs, deleted: npt.NDArray[np.bool_]) -> Profiles:
        """Customer records: of each the highest version wins, of equal ones the last, as in ClickHouse.

        A deleted customer is erased until a later record says otherwise.
        """
        order = np.lexsort((versions, customers))
        newest = order[np.append(customers[order][1:] != customers[order][:-1], True)] if len(order) else order
        rows = self._rows(customers[newest])
        wins = versions[newest] >= self.columns["version"][rows]
        for_good = self.columns["erased"][rows] & (self.columns["version"][rows] >= LAST_VERSION)
        again = customers[newest][~wins & for_good]
        newest, rows = newest[wins], rows[wins]
        self.columns["version"][rows] = versions[newest]
        now, before = deleted[newest], self.columns["erased"][rows]
        self.columns["erased"][rows] = now
        changed = ~now & (self.columns["segment"][rows] != segments[newest])
        self.columns["segment"][rows[changed]] = segments[newest][changed]
        back = before & ~now
        return Profiles(rows[changed | back], customers[newest][now & ~before], rows[back], again)

    def catalogue(self, listed: Listed) -> Longs:
        """The products there are; answers the rows whose number of categories changed by it."""
        return self._categories.catalogue(listed)

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(part.nbytes for part in self._parts().values())

    def _parts(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "index": self.index,
            "transactions": self._transactions,
            "interactions": self._interactions,
            "days": self._days,
            "categories": self._categories,
            "purchase_hours": self._purchase_tiles[0],
            "purchase_days": self._purchase_tiles[1],
            "interaction_hours": self._interaction_tiles[0],
            "interaction_days": self._interaction_tiles[1],
        }

    def dump(self, *, whole: bool) -> Dump:
        """What has changed since the last dump, or all; what happens afterwards leaves it alone."""
        clock = np.array([self.clock, self.short.landmark, self.long.landmark], np.int64)
        dumps = {part: held.dump(whole=whole) for part, held in self._parts().items()}
        return together(dumps | {"clock": lambda: {"now": clock}})

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave."""
        for part, held in self._parts().items():
            held.apply(of(part, arrays))
        self.clock, self.short.landmark, self.long.landmark = arrays["clock.now"].tolist()
        for tiles in (*self._purchase_tiles, *self._interaction_tiles):
            tiles.forget(self.clock)
