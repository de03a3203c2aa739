"""How many categories each customer has bought from, by the products' categories of now.

Of each completed purchase the pair (row, product) is kept, of each row a set of category codes, 64 a word. A purchase
adds to the set. When products become known, change category or go, the sets of those who bought them are made anew.
"""

import json
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stream_processors.features.arrays import Arrays, Dump, of, together
from stream_processors.features.columns import Columns
from stream_processors.features.index import CustomerIndex

Longs = npt.NDArray[np.int64]
Array = npt.NDArray[Any]

#: Code of a product that is in no category, or not in the catalogue.
NONE = -1
WORD_BITS = 6
PRODUCT_BITS = 32
PRODUCT_MASK = (1 << PRODUCT_BITS) - 1


class Listed(NamedTuple):
    """The products there are: distinct ids, and of each the place of its category among `names`."""

    products: Longs
    codes: npt.NDArray[np.int32]
    names: list[str]


class Categories:
    """Keeps the column of counts; a customer costs 8 bytes for every 64 categories, a purchase 8 bytes."""

    def __init__(self, columns: Columns, column: str) -> None:
        self._columns = columns
        self._column = column
        self._products = CustomerIndex()
        self._codes = np.full(1024, NONE, np.int32)  # by the product's place
        self._names: list[str] = []
        self._pairs = np.zeros(1024, np.int64)  # (row, the product's place)
        self._size = 0
        self._words: list[npt.NDArray[np.uint64]] = []  # by row, codes 64 n to 64 n + 63
        self._dumped = 0  # pairs
        self._relisted = False  # since the last dump

    @property
    def pairs(self) -> Longs:
        """Of each completed purchase, the row above the product's place."""
        return self._pairs[: self._size]

    def add(self, rows: Longs, products: Longs) -> None:
        """Completed purchases of products (ids)."""
        if not len(rows):
            return
        places = self._places(products)
        self._put((rows << PRODUCT_BITS) | places)
        self._join(rows, self._codes[places])

    def _put(self, pairs: Longs) -> None:
        end = self._size + len(pairs)
        if end > len(self._pairs):
            # By a quarter: these are most of what is held, and half of them unused would be much.
            self._pairs = np.concatenate([self.pairs, np.zeros(len(pairs) + end // 4, np.int64)])
        self._pairs[self._size : end] = pairs
        self._size = end

    def catalogue(self, listed: Listed) -> Longs:
        """The whole catalogue as it is; answers the rows whose counts changed."""
        codes = {name: code for code, name in enumerate(self._names)}
        own = np.array([codes.setdefault(name, len(codes)) for name in listed.names], np.int32)
        self._names = list(codes)
        places = self._places(listed.products)
        now = np.full(self._products.size, NONE, np.int32)
        now[places] = own[listed.codes]
        self._relisted = True
        return self._recode(now)

    def _recode(self, codes: npt.NDArray[np.int32]) -> Longs:
        """Takes the codes of all places; answers the rows whose counts changed."""
        now = np.full(len(self._codes), NONE, np.int32)
        now[: len(codes)] = codes
        moved = now != self._codes
        self._codes = now
        return self._anew(moved) if moved.any() else np.empty(0, np.int64)

    def _anew(self, moved: npt.NDArray[np.bool_]) -> Longs:
        """Makes the sets anew of all who bought products at the places that moved."""
        self._grow(-1)
        rows = self.pairs >> PRODUCT_BITS
        size = self._columns.size
        touched = np.zeros(size, np.bool_)
        touched[rows[moved[self.pairs & PRODUCT_MASK]]] = True
        theirs = self.pairs[touched[rows]]
        concerned = np.flatnonzero(touched)
        self._columns.touch(concerned)
        counts = self._columns[self._column]
        before = counts[concerned].copy()
        for word in self._words:
            word[concerned] = 0
        counts[concerned] = 0
        self._join(theirs >> PRODUCT_BITS, self._codes[theirs & PRODUCT_MASK])
        changed: Longs = concerned[counts[concerned] != before]
        return changed

    def _join(self, rows: Longs, codes: npt.NDArray[np.int32]) -> None:
        """Puts codes into the sets of rows, and counts these."""
        known = codes != NONE
        rows, codes = rows[known], codes[known]
        if not len(rows):
            return
        self._grow(int(codes.max()) >> WORD_BITS)
        order = np.argsort(rows)
        rows, codes = rows[order], codes[order]
        begins = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
        touched = rows[begins]
        bits = np.left_shift(np.uint64(1), (codes & (2**WORD_BITS - 1)).astype(np.uint64))
        counts = np.zeros(len(touched), np.int32)
        for number, word in enumerate(self._words):
            here = bits if len(self._words) == 1 else np.where(codes >> WORD_BITS == number, bits, np.uint64(0))
            word[touched] |= np.bitwise_or.reduceat(here, begins)
            counts += np.bitwise_count(word[touched])
        self._columns[self._column][touched] = counts

    def _grow(self, last: int) -> None:
        """Words up to number `last`, as long as the columns are."""
        room = len(self._columns[self._column])
        while len(self._words) <= last:
            self._words.append(np.zeros(room, np.uint64))
        for number, word in enumerate(self._words):
            if len(word) < room:
                self._words[number] = np.concatenate([word, np.zeros(room - len(word), np.uint64)])

    def _places(self, products: Longs) -> Longs:
        places = self._products.rows(products)
        self._reserve()
        return places

    def _reserve(self) -> None:
        """Room for the codes of all places."""
        while self._products.size > len(self._codes):
            self._codes = np.concatenate([self._codes, np.full_like(self._codes, NONE)])

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return (
            self._pairs.nbytes + self._codes.nbytes + sum(word.nbytes for word in self._words) + self._products.nbytes
        )

    def dump(self, *, whole: bool) -> Dump:
        """The purchases added since the last dump and the catalogue if it is another one, or all with the sets."""
        self._grow(-1)
        pairs = self.pairs[0 if whole else self._dumped :].copy()
        self._dumped = self._size
        own: Arrays = {"pairs": pairs}
        if whole or self._relisted:
            own["codes"] = self._codes[: self._products.size].copy()
            own["names"] = np.frombuffer(json.dumps(self._names).encode(), np.uint8)
            self._relisted = False
        if whole:
            size = self._columns.size
            own["words"] = np.array([len(self._words)], np.int64)
            own |= {f"word_{number}": word[:size].copy() for number, word in enumerate(self._words)}
        return together({"own": lambda: own, "products": self._products.dump(whole=whole)})

    def apply(self, arrays: Arrays) -> None:
        """Takes over what `dump` gave, on top of what the dumps before gave; the columns have taken theirs already."""
        own = of("own", arrays)
        whole = "words" in own
        if whole:
            self._products = CustomerIndex()
            self._pairs, self._size, self._codes = np.zeros(1024, np.int64), 0, np.full(1024, NONE, np.int32)
        self._products.apply(of("products", arrays))
        self._reserve()
        if "codes" in own:
            self._names = json.loads(own["names"].tobytes())
            self._recode(own["codes"])
        self._put(own["pairs"])
        if whole:
            self._words = [own[f"word_{number}"].copy() for number in range(int(own["words"][0]))]
        else:
            self._join(own["pairs"] >> PRODUCT_BITS, self._codes[own["pairs"] & PRODUCT_MASK])
        self._dumped, self._relisted = self._size, False
