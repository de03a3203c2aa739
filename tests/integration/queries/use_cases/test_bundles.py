"""Use case 5 finds what was planted to go together, with the figures of its definitions, and at the price asked for."""

from decimal import Decimal

import pytest

from queries.runner import Runner
from queries.use_cases.report import Row
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, concluded

CONSOLE, PAD, HEADSET, LAMP, BULB, GONE, GONER, BESTSELLER = 1, 2, 3, 4, 5, 6, 7, 8


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Of 100 customers, twenty set up a console, ten a lamp, thirty what is sold out; half have the bestseller."""
    shop = Shop()
    prices = {CONSOLE: "400.00", PAD: "60.00", HEADSET: "39.95", LAMP: "30.00", BULB: "5.05"}
    for number in range(1, 31):
        kind = {HEADSET: "Audio", LAMP: "Home", BULB: "Home"}.get(number, "Games")
        shop.product(number, kind, prices.get(number, "10.00"), stock=0 if number == GONE else 9)
    sets = (
        (range(1, 21), (CONSOLE, PAD, HEADSET)),
        (range(21, 31), (LAMP, BULB)),
        (range(31, 61), (GONE, GONER)),
        (range(1, 101, 2), (BESTSELLER,)),
    )
    for customer in range(1, 101):
        shop.customer(customer, "Regular")
        shop.buys(customer, 9 + customer % 20, customer % 60)
    for people, items in sets:
        for customer in people:
            for later, item in enumerate(items):
                shop.buys(customer, item, 70 + customer % 7 - later)
    return shop.open(database)


@pytest.fixture(scope="module")
def rows(runner: Runner) -> list[Row]:
    return concluded(runner, "5")[1]


def test_the_planted_sets_are_the_bundles_the_larger_first(rows: list[Row]) -> None:
    found = [{int(item) for item in row["product_ids"].split(", ")} for row in rows]
    assert found[:2] == [{CONSOLE, PAD, HEADSET}, {LAMP, BULB}]
    assert all(GONE not in items for items in found)
    assert len({item for items in found for item in items}) == sum(map(len, found))


def test_support_and_lift_are_as_defined(rows: list[Row]) -> None:
    console, lamp = rows[:2]
    assert (console["customers"], console["support"], console["lift"]) == (20, 20.0, 25.0)  # 0.2 / 0.2^3
    assert (lamp["customers"], lamp["support"], lamp["lift"]) == (10, 10.0, 10.0)  # 0.1 / 0.1^2


def test_a_bundle_is_ten_percent_cheaper_to_the_cent(rows: list[Row]) -> None:
    prices = [(row["list_price"], row["bundle_price"], row["saving"]) for row in rows[:2]]
    assert prices == [
        (Decimal("499.95"), Decimal("449.96"), Decimal("49.99")),
        (Decimal("35.05"), Decimal("31.54"), Decimal("3.51")),
    ]


def test_what_nobody_buys_together_is_said(runner: Runner) -> None:
    report, rows = concluded(runner, "5", {"min_customers": 90})
    assert rows == []
    assert "No two products are bought together by 90 customers" in report.conclusion.sentence


def test_the_sentence_names_the_best_and_its_price(runner: Runner) -> None:
    report, rows = concluded(runner, "5", {"size": 1, "discount": 20})
    assert [row["bundle_price"] for row in rows] == [Decimal("399.96")]
    assert "Offer 1 bundle at 20 % off" in report.conclusion.sentence
    assert "at $399.96 instead of $499.95: 20 customers bought all of it" in report.conclusion.sentence


def test_the_steps_are_those_of_the_flow(runner: Runner) -> None:
    asked = [step.question for step in concluded(runner, "5")[0].steps]
    assert asked[0] == "sql 14 basket_analysis"
    assert {"cypher 5 product_affinity", "cypher 16 complementary_products"} < set(asked)
