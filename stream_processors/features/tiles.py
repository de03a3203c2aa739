"""Running window sums, exact under late events: each UTC hour or day keeps what was counted in it, sparsely.

now = hour 10        hours:  ... 8   9  [10]
window 1h                               ^^^^    an event of hour 9 joins its tile and the 24 h window alone
window 24h          ^^^^ ... ^^^^^^^^^^^^^^^    when the clock reaches hour 11, tile 10 leaves 1h, tile -13 leaves 24h
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump
from stream_processors.features.columns import Columns
from stream_processors.features.parameters import Window

Rows = npt.NDArray[np.int64]
#: Entries of a tile that are put together by customer at once.
COMPACT_AT = 1 << 16
#: Parts of a tile that are joined at once: late events come in ones and twos, and three arrays take more than these.
JOIN_AT = 64

#: Rows (int32), counts (int32), cents (int64, or int8 zeros where no money is counted).
Entries = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[Any]]


class Tile:
    """What was counted in one hour or day: entries, put together by customer now and then."""

    def __init__(self) -> None:
        self._parts: list[Entries] = []
        self._loose = 0
        self._compact = 0
        self._fresh: list[Entries] | None = None  # since the last dump; None: no dump has the tile
        self._fresh_count = 0

    def add(self, rows: Any, counts: Any, cents: Any) -> None:
        """More entries; the arrays are never changed."""
        self._parts.append((rows, counts, cents))
        self._loose += len(rows)
        if self._fresh is not None:
            self._fresh.append(self._parts[-1])
            self._fresh_count += len(rows)
        if self._loose > max(COMPACT_AT, self._compact):
            self._put_together()
        elif len(self._parts) > JOIN_AT:
            # What is put together already stays out of it.
            kept = self._parts[: bool(self._compact)]
            self._parts = [*kept, _joined(self._parts[len(kept) :])]

    def entries(self) -> Entries:
        """All entries; a customer may have several."""
        if len(self._parts) > 1:
            self._parts = [_joined(self._parts)]
        return self._parts[0]

    def _put_together(self) -> None:
        self._parts = [condensed(self._parts)]
        self._loose, self._compact = 0, len(self._parts[0][0])
        if self._fresh_count > self._compact:
            # Dumping it whole costs less.
            self._fresh, self._fresh_count = None, 0

    def dump(self, *, whole: bool) -> tuple[bool, list[Entries]]:
        """The parts since the last dump or, where that is the first answer, all of them in place of what was dumped."""
        whole = whole or self._fresh is None
        parts = list(self._parts) if whole else self._fresh or []
        self.dumped()
        return whole, parts

    def dumped(self) -> None:
        """All there is by now is in a dump."""
        self._fresh, self._fresh_count = [], 0

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(array.nbytes for part in self._parts for array in part)


def condensed(parts: list[Entries]) -> Entries:
    """One entry a customer."""
    rows, counts, cents = _joined(parts)
    customers, inverse = distinct(rows)
    sums = np.zeros(len(customers), np.int32)
    money = np.zeros(len(customers), cents.dtype)
    np.add.at(sums, inverse, counts)
    np.add.at(money, inverse, cents)
    return customers, sums, money


def _joined(parts: list[Entries]) -> Entries:
    rows, counts, cents = (np.concatenate([part[at] for part in parts]) for at in range(3))
    return rows, counts, cents


def distinct(rows: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int32], Rows]:
    """The distinct rows in order and the place of each among them; rows are small enough for a table."""
    present = np.zeros(int(rows.max()) + 1, np.bool_)
    present[rows] = True
    table = np.cumsum(present) - 1
    return np.flatnonzero(present).astype(np.int32), table[rows]


class Tiles:
    """Running sums over windows of tiles of one length, for counts and, where asked for, cents."""

    def __init__(self, columns: Columns, length: int, windows: Sequence[Window], count: str, cents: str | None) -> None:
        """`length` in ms; the sums go to the columns '{count}_{window}' and '{cents}_{window}'."""
        self._columns = columns
        self._length = length
        self._windows = [
            (window.tiles, f"{count}_{window.name}", cents and f"{cents}_{window.name}") for window in windows
        ]
        self._longest = max(window.tiles for window in windows)
        self._tiles: dict[int, Tile] = {}

    def advance(self, old: int, new: int) -> None:
        """The clock goes on from `old` to `new` (ms): what is over leaves the windows it was in."""
        before, now = old // self._length, new // self._length
        if before == now:
            return
        for number, tile in list(self._tiles.items()):
            for tiles, count, cents in self._windows:
                if before - tiles < number <= now - tiles:
                    self._subtract(tile, count, cents)
        self.forget(new)

    def forget(self, clock: int) -> None:
        """Drops the tiles that are in no window any more at the clock (ms)."""
        for number in [number for number in self._tiles if number <= clock // self._length - self._longest]:
            del self._tiles[number]

    def _subtract(self, tile: Tile, count: str, cents: str | None) -> None:
        rows, counts, money = tile.entries()
        self._columns.touch(rows)
        np.subtract.at(self._columns[count], rows, counts)
        if cents:
            np.subtract.at(self._columns[cents], rows, money)

    def add(self, clock: int, times: Rows, rows: Rows, counts: Any, money: Any) -> None:
        """Events at `times` (ms, none after the clock) join their tiles and the windows that still hold these."""
        numbers = times // self._length
        now = clock // self._length
        if int(numbers.min()) == now:
            self._join(now, rows, counts, money, self._windows)
            return
        order = np.argsort(numbers, kind="stable")
        numbers = numbers[order]
        starts = np.searchsorted(numbers, np.arange(now - self._longest + 1, now + 2))
        for age, start, end in zip(
            range(self._longest - 1, -1, -1), starts[:-1].tolist(), starts[1:].tolist(), strict=True
        ):
            if start < end:
                part = order[start:end]
                windows = [window for window in self._windows if age < window[0]]
                self._join(now - age, rows[part], counts[part], money[part], windows)

    def _join(self, number: int, rows: Rows, counts: Any, money: Any, windows: Sequence[Any]) -> None:
        for _, count, cents in windows:
            np.add.at(self._columns[count], rows, counts)
            if cents:
                np.add.at(self._columns[cents], rows, money)
        tile = self._tiles.get(number)
        if tile is None:
            tile = self._tiles[number] = Tile()
        tile.add(rows.astype(np.int32), counts, money)

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(tile.nbytes for tile in self._tiles.values())

    def dump(self, *, whole: bool) -> Dump:
        """The entries since the last dump, or all, tile behind tile; the sums are the columns' to keep."""
        taken = [(number, *self._tiles[number].dump(whole=whole)) for number in sorted(self._tiles)]
        return lambda: _arrays([(number, replaces, parts) for number, replaces, parts in taken if parts])

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave."""
        ends = np.cumsum(arrays["lengths"]).tolist()
        columns = (arrays["numbers"], arrays["lengths"], arrays["replaces"])
        for end, number, length, replaces in zip(ends, *(column.tolist() for column in columns), strict=True):
            tile = Tile() if replaces else self._tiles[number]
            self._tiles[number] = tile
            # Copies, so that no tile keeps the memory of all the others.
            tile.add(*(arrays[name][end - length : end].copy() for name in ("rows", "counts", "cents")))
            tile.dumped()


def _arrays(taken: list[tuple[int, bool, list[Entries]]]) -> Arrays:
    """What was taken of each tile: its number, whether it replaces what was dumped before, its parts."""
    entries = [condensed(parts) for _, _, parts in taken]
    none = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
    rows, counts, cents = _joined(entries) if entries else none
    return {
        "numbers": np.array([number for number, _, _ in taken], np.int64),
        "lengths": np.array([len(part[0]) for part in entries], np.int64),
        "replaces": np.array([replaces for _, replaces, _ in taken], np.bool_),
        "rows": rows,
        "counts": counts,
        "cents": cents,
    }
