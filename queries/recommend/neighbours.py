"""Which products are bought by the same customers, more often than their popularity explains."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from queries.recommend.shop import Floats, Ints, Rows, Shop

#: Neighbours kept of each product.
KEPT = 20
#: Customers who must have bought both, and how many standard deviations above chance that must be.
FEWEST, SIGNIFICANT = 3, 3.0
#: Added to a product's buyers, so that a few of them do not make a certainty.
SHRINK = 10.0
#: Products whose pairs are counted at once: bounds the memory.
BLOCK = 1000


@dataclass(frozen=True)
class Neighbours:
    """`weights`: products x products, a row sums to 1 or is empty, columns are sold; `keys`: row * products + column
    of each of its entries, ascending; `peers`: how many customers bought both, `excess`: how much one of them adds to
    the weight."""

    weights: Rows
    keys: Ints
    peers: Ints
    excess: Floats

    def find(self, product: Ints, other: Ints) -> tuple[Ints, Ints]:
        """For each pair its place among the entries and how many bought both; the place is -1 where it is no entry."""
        wanted = product * self.weights.shape[1] + other
        if not len(self.keys):
            return np.full(len(wanted), -1, np.int64), np.zeros(len(wanted), np.int64)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        there = self.keys[at] == wanted
        return np.where(there, at, -1), np.where(there, self.peers[at], 0)


def neighbours(shop: Shop) -> Neighbours:
    """Of each product the products that its buyers bought beyond chance, by share of its buyers.

    Chance is what buyers would do who choose by popularity alone, as often as these do.
    """
    bought, count = shop.bought, shop.bought.shape[1]
    buyers = np.bincount(bought.indices, minlength=count).astype(np.float64)
    basket = np.diff(bought.indptr).astype(np.float64)
    chance = (basket * (basket - 1)).sum() / max(buyers.sum(), 1.0) ** 2
    by_product = bought.T.tocsr()
    found = [
        _block(by_product[first : first + BLOCK] @ bought, first, buyers, chance, shop)
        for first in range(0, max(count, 1), BLOCK)
    ]
    row, column, peers, excess = (np.concatenate(part) for part in zip(*found, strict=True))
    total = np.bincount(row, excess, minlength=count)[row]
    weights = sp.csr_matrix(((excess / total).astype(np.float32), (row, column)), shape=(count, count))
    weights.sort_indices()
    keys = row * count + column
    order = np.argsort(keys)
    each = 1.0 / ((buyers[row] + SHRINK) * total)
    return Neighbours(weights, keys[order], peers[order], each[order].astype(np.float32))


def _block(
    pairs: Rows, first: int, buyers: np.ndarray, chance: float, shop: Shop
) -> tuple[Ints, Ints, Ints, np.ndarray]:
    """Rows, columns, peers and excess of the neighbours of a block of products."""
    row = np.repeat(np.arange(pairs.shape[0], dtype=np.int64) + first, np.diff(pairs.indptr))
    column, peers = pairs.indices.astype(np.int64), pairs.data.astype(np.int64)
    kept = (peers >= FEWEST) & (row != column) & shop.products.sold[column]
    row, column, peers = row[kept], column[kept], peers[kept]
    expected = chance * buyers[row] * buyers[column]
    kept = peers - expected > SIGNIFICANT * np.sqrt(expected)
    row, column, peers, expected = row[kept], column[kept], peers[kept], expected[kept]
    excess = (peers - expected) / (buyers[row] + SHRINK)
    order = np.lexsort((column, -excess, row))
    row, column, peers, excess = row[order], column[order], peers[order], excess[order]
    begins = np.searchsorted(row, row, side="left")
    best = np.arange(len(row)) - begins < KEPT
    return row[best], column[best], peers[best], excess[best]
