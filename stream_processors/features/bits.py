"""A set of integers as pages of bits: which of a whole batch are new, in one go.

Event ids are dense within a source, so that an id costs about a bit, however many there are.
"""

import numpy as np
import numpy.typing as npt

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
            table[present] = [self._slot(first + page) for page in present.tolist()]
            slots = table[relative]
        else:
            distinct, inverse = np.unique(pages, return_inverse=True)
            slots = np.array([self._slot(page) for page in distinct.tolist()], np.int64)[inverse]
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
        return slot

    def dump(self) -> dict[str, npt.NDArray[np.generic]]:
        """The content as arrays that later additions leave alone."""
        return {
            "pages": np.fromiter(self._slots, np.int64, len(self._slots)),
            "bits": self._bits[: len(self._slots) * PAGE_BYTES].copy(),
        }

    def load(self, arrays: dict[str, npt.NDArray[np.generic]]) -> None:
        """Takes over what `dump` gave."""
        self._slots = {page: slot for slot, page in enumerate(arrays["pages"].tolist())}
        bits = np.zeros(max(64, len(self._slots)) * PAGE_BYTES, np.uint8)
        bits[: len(arrays["bits"])] = arrays["bits"]
        self._bits = bits


_MASKS = (1 << np.arange(8)).astype(np.uint8)


def _repeats(places: Keys) -> Keys:
    """The positions of values that stand further ahead already."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    repeats: Keys = order[1:][ordered[1:] == ordered[:-1]]
    return repeats
