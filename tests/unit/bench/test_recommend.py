"""What recommendations are measured by: the simulator's own probabilities, held-out purchases, the bootstrap."""

import numpy as np
import pytest

from producers.backfill.history import Request
from producers.world.events import COMPLETED
from producers.world.world import World
from tests.bench.recommend import open_loop
from tests.bench.recommend_quality import bootstrap, quality
from tests.bench.recommend_world import DAY_MS, Events, drawn, task, truth


@pytest.fixture(scope="module")
def world() -> World:
    return Request(7, 3_000, 300, until=1_790_000_000_000).plan(0x7FFF_FFFF_FFFF).world()


@pytest.fixture(scope="module")
def events(world: World) -> Events:
    return drawn(Request(7, 3_000, 300, until=1_790_000_000_000).plan(0x7FFF_FFFF_FFFF), world)


def test_the_true_probabilities_are_those_that_purchases_come_from(world: World, events: Events) -> None:
    true = dict(truth(world))
    assert all(abs(float(row.sum()) - 1) < 1e-3 for row in true.values())
    paid = events.status == COMPLETED
    who, what = events.buyer[paid], events.bought[paid]
    expected = np.zeros(300)
    for row, count in zip(*np.unique(world.tastes.row[who], return_counts=True), strict=True):
        expected += true[int(row)] * count
    found = np.bincount(what, minlength=300)
    # A product's purchases are independent draws, but for those of one visit.
    off = (found - expected) / np.sqrt(expected + 1)
    assert np.abs(off).mean() < 1.2
    assert abs(np.corrcoef(found, expected)[0, 1]) > 0.99


def test_what_is_held_out_is_the_last_purchase_and_the_day_before_it(world: World, events: Events) -> None:
    given = task(world, events)
    paid = np.flatnonzero(events.status == COMPLETED)
    for customer, held in list(zip(given.customers.tolist(), given.held.tolist(), strict=True))[:50]:
        own = paid[events.buyer[paid] == customer]
        last = own[np.argmax(events.bought_at[own])]
        assert held == events.bought[last]
        known = events.bought[own[events.bought_at[own] < events.bought_at[last] - DAY_MS]]
        assert set(given.shop.bought[customer].indices.tolist()) == set(known.tolist())
        looks = events.looker == customer
        before = events.looked_at < events.bought_at[last] - DAY_MS
        assert given.shop.looked[customer].sum() == (looks & before).sum()


def test_nobody_guesses_more_than_who_knows_the_truth(world: World, events: Events) -> None:
    found = quality(world, events)
    assert 0 < found["recall_at_20"] < 1
    assert found["popularity"]["recall_at_20"] < found["ceiling"]["recall_at_20"]
    assert 0.7 < found["ceiling_ratio"] < 1.1
    assert found["coverage"]["ours"] > found["coverage"]["popularity"]


def test_the_bootstrap_tells_a_difference_from_chance() -> None:
    rng = np.random.default_rng(1)
    hit = rng.random((5_000, 1)) < 0.1
    assert bootstrap(hit | (rng.random((5_000, 1)) < 0.02), hit, rng) == 0
    assert bootstrap(hit, hit | (rng.random((5_000, 1)) < 0.02), rng) == 1
    other = rng.permutation(hit, axis=0)
    assert 0.001 < bootstrap(hit, other, rng) < 0.999


def test_requests_are_due_at_their_rate_and_timed_from_then() -> None:
    asked: list[int] = []
    times = open_loop(lambda: asked.append(1), 100, 0.2)
    assert len(times) == len(asked) == 20
    assert min(times) >= 0
