"""The best products for each of some customers, blended, diversified, and each with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from queries.recommend.blend import NEXT, OWN, TOGETHER, Model, bought_of
from queries.recommend.shop import Flags, Floats, Ints, Rows, Shop

#: Products kept for each customer: some may be bought or sold out before the next refresh.
KEPT = 30
#: Of each category a segment's best so many are looked at, and of each customer's neighbours.
SHELF, NEAR = 24, 8
#: Customers at once: bounds the memory.
CHUNK = 2048
#: Among the first TOP, the most of one category and of one brand; what is more comes behind all others.
TOP, CATEGORY_MOST, BRAND_MOST = 20, 12, 8
#: Places kept, from 0, for what is bought together with the customer's own, and for a category that is new to them.
TOGETHER_PLACES, NEW_PLACE = (9, 14, 19), 17


@dataclass(frozen=True)
class Lists:
    """Customers x KEPT, best first: places of products (-1 where there are no more), scores, and the parts of the
    blend that speak for them.

    `because`: for TOGETHER the place of the product that it goes with, for OWN how many they bought of the category,
    else 0. `shared`: for TOGETHER with how many of their purchases it goes, else 0. `peers`: for TOGETHER how many
    customers bought both, else how many of the segment bought it.
    """

    product: Ints
    score: Floats
    reason: Ints
    because: Ints
    shared: Ints
    peers: Ints

    def __len__(self) -> int:
        return len(self.product)


@dataclass(frozen=True)
class _Candidates:
    """Customers x candidates: their products, scores (negative: none), and how much of each is TOGETHER; the first
    columns are the shelf's. `forced`: customers x places, the column that a place is kept for, or -1."""

    product: Ints
    score: Floats
    together: Floats
    forced: Ints


