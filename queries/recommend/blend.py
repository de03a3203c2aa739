"""How much each reason to buy something counts: a mixture of distributions over products, weighed by held-out
purchases.

The parts are what the customer's segment buys, what their own purchases, looks and the categories next to those speak
for, and what is bought together with what they have. The weights are those under which the last purchases of a sample
of customers, left out of what the parts are made of, are likeliest (expectation maximization: Dempster, Laird, Rubin
1977, https://doi.org/10.1111/j.2517-6161.1977.tb01600.x), apart for customers with few and with many purchases.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.recommend.neighbours import Neighbours, neighbours
from queries.recommend.shop import Floats, Ints, Shop

#: The parts, in the order of the weights. All but TOGETHER are a part of a category times the product's part of it.
SEGMENT, OWN, LOOKED, NEXT, TOGETHER = range(5)
#: Customers with none, with fewer than so many, ... and with more purchases have weights of their own.
BUCKETS = (1, 3, 6, 11)
#: Purchases that a segment is given in proportion to everybody's, so that a small one is like all.
SMOOTHING = 200.0
SAMPLE, FEWEST, ROUNDS = 50_000, 200, 100
#: For shops too small to weigh anything.
USUAL = np.array([0.7, 0.15, 0.05, 0.02, 0.08])


@dataclass(frozen=True)
class Model:
    """`within`: segments x products, a product's part of its category; `usual`: segments x categories, what they turn
    to; `next`: categories x categories, what goes with what; `weights`: buckets x parts; `buyers`: segments x
    products."""

    within: Floats
    usual: Floats
    next: Floats
    neighbours: Neighbours
    weights: Floats
    buyers: Ints

    def parts(self, shop: Shop, rows: Ints) -> Floats:
        """Customers x parts (without TOGETHER) x categories: each part's weight of each category."""
        counts = bought_of(shop, rows)
        looked = shop.looked[rows]
        own = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        looks = looked / np.maximum(looked.sum(axis=1, keepdims=True), 1)
        segment = self.usual[shop.customers.segment[rows]]
        stacked = np.stack([segment, own, looks, own @ self.next], axis=1)
        found: Floats = (stacked * self.bucket(shop, rows)[:, :TOGETHER, None]).astype(np.float32)
        return found

    def bucket(self, shop: Shop, rows: Ints) -> Floats:
        """Customers x parts: their weights, those of parts that they have nothing of given to the segment's."""
        bought = shop.bought.indptr[rows + 1] - shop.bought.indptr[rows]
        weights: Floats = self.weights[np.digitize(bought, BUCKETS)].astype(np.float32)
        for part, lacking in ((OWN, bought == 0), (NEXT, bought == 0), (LOOKED, shop.looked[rows].sum(axis=1) == 0)):
            weights[lacking, SEGMENT] += weights[lacking, part]
            weights[lacking, part] = 0
        return weights


def model(shop: Shop, seed: int = 0) -> Model:
    """What is learnt from a shop; the same for the same shop and seed."""
    near = neighbours(shop)
    segments, kinds = len(shop.customers.segments), len(shop.products.categories)
    buyers = np.zeros((segments, len(shop.products.ids)), np.int64)
    owner = np.repeat(np.arange(len(shop.customers.ids)), np.diff(shop.bought.indptr))
    np.add.at(buyers, (shop.customers.segment[owner], shop.bought.indices), 1)
    within, usual = _tastes(buyers, shop.products.category, kinds)
    flat = Model(
        within, usual, _next(near, shop, kinds), near, np.tile(USUAL, (len(BUCKETS) + 1, 1)).astype(np.float32), buyers
    )
    return Model(flat.within, flat.usual, flat.next, near, _weighed(flat, shop, seed), buyers)


def _tastes(buyers: Ints, category: npt.NDArray[np.int32], kinds: int) -> tuple[Floats, Floats]:
    """`within` and `usual`; where nothing was bought all products, and all categories, are alike."""
    everybody = buyers.sum(axis=0).astype(np.float64)
    in_kind = np.bincount(category, everybody, kinds)
    size = np.bincount(category, minlength=kinds)
    alike = (everybody + 1e-3) / (in_kind + 1e-3 * size)[category]
    kind = (in_kind + 1e-3) / (in_kind + 1e-3).sum() if kinds else in_kind
    own = np.stack([np.bincount(category, row, kinds) for row in buyers]) if len(buyers) else np.zeros((0, kinds))
    within = (buyers + SMOOTHING * alike) / (own + SMOOTHING)[:, category]
    usual = (own + SMOOTHING * kind) / (own.sum(axis=1, keepdims=True) + SMOOTHING)
    return within.astype(np.float32), usual.astype(np.float32)


