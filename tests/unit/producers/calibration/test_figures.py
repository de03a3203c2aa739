"""Figures say target against got, measured as the reports measure, and fail when the world is another."""

from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from producers.calibration.behaviour import BASKET_DAYS, baskets, loyalty
from producers.calibration.figures import Figure, figures
from producers.calibration.measures import worth
from producers.calibration.tally import Span, Tally
from producers.world.events import COMPLETED
from producers.world.parameters import parameters
from producers.world.timeline import history
from producers.world.world import World
from tests.unit.producers.worlds import ALL, DAY_MS, EPOCH

CUSTOMERS = 20_000


def tally_of(world: World, volume: float = 1.0) -> Tally:
    """The tally of its reference history, or of one with more or fewer events."""
    length = 395 * DAY_MS
    count = round(sum(parameters()["mix"].values()) * len(world.customers.segment) * volume)
    events = world.events(history(parameters(), world.epoch, length, count), parameters()["mix"], 1)
    tally = Tally(world, Span(world.epoch, world.epoch + length))
    for first in range(0, count, 65_536):
        tally.add(events.parts(first, min(first + 65_536, count), ALL))
    return tally


@cache
def settled() -> tuple[World, Tally]:
    """A world as it is, and its history."""
    world = World(11, CUSTOMERS, 3000, EPOCH)
    return world, tally_of(world)


def named(found: list[Figure]) -> dict[str, Figure]:
    """By name."""
    return {figure.name: figure for figure in found}


def test_the_world_is_on_target() -> None:
    found = figures(*settled())
    assert len(found) > 50
    assert {figure.name: (figure.target, figure.got) for figure in found if not figure.ok} == {}


def test_every_figure_is_measured() -> None:
    assert all(isinstance(figure.got, str) or np.isfinite(figure.got) for figure in figures(*settled()))


def test_a_history_of_another_volume_is_off_target() -> None:
    world, _ = settled()
    found = named(figures(world, tally_of(world, 0.8)))
    for name in (
        "lifetime value VIP",
        "lifetime value Basic",
        "transactions a customer",
        "records a customer, products aside",
    ):
        assert not found[name].ok, name


@pytest.mark.parametrize(
    ("segment", "change", "off"),
    [
        ("Basic", {"rate": [20.0, 80.0]}, "first month's cohort active four months on"),
        ("VIP", {"lifetime_days": 900}, "VIPs silent for 90 days, of 83,000"),
        ("VIP", {"rate": [1.0, 4.0]}, "VIP quartiles, top over bottom"),
        ("VIP", {"brands": {"Samsung": 5.0}}, "first brand of VIP"),
        ("Basic", {"rate": [0.01, 0.7], "rate_floor": 0.0}, "transactions a buyer"),
    ],
)
def test_another_world_is_off_target(segment: str, change: dict[str, Any], off: str) -> None:
    other = parameters() | {
        "segments": parameters()["segments"] | {segment: parameters()["segments"][segment] | change}
    }
    with patch("producers.world.world.parameters", return_value=other):
        world = World(11, CUSTOMERS, 3000, EPOCH)
    assert not named(figures(world, tally_of(world)))[off].ok


def test_tolerances_widen_with_chance() -> None:
    found = named(figures(*settled()))
    assert found["lifetime value VIP"].tolerance == pytest.approx(42.7 + 42.7 * (1_000_000 / CUSTOMERS) ** 0.5)


def test_silence_and_return_from_plain_rows() -> None:
    world, tally = settled()
    counts, vips = tally.counts, np.flatnonzero(world.customers.segment == 1)
    silent = sum(0 < counts.latest[place] <= tally.span.end - 90 * DAY_MS for place in vips.tolist())
    got = loyalty(world, tally)
    assert got["VIPs silent for 90 days, of 83,000"] == pytest.approx(silent / len(vips) * 83_000)
    first = [int(bits) for bits in counts.months if bits & 1]
    kept = sum(bits >> 4 & 1 for bits in first)
    assert got["first month's cohort active four months on"] == pytest.approx(100 * kept / len(first))


def test_the_top_fifth_from_plain_rows() -> None:
    world, tally = settled()
    values = sorted(tally.counts.value.tolist(), reverse=True)
    share = sum(values[: CUSTOMERS // 5]) / sum(values)
    assert worth(world, tally)["revenue of the top 20 %"] == pytest.approx(100 * share)


def test_pairs_from_plain_rows() -> None:
    world, tally = settled()
    rows = tally.bought().T.tolist()
    pairs: dict[tuple[int, int], set[int]] = {}
    for place, (customer, ts, product) in enumerate(rows):
        for other, later, another in rows[place + 1 :]:
            if other != customer or later - ts > BASKET_DAYS * DAY_MS:
                break
            if product != another:
                pairs.setdefault((min(product, another), max(product, another)), set()).add(customer)
    best = max(len(customers) for customers in pairs.values())
    assert baskets(world, tally)["customers of the best pair, per million"] == best * 1_000_000 / CUSTOMERS
    assert COMPLETED == 1