class Ranking:
    """Ranks for the customers of a shop by what was learnt from it."""

    def __init__(self, shop: Shop, model: Model) -> None:
        self._shop, self._model = shop, model
        self._shelves = [_shelf(shop, row) for row in model.within]

    def of(self, rows: Ints) -> Lists:
        """Their lists, in the order of `rows`, which are places of customers."""
        pieces, order = [], [np.zeros(0, np.int64)]
        for some in self._chunks(rows):
            pieces.append(self._chunk(rows[some]))
            order.append(some)
        back = np.argsort(np.concatenate(order))
        if not pieces:
            return Lists(*(np.zeros((0, KEPT), kind) for kind in (np.int64, np.float32, *[np.int64] * 4)))
        columns = zip(*(vars(piece).values() for piece in pieces), strict=True)
        return Lists(*(np.concatenate(column)[back] for column in columns))

    def _chunks(self, rows: Ints) -> Iterator[Ints]:
        """Places in `rows`, those of one segment together."""
        segment = self._shop.customers.segment[rows]
        for code in np.unique(segment):
            same = np.flatnonzero(segment == code)
            yield from (same[first : first + CHUNK] for first in range(0, len(same), CHUNK))

    def _chunk(self, rows: Ints) -> Lists:
        """The lists of customers of one segment."""
        parts, counts = self._model.parts(self._shop, rows), bought_of(self._shop, rows)
        found = self._candidates(rows, parts, counts)
        columns = _arranged(found, self._shop)
        product = np.take_along_axis(found.product, columns, 1)
        score = np.take_along_axis(found.score, columns, 1)
        together = np.take_along_axis(found.together, columns, 1)
        kept = (columns >= 0) & (score > 0)
        return self._reasoned(rows, np.where(kept, product, -1), np.where(kept, score, 0), parts, counts, together)

    def _candidates(self, rows: Ints, parts: Floats, counts: Floats) -> _Candidates:
        shop, category = self._shop, self._shop.products.category
        code = int(shop.customers.segment[rows[0]])
        shelf, within, turned = self._shelves[code], self._model.within[code], parts.sum(axis=1)
        place = np.full(len(category), -1, np.int64)
        place[shelf] = np.arange(len(shelf))
        near, bought = self._near(rows), shop.bought[rows]
        together = np.zeros((len(rows), len(shelf)), np.float32)
        _put(together, near, place)
        score = turned[:, category[shelf]] * within[shelf] + together
        gone = np.zeros(score.shape, np.bool_)
        _put(gone, bought, place)
        score[gone] = -1
        extra, value = _best(near, NEAR)
        aside = (extra >= 0) & (place[extra] < 0)
        each = np.arange(len(rows))[:, None]
        with_rest = np.where(aside, value + turned[each, category[extra]] * within[extra], -1).astype(np.float32)
        columns = np.where(aside, len(shelf) + np.arange(NEAR), place[extra])
        forced = np.where(extra >= 0, columns, -1)[:, : len(TOGETHER_PLACES)]
        return _Candidates(
            np.concatenate([np.broadcast_to(shelf, score.shape), extra], axis=1),
            np.concatenate([score, with_rest], axis=1),
            np.concatenate([together, np.where(aside, value, 0)], axis=1).astype(np.float32),
            np.concatenate([forced, _new(score, counts[:, category[shelf]])[:, None]], axis=1),
        )

    def _near(self, rows: Ints) -> Rows:
        """Customers x products: the weight of what goes with the customers' own, without these."""
        bought = self._shop.bought[rows]
        weight = self._model.bucket(self._shop, rows)[:, TOGETHER] / np.maximum(np.diff(bought.indptr), 1)
        near = (bought @ self._model.neighbours.weights).tocsr()
        near = near - near.multiply(bought)
        near.eliminate_zeros()
        near.data *= np.repeat(weight, np.diff(near.indptr)).astype(np.float32)
        near.sort_indices()
        return near

    def _reasoned(
        self, rows: Ints, product: Ints, score: Floats, parts: Floats, counts: Floats, together: Floats
    ) -> Lists:
        code, category = int(self._shop.customers.segment[rows[0]]), self._shop.products.category
        kind, each = category[product], np.arange(len(rows))[:, None]
        reason = parts.argmax(axis=1)[each, kind]
        is_new = (counts[each, kind] == 0) & (counts.sum(axis=1) > 0)[:, None] & (np.arange(KEPT) == NEW_PLACE)
        reason = np.where(is_new, NEXT, reason)
        kept = np.isin(np.arange(KEPT), TOGETHER_PLACES) & (together > 0)
        reason = np.where((together > score / 2) | kept, TOGETHER, reason)
        reason = np.where(product < 0, 0, reason)
        because = np.where(reason == OWN, counts[each, kind].astype(np.int64), 0)
        peers, shared = self._model.buyers[code][product], np.zeros(product.shape, np.int64)
        self._explain(rows, product, reason == TOGETHER, (because, shared, peers))
        none = product < 0
        return Lists(product, score, reason, *(np.where(none, 0, each) for each in (because, shared, peers)))

    def _explain(self, rows: Ints, product: Ints, wanted: Flags, columns: tuple[Ints, Ints, Ints]) -> None:
        """Puts into the columns with which of the customer's purchases the wanted ones go, best first, and how many."""
        because, shared, peers = columns
        row, place = np.nonzero(wanted)
        bought, near = self._shop.bought[rows], self._model.neighbours
        size = np.diff(bought.indptr)[row]
        entry = np.repeat(np.arange(len(row)), size)
        within = np.arange(len(entry)) - np.repeat(np.cumsum(size) - size, size)
        own = bought.indices[bought.indptr[row][entry] + within].astype(np.int64)
        at, both = near.find(own, product[row, place][entry])
        there = at >= 0
        entry, own, at, both = entry[there], own[there], at[there], both[there]
        shared[row, place] = np.bincount(entry, minlength=len(row))
        order = np.lexsort((own, -near.weights.data[at], entry))
        first = order[np.flatnonzero(np.diff(entry[order], prepend=-1))]
        because[row[entry[first]], place[entry[first]]] = own[first]
        peers[row[entry[first]], place[entry[first]]] = both[first]


def popular(shop: Shop, model: Model, length: int) -> tuple[Ints, Ints]:
    """For each segment, and last for everybody, the products most bought and by how many, (segments + 1) x length; -1
    where there are no more. Those of equal buyers are in the order of their ids."""
    buyers = np.vstack([model.buyers, model.buyers.sum(axis=0)])
    buyers = np.where(shop.products.sold, buyers, -1)
    order = np.argsort(-buyers, axis=1, kind="stable")[:, :length]
    found = np.take_along_axis(buyers, order, 1)
    missing = ((0, 0), (0, length - order.shape[1]))
    return (
        np.pad(np.where(found >= 0, order, -1), missing, constant_values=-1),
        np.pad(np.maximum(found, 0), missing),
    )


def _shelf(shop: Shop, within: Floats) -> Ints:
    """A segment's best products of each category, of those sold, in the order of their ids."""
    sold = np.flatnonzero(shop.products.sold)
    category = shop.products.category[sold]
    order = np.lexsort((sold, -within[sold], category))
    kinds = category[order]
    rank = np.arange(len(order)) - np.searchsorted(kinds, kinds, side="left")
    return np.sort(sold[order[rank < SHELF]])


def _put(into: npt.NDArray[np.generic], rows: Rows, place: Ints) -> None:
    """The values of a matrix by rows, into the columns at whose places they stand."""
    row, column = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), place[rows.indices]
    there = column >= 0
    into[row[there], column[there]] = rows.data[there]


