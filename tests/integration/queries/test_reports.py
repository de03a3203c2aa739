"""Each of the 15 reports equals its recomputation, to the cent, over worlds with every oddity there is."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from queries import values
from queries.catalogue import catalogue, find
from queries.runner import Runner
from schemas.settings import Settings
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.recompute import REPORTS, Params, ledger
from tests.integration.queries.rolled import make_rollups, roll_up
from tests.integration.queries.world import BEGIN, World, load, make_world

SEEDS = (1, 2, 3)
EARLIER = BEGIN + dt.timedelta(days=130, hours=5)

#: Other values than the defaults, so that every parameter is seen to do what it says.
VARIED: dict[str, Params] = {
    "top_customers": {"segments": ["VIP", "New"], "limit": 3},
    "registration_trends": {"months": 7, "channel": "social"},
    "monthly_revenue": {"months": 2},
    "purchase_behavior": {"min_purchases": 0, "limit": 7},
    "product_performance": {"category": "Home", "limit": 2},
    "interaction_patterns": {"days": 30},
    "engagement_score": {"months": 1, "view_weight": 7, "purchase_weight": 0, "limit": 9},
    "brand_by_segment": {"top": 2},
    "cohort_retention": {"months": 1},
    "category_gaps": {"segments": ["Basic", "New", "VIP"], "categories": ["Books", "Home", "Books"], "limit": 8},
    "basket_analysis": {
        "window_days": 2,
        "months": 2,
        "max_before": 4,
        "min_customers": 1,
        "limit": 6,
    },
    "churn_risk": {"days": 25, "segments": ["VIP", "Regular", "Basic"], "limit": 5},
}


@pytest.fixture(scope="module", params=SEEDS)
def loaded(request: pytest.FixtureRequest, database: ChildDatabase) -> tuple[Runner, World]:
    world = make_world(request.param)
    load(database, world)
    make_rollups(database)
    roll_up(database)
    return Runner(Settings(), database), world


def newest(world: World) -> dt.datetime:
    return max([row.ts for row in world.transactions] + [row.ts for row in world.interactions])


def defaults(runner: Runner, name: str) -> Params:
    query = find("sql", name)
    return {item.name: values.read(item.name, item.type, runner.default(item)) for item in query.parameters}


def assert_equal(got: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> None:
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        for value, other in zip(ours, theirs, strict=True):
            # Shares and means are rounded to two digits, lift to four; money and counts are exact.
            exact = isinstance(other, (Decimal, str, dt.date)) or other is None
            assert value == (other if exact else pytest.approx(other, abs=0.0101)), (ours, theirs)


@pytest.mark.parametrize("name", REPORTS)
def test_defaults(loaded: tuple[Runner, World], name: str) -> None:
    runner, world = loaded
    params = defaults(runner, name)
    assert params["as_of"] == newest(world)
    assert_equal(runner.sql(name).rows, REPORTS[name](ledger(world, newest(world)), params))


@pytest.mark.parametrize("name", REPORTS)
def test_other_values_and_an_earlier_moment(loaded: tuple[Runner, World], name: str) -> None:
    runner, world = loaded
    given = {**VARIED.get(name, {}), "as_of": EARLIER}
    expected = REPORTS[name](ledger(world, EARLIER), {**defaults(runner, name), **given})
    assert_equal(runner.sql(name, given).rows, expected)


def test_every_report_is_recomputed() -> None:
    assert list(REPORTS) == [query.name for query in catalogue("sql")]
    assert set(VARIED) <= set(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_columns_are_those_of_the_header(loaded: tuple[Runner, World], name: str) -> None:
    assert loaded[0].sql(name).columns == tuple(find("sql", name).columns)


def test_an_empty_database_answers_with_no_rows(database: ChildDatabase) -> None:
    load(database, World())
    make_rollups(database)
    roll_up(database)
    runner = Runner(Settings(), database)
    moment = {"as_of": EARLIER}
    assert {name: runner.sql(name, moment).rows for name in REPORTS if name != "category_gaps"} == {
        name: [] for name in REPORTS if name != "category_gaps"
    }
    assert runner.sql("category_gaps", {**moment, "categories": ["Home"]}).rows == []
