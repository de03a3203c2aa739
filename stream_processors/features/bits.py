"""A set of integers as pages of bits: which of a whole batch are new, in one go.

Event ids are dense within a source, so that an id costs about a bit, however many there are.
"""

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump

PAGE_BITS = 12
PAGE_BYTES = (1 << PAGE_BITS) // 8
#: Pages a batch may span to be looked up by table rather than by sorting.
TABLE_SPAN = 1 << 13

Keys = npt.NDArray[np.int64]


class PagedBits:
    """A set of non-negative 63-bit integers."""

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}
        self._bits = np.zeros(64 * PAGE_BYTES, np.uint8)
        self._touched = np.zeros(64, np.bool_)  # by slot, since the last dump

    def __len__(self) -> int:
        return int(np.bitwise_count(self._bits).sum())

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self._bits.nbytes

    def add(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Adds the keys; answers which of them are new, the first among equals alone."""
        if not len(keys):
            return np.zeros(0, np.bool_)
        places = self._places(keys)
        cells = places >> 3
        masks = _MASKS[places & 7]
        new: npt.NDArray[np.bool_] = (self._bits[cells] & masks) == 0
        np.bitwise_or.at(self._bits, cells, masks)
        if not (places[1:] > places[:-1]).all():
            new[_repeats(places)] = False
        return new

    def _places(self, keys: Keys) -> Keys:
        """The bit of each key, in pages that exist from then on."""
        pages = keys >> PAGE_BITS
        first = int(pages.min())
        if int(pages.max()) - first < TABLE_SPAN:
            relative = pages - first
            present = np.flatnonzero(np.bincount(relative))
            table = np.zeros(int(present[-1]) + 1, np.int64)
            held = np.array([self._slot(first + page) for page in present.tolist()], np.int64)
            table[present] = held
            slots = table[relative]
        else:
            distinct, inverse = np.unique(pages, return_inverse=True)
            held = np.array([self._slot(page) for page in distinct.tolist()], np.int64)
            slots = held[inverse]
        self._touched[held] = True
        places: Keys = (slots << PAGE_BITS) | (keys & ((1 << PAGE_BITS) - 1))
        return places

    def _slot(self, page: int) -> int:
        slot = self._slots.get(page)
        if slot is None:
            slot = self._slots[page] = len(self._slots)
            if (slot + 1) * PAGE_BYTES > len(self._bits):
                grown = np.zeros(len(self._bits) * 2, np.uint8)
                grown[: len(self._bits)] = self._bits
                self._bits = grown
                self._touched = np.append(self._touched, np.zeros_like(self._touched))
        return slot

    def dump(self, *, whole: bool) -> Dump:
        """The pages added to since the last dump, or all."""
        size = len(self._slots)
        slots = np.arange(size) if whole else np.flatnonzero(self._touched[:size])
        self._touched[:] = False
        pages = np.fromiter(self._slots, np.int64, size)[slots]
        bits = self._bits.reshape(-1, PAGE_BYTES)[slots].reshape(-1)
        return lambda: {"pages": pages, "bits": bits}

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave."""
        slots = [self._slot(page) for page in arrays["pages"].tolist()]
        self._bits.reshape(-1, PAGE_BYTES)[slots] = arrays["bits"].reshape(-1, PAGE_BYTES)


_MASKS = (1 << np.arange(8)).astype(np.uint8)


def _repeats(places: Keys) -> Keys:
    """The positions of values that stand further ahead already."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    repeats: Keys = order[1:][ordered[1:] == ordered[:-1]]
    return repeats