def _best(rows: Rows, count: int) -> tuple[Ints, Floats]:
    """The columns of the highest values (positive) of each row, -1 where there are fewer, and the values; equal ones
    by column.

    One number holds row, value and column, so that sorting numbers sorts all: what does not fit is cut from the value.
    """
    column_bits, row_bits = int(rows.shape[1]).bit_length(), int(rows.shape[0]).bit_length()
    cut = max(0, column_bits + row_bits + 31 - 63)
    row = np.repeat(np.arange(rows.shape[0], dtype=np.int64), np.diff(rows.indptr))
    falling = (0x7FFF_FFFF - np.ascontiguousarray(rows.data, np.float32).view(np.int32).astype(np.int64)) >> cut
    keys = np.sort((row << (31 - cut) | falling) << column_bits | rows.indices.astype(np.int64))
    rank = np.arange(len(row)) - np.repeat(rows.indptr[:-1], np.diff(rows.indptr))
    first = rank < count
    keys, row, rank = keys[first], row[first], rank[first]
    column, value = np.full((rows.shape[0], count), -1, np.int64), np.zeros((rows.shape[0], count), np.float32)
    column[row, rank] = keys & ((1 << column_bits) - 1)
    falling = (keys >> column_bits & ((1 << (31 - cut)) - 1)) << cut
    value[row, rank] = (0x7FFF_FFFF - falling).astype(np.int32).view(np.float32)
    return column, value


def _new(score: Floats, counts: Floats) -> Ints:
    """Each customer's best column of a category that they bought nothing of; -1 for who bought nothing at all."""
    fresh = np.where(counts == 0, score, -1)
    if not fresh.shape[1]:
        return np.full(len(score), -1, np.int64)
    column = fresh.argmax(axis=1)
    good = (counts > 0).any(axis=1) & (fresh[np.arange(len(score)), column] > 0)
    return np.where(good, column, -1)


def _arranged(found: _Candidates, shop: Shop, width: int = KEPT + NEAR) -> Ints:
    """Customers x KEPT, columns of candidates: by score, but for the kept places and what there is too much of.

    So many of the best are looked at, and where these are too much alike, four times as many.
    """
    width = min(found.score.shape[1], width)
    columns = np.argpartition(-found.score, width - 1, axis=1)[:, :width] if width else np.zeros(found.score.shape, int)
    columns = np.concatenate([columns, np.maximum(found.forced, 0)], axis=1)
    product, score = np.take_along_axis(found.product, columns, 1), np.take_along_axis(found.score, columns, 1)
    key = _places(columns, product, score, np.where(found.forced < 0, -1, columns[:, width:]))
    order = np.argsort(key, axis=1, kind="stable")
    columns, key = np.take_along_axis(columns, order, 1), np.take_along_axis(key, order, 1)
    product = np.take_along_axis(found.product, columns, 1)
    category, brand = shop.products.category[product], shop.products.brand[product]
    none = np.isinf(key)
    behind = np.where(none, 2, _beyond(category, CATEGORY_MOST) | _beyond(brand, BRAND_MOST))
    ordered = np.argsort(behind, axis=1, kind="stable")[:, :KEPT]
    arranged = np.where(np.take_along_axis(behind, ordered, 1) < 2, np.take_along_axis(columns, ordered, 1), -1)
    arranged = np.pad(arranged, ((0, 0), (0, KEPT - arranged.shape[1])), constant_values=-1)
    alike = np.flatnonzero((behind == 0).sum(axis=1) < TOP)
    if len(alike) and width < found.score.shape[1]:
        some = _Candidates(*(part[alike] for part in vars(found).values()))
        arranged[alike] = _arranged(some, shop, width * 4)
    return arranged


def _places(columns: Ints, product: Ints, score: Floats, forced: Ints) -> Floats:
    """Customers x columns: where each stands, infinite for none; the last ones are those that places are kept for."""
    width = columns.shape[1] - forced.shape[1]
    kept = np.array([*TOGETHER_PLACES, NEW_PLACE]) - 0.5
    order = np.lexsort((product[:, :width], -score[:, :width]), axis=1)
    rank = np.argsort(order, axis=1).astype(np.float32)
    key = np.concatenate([rank, np.where(forced < 0, np.inf, kept)], axis=1).astype(np.float32)
    for place in range(forced.shape[1]):
        same = columns[:, :width] == forced[:, place : place + 1]
        better = same & (rank < kept[place])
        key[:, width + place][better.any(axis=1)] = np.inf
        key[:, :width][same & ~better] = np.inf
    key[score <= 0] = np.inf
    return key


def _beyond(codes: npt.NDArray[np.int32], most: int) -> Flags:
    """Which values of a row come after so many equal ones."""
    small, before = codes.astype(np.int32), np.zeros(codes.shape, np.int8)
    for place in range(1, codes.shape[1]):
        before[:, place] = (small[:, :place] == small[:, place : place + 1]).sum(axis=1)
    return np.asarray(before >= most, np.bool_)
