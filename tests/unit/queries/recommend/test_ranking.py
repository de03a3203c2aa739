"""Lists: nothing bought or unsold, diversified, the same for the same input, each with a reason that is true."""

import dataclasses

import numpy as np
import pytest

from queries.recommend import ranking
from queries.recommend.blend import NEXT, OWN, TOGETHER, Model, model
from queries.recommend.ranking import BRAND_MOST, CATEGORY_MOST, KEPT, NEW_PLACE, Lists, Ranking, popular
from queries.recommend.shop import Shop
from tests.unit.queries.recommend.worlds import shop

UNSOLD = (0, 5, 7)


@pytest.fixture(scope="module")
def here() -> Shop:
    return shop(unsold=UNSOLD)


@pytest.fixture(scope="module")
def learnt(here: Shop) -> Model:
    return model(here)


@pytest.fixture(scope="module")
def lists(here: Shop, learnt: Model) -> Lists:
    return Ranking(here, learnt).of(np.arange(600))


def test_nothing_that_was_bought_or_is_not_sold_and_nothing_twice(here: Shop, lists: Lists) -> None:
    bought = here.bought.toarray()
    assert (lists.product[:, :20] >= 0).all()
    for row, products in enumerate(lists.product):
        there = products[products >= 0]
        assert len(set(there.tolist())) == len(there)
        assert not bought[row, there].any()
        assert not set(there.tolist()) & set(UNSOLD)


def test_the_same_for_the_same_whoever_is_ranked_beside(here: Shop, learnt: Model, lists: Lists) -> None:
    again = Ranking(shop(unsold=UNSOLD), model(shop(unsold=UNSOLD))).of(np.arange(600))
    few = Ranking(here, learnt).of(np.array([417, 3, 88]))
    for name in (each.name for each in dataclasses.fields(Lists)):
        assert getattr(again, name).tolist() == getattr(lists, name).tolist(), name
        assert getattr(few, name).tolist() == getattr(lists, name)[[417, 3, 88]].tolist(), name


def test_equal_scores_are_in_the_order_of_the_ids(here: Shop, learnt: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "CATEGORY_MOST", 99)
    monkeypatch.setattr(ranking, "BRAND_MOST", 99)
    nobody = dataclasses.replace(here, bought=here.bought * 0, looked=here.looked * 0)
    nobody.bought.eliminate_zeros()
    alike = dataclasses.replace(learnt, within=np.full_like(learnt.within, 0.1), usual=np.full_like(learnt.usual, 0.1))
    first = Ranking(nobody, alike).of(np.array([0])).product[0].tolist()
    assert first == [place for place in range(120) if place not in UNSOLD][:KEPT]


def test_no_more_of_a_category_or_brand_than_allowed_among_the_first(here: Shop, lists: Lists) -> None:
    for codes, most in ((here.products.category, CATEGORY_MOST), (here.products.brand, BRAND_MOST)):
        for products in lists.product[:, :20]:
            assert np.bincount(codes[products]).max() <= most


def test_diversification_moves_what_is_too_much_of_one_category_behind() -> None:
    one = shop()
    one.products.category[:40] = 0
    learnt = model(one)
    products = Ranking(one, learnt).of(np.arange(100)).product
    assert (one.products.category[products[:, :20]] == 0).sum(axis=1).max() <= CATEGORY_MOST
    assert (one.products.category[products[:, :20]] == 0).sum(axis=1).mean() > CATEGORY_MOST - 2


def test_reasons_are_true(here: Shop, learnt: Model, lists: Lists) -> None:
    bought = here.bought.toarray()
    category = here.products.category
    seen = set()
    for row, place in np.argwhere(lists.product >= 0).tolist():
        product, reason = lists.product[row, place], lists.reason[row, place]
        because, shared, peers = lists.because[row, place], lists.shared[row, place], lists.peers[row, place]
        seen.add(int(reason))
        if reason == TOGETHER:
            assert bought[row, because] == 1
            assert peers == (bought[:, because] * bought[:, product]).sum()
            own = np.flatnonzero(bought[row])
            assert shared == (learnt.neighbours.weights[own, product].toarray() > 0).sum() >= 1
            continue
        same = here.customers.segment == here.customers.segment[row]
        assert peers == bought[same, product].sum()
        if reason == OWN:
            assert because == bought[row, category == category[product]].sum() > 0
    assert TOGETHER in seen


def test_a_place_is_kept_for_a_category_that_is_new(here: Shop, lists: Lists) -> None:
    bought = here.bought.toarray()
    category = here.products.category
    counts = np.stack([bought[:, category == kind].sum(axis=1) for kind in range(6)], axis=1)
    some = 0
    for row in np.flatnonzero((counts > 0).any(axis=1) & (counts == 0).any(axis=1)):
        kinds = category[lists.product[row, :20]]
        assert (counts[row, kinds] == 0).any()
        some += lists.reason[row, NEW_PLACE] == NEXT
    assert some > 10


def test_who_bought_everything_gets_nothing() -> None:
    here = shop(customers=5)
    full = dataclasses.replace(here, bought=here.bought.__class__(np.ones((5, 120), np.float32)))
    lists = Ranking(full, model(full)).of(np.array([2]))
    assert (lists.product == -1).all()
    assert (lists.score == 0).all()


def test_nobody_and_nothing() -> None:
    here = shop()
    assert len(Ranking(here, model(here)).of(np.zeros(0, np.int64))) == 0


def test_what_is_popular_is_in_order_and_sold(here: Shop, learnt: Model) -> None:
    product, peers = popular(here, learnt, 150)
    bought = here.bought.toarray()
    assert product.shape == (3, 150)
    for row, people in enumerate((here.customers.segment == 0, here.customers.segment == 1, slice(None))):
        there = product[row][product[row] >= 0]
        assert len(there) == 117
        assert not set(there.tolist()) & set(UNSOLD)
        assert peers[row, : len(there)].tolist() == bought[people][:, there].sum(axis=0).astype(int).tolist()
        assert (np.diff(peers[row]) <= 0).all()


def test_best_of_each_row_with_ties_by_column() -> None:
    rows = here_rows = np.array([[0, 0.5, 0.25, 0.5, 0], [0, 0, 0, 0, 0], [0.1, 0, 0.2, 0, 0.3]], np.float32)
    matrix = shop(customers=1).bought.__class__(rows)
    column, value = ranking._best(matrix, 3)
    assert column.tolist() == [[1, 3, 2], [-1, -1, -1], [4, 2, 0]]
    assert value[0].tolist() == [0.5, 0.5, 0.25]
    assert np.array_equal(value[2], here_rows[2, [4, 2, 0]])
