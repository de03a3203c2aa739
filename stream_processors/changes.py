"""Whose features are to be published: the urgent first, then in the order in which they changed."""

from collections import deque

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump

Rows = npt.NDArray[np.int64]


class Changes:
    """Rows that changed since they were last published, each once."""

    def __init__(self) -> None:
        self._waiting = np.zeros(1024, np.bool_)
        self._urgent = np.zeros(1024, np.bool_)
        self.bands = np.zeros(1024, np.uint8)  # as last published, 0 for never
        self._marks = np.zeros(1024, np.int64)  # which of a batch's repeats stays; of no meaning between batches
        self._queue: deque[Rows] = deque()
        self._urgent_queue: deque[Rows] = deque()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def grow(self, size: int) -> None:
        """Room for `size` rows."""
        while size > len(self._waiting):
            self._waiting, self._urgent, self.bands, self._marks = (
                np.concatenate([array, np.zeros_like(array)])
                for array in (self._waiting, self._urgent, self.bands, self._marks)
            )

    def add(self, rows: Rows, urgent: npt.NDArray[np.bool_] | None = None) -> None:
        """Rows that changed, repeats allowed; `urgent` tells those that go first."""
        new = np.flatnonzero(~self._waiting[rows])
        if len(new):
            fresh = rows[new]
            # Of repeats, the one that is written last stays.
            self._marks[fresh] = new
            fresh = fresh[self._marks[fresh] == new]
            self._waiting[fresh] = True
            self._count += len(fresh)
            self._queue.append(fresh)
        if urgent is not None and urgent.any():
            first = np.unique(rows[urgent])
            first = first[~self._urgent[first]]
            self._urgent[first] = True
            self._urgent_queue.append(first)

    def take(self, most: int) -> Rows:
        """At most `most` rows, which wait no more."""
        taken: list[Rows] = []
        left = most
        for queue in (self._urgent_queue, self._queue):
            while queue and left > 0:
                rows = queue.popleft()
                rows = rows[self._waiting[rows]]
                if len(rows) > left:
                    queue.appendleft(rows[left:])
                    rows = rows[:left]
                self._waiting[rows] = False
                self._urgent[rows] = False
                left -= len(rows)
                taken.append(rows)
        out = np.concatenate(taken) if taken else np.empty(0, np.int64)
        self._count -= len(out)
        return out

    def drop(self, rows: Rows) -> None:
        """Rows that are not to be published any more."""
        self._count -= int(self._waiting[rows].sum())
        self._waiting[rows] = False

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        queued = sum(rows.nbytes for queue in (self._queue, self._urgent_queue) for rows in queue)
        return self._waiting.nbytes + self._urgent.nbytes + self.bands.nbytes + queued

    def dump(self, size: int) -> Dump:
        """What waits of the first `size` rows, and their bands."""
        waiting, bands = np.packbits(self._waiting[:size]), self.bands[:size].copy()
        return lambda: {"waiting": waiting, "bands": bands}

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, instead of all there was."""
        self.__init__()  # type: ignore[misc]  # starts over, whatever was there
        size = len(arrays["bands"])
        self.grow(size)
        self.bands[:size] = arrays["bands"]
        self.add(np.flatnonzero(np.unpackbits(arrays["waiting"], count=size)))
