"""Running window sums, exact under late events: each UTC hour or day keeps what was counted in it, sparsely.

now = hour 10        hours:  ... 8   9  [10]
window 1h                               ^^^^    an event of hour 9 joins its tile and the 24 h window alone
window 24h          ^^^^ ... ^^^^^^^^^^^^^^^    when the clock reaches hour 11, tile 10 leaves 1h, tile -13 leaves 24h
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stream_processors.features.columns import Columns
from stream_processors.features.parameters import Window

Rows = npt.NDArray[np.int64]
#: Entries of a tile that are put together by customer at once.
COMPACT_AT = 1 << 16

#: Rows (int32), counts (int32), cents (int64, or int8 zeros where no money is counted).
Entries = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[Any]]


class Tile:
    """What was counted in one hour or day: entries, put together by customer now and then."""

    def __init__(self) -> None:
        self._parts: list[Entries] = []
        self._loose = 0
        self._compact = 0

    def add(self, rows: Any, counts: Any, cents: Any) -> None:
        """More entries; the arrays are never changed."""
        self._parts.append((rows, counts, cents))
        self._loose += len(rows)
        if self._loose > max(COMPACT_AT, self._compact):
            self._put_together()

    def entries(self) -> Entries:
        """All entries; a customer may have several."""
        if len(self._parts) > 1:
            self._parts = [_joined(self._parts)]
        return self._parts[0]

    def _put_together(self) -> None:
        rows, counts, cents = _joined(self._parts)
        customers, inverse = distinct(rows)
        sums = np.zeros(len(customers), np.int32)
        money = np.zeros(len(customers), cents.dtype)
        np.add.at(sums, inverse, counts)
        np.add.at(money, inverse, cents)
        self._parts = [(customers, sums, money)]
        self._loose, self._compact = 0, len(customers)

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return sum(array.nbytes for part in self._parts for array in part)


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
            if number <= now - self._longest:
                del self._tiles[number]

    def _subtract(self, tile: Tile, count: str, cents: str | None) -> None:
        rows, counts, money = tile.entries()
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

    def dump(self) -> dict[str, npt.NDArray[Any]]:
        """All entries, tile behind tile; the sums are the columns' to keep."""
        numbers = sorted(self._tiles)
        entries = [self._tiles[number].entries() for number in numbers]
        arrays = _joined(entries) if entries else (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
        lengths = [len(rows) for rows, _, _ in entries]
        return {
            "numbers": np.array(numbers, np.int64),
            "lengths": np.array(lengths, np.int64),
            "rows": arrays[0],
            "counts": arrays[1],
            "cents": arrays[2],
        }

    def load(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Takes over what `dump` gave."""
        ends = np.cumsum(arrays["lengths"]).tolist()
        self._tiles = {}
        for number, end, length in zip(arrays["numbers"].tolist(), ends, arrays["lengths"].tolist(), strict=True):
            tile = self._tiles[number] = Tile()
            part = slice(end - length, end)
            tile.add(arrays["rows"][part], arrays["counts"][part], arrays["cents"][part])
