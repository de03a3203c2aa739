"""The weights of the parts follow what people buy, and small shops have the usual ones."""

import dataclasses

import numpy as np

from queries.recommend.blend import BUCKETS, LOOKED, NEXT, OWN, SEGMENT, TOGETHER, USUAL, model
from tests.unit.queries.recommend.worlds import shop


def test_weights_sum_to_one_in_every_bucket() -> None:
    learnt = model(shop(customers=2000))
    assert learnt.weights.shape == (len(BUCKETS) + 1, TOGETHER + 1)
    assert np.allclose(learnt.weights.sum(axis=1), 1, atol=1e-5)


def test_a_shop_with_few_buyers_has_the_usual_weights() -> None:
    assert np.allclose(model(shop(customers=50)).weights, USUAL)


def test_what_customers_keep_to_gets_the_weight() -> None:
    """In one shop everybody buys from a category of their own, in another one anything."""
    true, any_ = shop(customers=2000), shop(customers=2000)
    rng = np.random.default_rng(5)
    rows = np.zeros(true.bought.shape, np.float32)
    for customer in range(len(rows)):
        rows[customer, rng.choice(20, 5, replace=False) * 6 + customer // 2 % 6] = 1
    last = np.array([rng.choice(np.flatnonzero(row)) for row in rows], np.int32)
    true = dataclasses.replace(true, bought=true.bought.__class__(rows), last=last, looked=true.looked * 0)
    kept, loose = model(true).weights[2], model(any_).weights[2]
    # Products of a category are neighbours of each other there: either part says it.
    assert kept[OWN] + kept[TOGETHER] > 0.9
    assert loose[OWN] + loose[TOGETHER] < 0.6


def test_parts_that_a_customer_has_nothing_of_are_their_segment_s() -> None:
    here = shop()
    empty = int(np.flatnonzero(np.diff(here.bought.indptr) == 0)[0])
    bare = dataclasses.replace(here, looked=here.looked * 0)
    learnt = model(here)
    weights = learnt.bucket(bare, np.array([empty]))[0]
    assert weights[[OWN, LOOKED, NEXT]].tolist() == [0, 0, 0]
    assert np.isclose(weights[SEGMENT] + weights[TOGETHER], 1, atol=1e-5)
    parts = learnt.parts(bare, np.array([empty]))[0]
    assert np.allclose(parts[SEGMENT] / weights[SEGMENT], learnt.usual[bare.customers.segment[empty]])
