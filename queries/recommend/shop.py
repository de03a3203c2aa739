"""What recommendations are computed from: products, customers, who bought what and looked at which categories.

Arrays are by place: the place of an id in `Products.ids` or `Customers.ids`, which are sorted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
#: In s.
DAY = 86_400
#: A scipy matrix of compressed rows.
Rows = Any


@dataclass(frozen=True)
class Products:
    """`category` and `brand` are codes from 0; `sold`: in stock, launched and not withdrawn."""

    ids: Ints
    category: npt.NDArray[np.int32]
    brand: npt.NDArray[np.int32]
    sold: Flags
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Customers:
    """`segment` holds codes into `segments`."""

    ids: Ints
    segment: npt.NDArray[np.int32]
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Shop:
    """`bought`: customers x products, 1 where bought; `looked`: customers x categories, how often; `last`: the place of
    the product that each customer bought last, -1 for none, and for who bought another one within a DAY before: what
    goes into the same basket says nothing of what they come back for."""

    products: Products
    customers: Customers
    bought: Rows
    looked: Floats
    last: npt.NDArray[np.int32]

    @property
    def known(self) -> Flags:
        """Of whom there is anything to go by."""
        return np.asarray((np.diff(self.bought.indptr) > 0) | (self.looked.sum(axis=1) > 0), np.bool_)


def codes(texts: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int32], tuple[str, ...]]:
    """Codes of texts and the texts of the codes, in their order."""
    names, code = np.unique(np.asarray(texts, dtype=np.str_), return_inverse=True)
    return code.astype(np.int32), tuple(str(name) for name in names)


def places(ids: Ints, wanted: npt.NDArray[Any]) -> tuple[Ints, Flags]:
    """Each id's place among the sorted `ids`, and whether it is there."""
    at = np.searchsorted(ids, wanted)
    at = np.minimum(at, max(len(ids) - 1, 0))
    there = ids[at] == wanted if len(ids) else np.zeros(len(wanted), np.bool_)
    return at.astype(np.int64), np.asarray(there, np.bool_)


def purchases(
    customers: Ints, products: Ints, customer: npt.NDArray[Any], product: npt.NDArray[Any], ts: npt.NDArray[Any]
) -> tuple[Rows, npt.NDArray[np.int32]]:
    """`bought` and `last` of purchases (times in s) in any order, repeated or not; those of ids there are not are
    left out.

    Of purchases at the same time that of the highest product id is the last.
    """
    who, is_customer = places(customers, customer)
    what, is_product = places(products, product)
    kept = is_customer & is_product
    who, what, when = who[kept], what[kept], np.asarray(ts)[kept]
    shape = (len(customers), len(products))
    bought = sp.csr_matrix((np.ones(len(who), np.float32), (who, what)), shape=shape)
    bought.sum_duplicates()
    bought.data[:] = 1
    order = np.lexsort((what, when, who))
    who, what, when = who[order], what[order], when[order]
    end = np.flatnonzero(np.diff(who, append=-1))
    again = (end > 0) & (who[end - 1] == who[end]) & (what[end - 1] != what[end]) & (when[end] - when[end - 1] < DAY)
    last = np.full(len(customers), -1, np.int32)
    last[who[end]] = np.where(again, -1, what[end])
    return bought, last
