"""Who gets how much of the traffic, and what a visit brings: solved beforehand, and met by the events."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.world.events import CANCELLED
from producers.world.exposure import DAY_MS, fitted, presence
from producers.world.parameters import parameters
from producers.world.products import brand_names, brand_parts
from producers.world.tastes import tastes
from producers.world.traffic import EVENTS, traffic
from producers.world.world import World
from schemas.records import symbols
from tests.unit.producers.worlds import EPOCH, plan, together, world


def test_presence_is_weight_between_from_and_until() -> None:
    begin, end = (np.array(days, np.int64) * DAY_MS for days in ([-5, 1, 2], [2, 9, 3]))
    present = presence(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 1]), 2, [(begin, end)], 0, 4)
    assert present.tolist() == [[1, 1, 0, 0], [0, 2, 6, 2]]


@given(
    st.lists(st.lists(st.floats(0.1, 10), min_size=5, max_size=5), min_size=3, max_size=3),
    st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
)
def test_each_group_gets_its_quota(weights: list[list[float]], quota: list[float]) -> None:
    present, daily = np.array(weights)[:, None, :], np.full(5, 0.2)
    wanted = np.array(quota) / sum(quota)
    found = fitted(present, daily, wanted)
    assert found.visits.sum(axis=1) == pytest.approx(wanted, rel=1e-9)
    total = (found.multiplier[:, None] * present[:, 0]).sum(axis=0)
    assert found.multiplier * (present[:, 0] / total * daily).sum(axis=1) == pytest.approx(wanted, rel=1e-9)


def test_nobody_present_is_no_error() -> None:
    found = fitted(np.zeros((2, 1, 3)), np.full(3, 1 / 3), np.array([1.0, 0.0]))
    assert found.visits.tolist() == [[0.0], [0.0]]


@given(st.floats(0, 100), st.floats(0.01, 100), st.floats(0, 5))
def test_a_mix_is_met_as_far_as_it_can_be(interactions: float, transactions: float, changes: float) -> None:
    mix = {"interactions": interactions, "transactions": transactions, "customers": changes}
    found, total = traffic(parameters(), mix), sum(mix.values())
    assert (found.buying >= 0).all()
    assert (found.buying + found.update <= 1 + 1e-9).all()
    if transactions / total < 0.9 - changes / total:
        assert found.transactions() / EVENTS == pytest.approx(transactions / total, abs=1e-6)


def test_orders_and_lifetime_values_of_segments_are_met() -> None:
    run = plan(round(34.35 * 3000), history=True)
    sales, segment = together(run, "transactions"), world().customers.segment
    counted = sales.columns["status"] != CANCELLED
    for code, name in enumerate(symbols("customer", "segment")[1:5], start=1):
        asked = parameters()["segments"][name]
        customers = (segment == code).sum()
        assert (segment[sales.customer] == code).sum() / customers == pytest.approx(asked["orders"], rel=0.1)
        cents = sales.columns["amount"][counted & (segment[sales.customer] == code)].sum()
        assert cents / 100 / customers == pytest.approx(asked["lifetime_value"], rel=0.15)


def test_brands_have_the_same_parts_of_their_category_whatever_the_popularity() -> None:
    products = world().products
    parts = brand_parts(parameters(), products.brand, {"Apple": 3.0})
    names, kinds = brand_names(parameters()), list(parameters()["categories"])
    electronics = parameters()["categories"]["Electronics"]["brands"]
    ours = [parts[names.index(name)] for name in electronics]
    assert sum(ours) == pytest.approx(1)
    assert ours[0] / ours[1] == pytest.approx(3 * 11 / 9)
    there = np.unique(products.category)
    assert parts.sum() == pytest.approx(len(there))
    assert len(there) == len(kinds)


@pytest.mark.parametrize("products", [1, 2, 20])
def test_a_catalogue_without_some_categories_is_no_error(products: int) -> None:
    small = World(1, 50, products, EPOCH)
    picked = tastes(parameters(), small.customers, small.products).pick(
        np.arange(50), np.arange(50, dtype=np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15)
    )
    assert picked.min() >= 0
    assert picked.max() < products