def _next(near: Neighbours, shop: Shop, kinds: int) -> Floats:
    """For each category the categories of its products' neighbours."""
    row, column = np.divmod(near.keys, max(near.weights.shape[1], 1))
    category = shop.products.category
    pairs = np.bincount(category[row] * kinds + category[column], near.peers, kinds * kinds).reshape(kinds, kinds)
    found: Floats = ((pairs + 1e-3) / (pairs + 1e-3).sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def bought_of(shop: Shop, rows: Ints) -> Floats:
    """Customers x categories: products bought."""
    chosen = shop.bought[rows]
    owner = np.repeat(np.arange(len(rows)), np.diff(chosen.indptr))
    kinds = len(shop.products.categories)
    found = np.bincount(owner * kinds + shop.products.category[chosen.indices], minlength=len(rows) * kinds)
    return found.reshape(len(rows), kinds).astype(np.float32)


def _weighed(flat: Model, shop: Shop, seed: int) -> Floats:
    """Weights by bucket, over a sample of customers whose last purchase can be had again."""
    buyers = np.flatnonzero((shop.last >= 0) & shop.products.sold[shop.last])
    rows = np.sort(np.random.default_rng(seed).permutation(buyers)[:SAMPLE])
    if len(rows) < FEWEST:
        return flat.weights
    likely = _likelihoods(flat, shop, rows)
    before = shop.bought.indptr[rows + 1] - shop.bought.indptr[rows] - 1
    bucket = np.digitize(before, BUCKETS)
    everybody = _maximized(likely, USUAL)
    found = np.stack(
        [
            _maximized(likely[bucket == each], everybody) if (bucket == each).sum() >= FEWEST else everybody
            for each in range(len(BUCKETS) + 1)
        ]
    )
    return np.asarray(found, np.float32)


def _likelihoods(flat: Model, shop: Shop, rows: Ints) -> Floats:
    """Customers x parts: how likely each part makes the last purchase, which itself is left out of the part."""
    held = shop.last[rows].astype(np.int64)
    segment, kind = shop.customers.segment[rows], shop.products.category[held]
    counts, each = bought_of(shop, rows), np.arange(len(rows))
    counts[each, kind] -= 1
    own = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    looked = shop.looked[rows].copy()
    # Whoever buys has looked before: as often as they look for each purchase. What remains says something by itself.
    looked[each, kind] -= np.minimum(np.ceil(looked.sum(axis=1) / (counts.sum(axis=1) + 1)), looked[each, kind])
    looks = looked / np.maximum(looked.sum(axis=1, keepdims=True), 1)
    turned = np.column_stack(
        [flat.usual[segment, kind], own[each, kind], looks[each, kind], (own @ flat.next)[each, kind]]
    )
    found = np.zeros((len(rows), TOGETHER + 1))
    # Without the customer's own share of what their segment bought.
    others = (flat.buyers[segment, held] - 1) / np.maximum(flat.buyers[segment, held], 1)
    found[:, :TOGETHER] = turned * (flat.within[segment, held] * others)[:, None]
    chosen = shop.bought[rows]
    owner = np.repeat(each, np.diff(chosen.indptr))
    other = chosen.indices.astype(np.int64) != held[owner]
    owner, product = owner[other], chosen.indices[other].astype(np.int64)
    at, _ = flat.neighbours.find(product, held[owner])
    # Of those who bought both one is the customer.
    weight = np.where(at >= 0, flat.neighbours.weights.data[at] - flat.neighbours.excess[at], 0) if len(at) else at
    found[:, TOGETHER] = np.bincount(owner, np.maximum(weight, 0), len(rows)) / np.maximum(counts.sum(axis=1), 1)
    return np.asarray(found, dtype=np.float32)


def _maximized(likely: Floats, start: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weights, which sum to 1, under which the rows are likeliest."""
    weights = start
    for _ in range(ROUNDS):
        share = weights * likely
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-30)
        weights = share.mean(axis=0)
        weights = weights / weights.sum()
    return weights
