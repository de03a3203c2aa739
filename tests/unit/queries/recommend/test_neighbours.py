"""Neighbours are counted as one would count them by hand."""

import numpy as np

from queries.recommend.neighbours import FEWEST, KEPT, neighbours
from tests.unit.queries.recommend.worlds import PRODUCTS, shop


def test_what_is_bought_together_is_found_and_counted_exactly() -> None:
    here = shop()
    near, bought = neighbours(here), here.bought.toarray()
    row, column = np.divmod(near.keys, PRODUCTS)
    assert len(near.keys) > 20
    together = (bought[:, row] * bought[:, column]).sum(axis=0)
    assert near.peers.tolist() == together.astype(int).tolist()
    assert (near.peers >= FEWEST).all()
    # Most of them are the pairs that the world was made of, of which few are missing.
    assert (row ^ 1 == column).mean() > 0.6
    often = np.flatnonzero((bought[:, ::2] * bought[:, 1::2]).sum(axis=0) >= 10) * 2
    assert len(often) > 5
    assert np.isin(often * PRODUCTS + often + 1, near.keys).mean() > 0.8


def test_rows_sum_to_one_and_have_no_more_than_are_kept_and_none_unsold() -> None:
    here = shop(unsold=(1, 2))
    near = neighbours(here)
    sums = np.asarray(near.weights.sum(axis=1)).ravel()
    assert np.allclose(sums[sums > 0], 1)
    assert np.diff(near.weights.indptr).max() <= KEPT
    assert not np.isin(near.weights.indices, (1, 2)).any()
    assert (near.keys == np.sort(near.keys)).all()


def test_find_knows_what_is_no_neighbour() -> None:
    near = neighbours(shop())
    product, other = np.divmod(near.keys[:3], PRODUCTS)
    at, peers = near.find(np.append(product, 0), np.append(other, 0))
    assert at.tolist() == [0, 1, 2, -1]
    assert peers.tolist() == [*near.peers[:3].tolist(), 0]


def test_a_shop_where_nobody_bought_anything_has_none() -> None:
    here = shop(customers=3)
    here.bought.data[:] = 0
    here.bought.eliminate_zeros()
    near = neighbours(here)
    at, peers = near.find(np.array([0]), np.array([1]))
    assert (near.keys.tolist(), at.tolist(), peers.tolist()) == ([], [-1], [0])
