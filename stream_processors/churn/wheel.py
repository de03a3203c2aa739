"""A timer wheel: who is due at a tick, at the cost of those who are, not of all."""

from array import array

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
#: A tick that never comes.
NEVER = np.iinfo(np.int32).max


class Wheel:
    """Holds at most one tick a row. A later tick for a row waits until the earlier one has come."""

    def __init__(self) -> None:
        self._at = np.full(1024, NEVER, np.int32)
        # Most batches set one row a tick: an array of numpy's own would take twenty times its row.
        self._buckets: dict[int, array[int]] = {}

    def grow(self, size: int) -> None:
        """Room for `size` rows."""
        while size > len(self._at):
            self._at = np.concatenate([self._at, np.full_like(self._at, NEVER)])

    def set(self, rows: Rows, ticks: npt.NDArray[np.int64]) -> None:
        """Wakes each row (none twice) at its tick or earlier; NEVER leaves what is set."""
        earlier = ticks < self._at[rows]
        if not earlier.any():
            return
        rows, ticks = rows[earlier], ticks[earlier]
        self._at[rows] = ticks
        order = np.argsort(ticks)  # within a tick none comes before another
        rows, ticks = rows[order].astype(np.int32), ticks[order]
        starts = np.flatnonzero(np.append(True, ticks[1:] != ticks[:-1]))
        ends = [*starts[1:].tolist(), len(rows)]
        for start, end, tick in zip(starts.tolist(), ends, ticks[starts].tolist(), strict=True):
            self._buckets.setdefault(tick, array("i")).frombytes(rows[start:end].tobytes())

    def pop(self, before: int, upto: int) -> Rows:
        """The rows whose tick is after `before` and not after `upto`; they are set no more."""
        if upto - before < len(self._buckets):
            due = [tick for tick in range(before + 1, upto + 1) if tick in self._buckets]
        else:
            due = [tick for tick in self._buckets if tick <= upto]
        found = [np.empty(0, np.int64)]
        for tick in due:
            rows = np.frombuffer(self._buckets.pop(tick), np.int32).astype(np.int64)
            # Set for an earlier tick, woken and set for this one again, a row stands here twice.
            rows = np.unique(rows[self._at[rows] == tick])
            self._at[rows] = NEVER
            found.append(rows)
        return np.concatenate(found)

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self._at.nbytes + sum(len(rows) * rows.itemsize for rows in self._buckets.values())
