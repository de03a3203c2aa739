"""Customer ids (UInt32) to dense row numbers, by a two-level table."""

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump

PAGE_BITS = 8

Rows = npt.NDArray[np.int64]


class CustomerIndex:
    """Rows are given out in the order in which ids are first seen."""

    def __init__(self) -> None:
        # Untouched memory of the first level is never committed by the system.
        self._pages_of = np.zeros(1 << (32 - PAGE_BITS), np.int32)
        self._rows = np.full((8, 1 << PAGE_BITS), -1, np.int32)  # page 0: nobody
        self._pages = 1
        self._ids = np.zeros(1024, np.uint32)
        self.size = 0
        self._dumped = 0

    @property
    def ids(self) -> npt.NDArray[np.uint32]:
        """The id of each row."""
        return self._ids[: self.size]

    def find(self, ids: npt.NDArray[np.int64]) -> Rows:
        """The row of each id, -1 where there is none; ids are 0 to 2^32-1."""
        rows: Rows = self._rows[self._pages_of[ids >> PAGE_BITS], ids & ((1 << PAGE_BITS) - 1)].astype(np.int64)
        return rows

    def rows(self, ids: npt.NDArray[np.int64]) -> Rows:
        """The row of each id; unknown ids are given one."""
        rows = self.find(ids)
        missing = rows < 0
        if missing.any():
            self.append(np.unique(ids[missing]))
            rows[missing] = self.find(ids[missing])
        return rows

    def append(self, ids: npt.NDArray[np.int64]) -> Rows:
        """New rows for distinct ids; an id that had a row has the new one from now on."""
        rows = np.arange(self.size, self.size + len(ids))
        self.size += len(ids)
        while self.size > len(self._ids):
            self._ids = np.concatenate([self._ids, np.zeros_like(self._ids)])
        self._ids[rows] = ids
        self._assign(ids, rows)
        return rows

    def _assign(self, ids: npt.NDArray[np.int64], rows: Rows) -> None:
        pages = ids >> PAGE_BITS
        new = np.unique(pages[self._pages_of[pages] == 0])
        while self._pages + len(new) > len(self._rows):
            self._rows = np.concatenate([self._rows, np.full_like(self._rows, -1)])
        self._pages_of[new] = np.arange(self._pages, self._pages + len(new))
        self._pages += len(new)
        self._rows[self._pages_of[ids >> PAGE_BITS], ids & ((1 << PAGE_BITS) - 1)] = rows

    @property
    def nbytes(self) -> int:
        """Bytes of memory held, the first level left out."""
        return self._rows.nbytes + self._ids.nbytes

    def dump(self, *, whole: bool) -> Dump:
        """The ids of the rows given out since the last dump, or of all."""
        ids = self._ids[0 if whole else self._dumped : self.size].copy()
        self._dumped = self.size
        return lambda: {"ids": ids}

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave."""
        self.append(arrays["ids"].astype(np.int64))
        self._dumped = self.size
