"""Use case 1 names exactly the VIPs who are leaving, why, and an offer from what they like."""

from decimal import Decimal

import pytest

from queries.runner import Runner
from queries.use_cases.report import Row
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, alert, concluded, score

SILENT, SELDOM, ALERTED, NEVER, RECOVERED = 11, 12, 13, 14, 15


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Ten VIPs who buy every fortnight, four at risk, one who was, and a silent customer who is no VIP.

    days ago    180        120         90         30        0
    SILENT       x x x x x  |           |          |        |
    SELDOM                  |           |        x x        |
    ALERTED         x    x  |   x    x  |  x    x  !        |
    """
    shop = Shop()
    for number in range(1, 21):
        shop.product(number, "Home" if number <= 10 else "Books", stock=0 if number == 1 else 9)
    for customer in range(1, 11):
        shop.customer(customer, "VIP")
        for days in range(0, 180, 14):
            shop.buys(customer, days % 10 + 1, days)
    for customer in (SILENT, SELDOM, ALERTED, NEVER, RECOVERED):
        shop.customer(customer, "VIP")
    shop.customer(30, "Regular")
    for days in (170, 160, 150, 140, 130):
        shop.buys(SILENT, 2, days, "400.00")
        shop.buys(30, 3, days)
    shop.buys(SILENT, 15, 130, "50.00")
    shop.buys(SELDOM, 12, 35)
    shop.buys(SELDOM, 13, 31)
    for customer in (ALERTED, RECOVERED):
        for days in (160, 140, 110, 95, 60, 40):
            shop.buys(customer, 14, days)
    for product in (11, 11, 1):
        shop.looks(NEVER, product, 5)
    runner = shop.open(database)
    alert(database, ALERTED, "recovered", "bought again", 100)
    alert(database, ALERTED, "raised", "silent for 40 days", 3)
    alert(database, RECOVERED, "raised", "silent for 40 days", 50)
    alert(database, RECOVERED, "recovered", "bought again", 40)
    score(database, ALERTED, 0.5)
    score(database, SILENT, 0.9)
    return runner


@pytest.fixture(scope="module")
def rows(runner: Runner) -> dict[int, Row]:
    return {row["customer_id"]: row for row in concluded(runner, "1")[1]}


def test_whoever_is_leaving_is_listed_and_nobody_else(rows: dict[int, Row]) -> None:
    assert list(rows) == [SILENT, ALERTED, SELDOM, NEVER]


def test_what_is_at_stake_is_the_score_times_a_year(rows: dict[int, Row]) -> None:
    assert rows[SILENT]["at_stake"] == Decimal("1845.00")  # 0.9 of 5 x 400 + 50
    assert rows[ALERTED]["at_stake"] == Decimal("300.00")  # 0.5 of 6 x 100
    assert rows[SELDOM]["at_stake"] == Decimal("200.00")  # nobody has scored this one


def test_each_has_its_reasons(rows: dict[int, Row]) -> None:
    assert rows[SILENT]["why"] == "no purchase for 130 days"
    assert rows[ALERTED]["why"] == "alert: silent for 40 days; buys from one category alone"
    assert rows[SELDOM]["why"] == "2 purchases in all; buys from one category alone"
    assert rows[NEVER]["why"] == "0 purchases in all"


def test_the_offer_is_of_the_favourite_category_in_stock_and_new_to_them(rows: dict[int, Row]) -> None:
    bought = {SILENT: {2, 15}, ALERTED: {14}, SELDOM: {12, 13}, NEVER: set()}
    assert {customer: row["favourite_category"] for customer, row in rows.items()} == {
        SILENT: "Home",
        ALERTED: "Books",
        SELDOM: "Books",
        NEVER: "Books",
    }
    for customer, row in rows.items():
        offer = row["offer_product_id"]
        assert offer not in bought[customer] | {1}
        assert (offer <= 10) == (row["favourite_category"] == "Home")
        assert row["offer"] == f"10 % off Thing {offer}"


def test_the_sentence_counts_them_and_the_list_is_as_long_as_asked(runner: Runner) -> None:
    report, rows = concluded(runner, "1", {"size": "2"})
    assert [row["customer_id"] for row in rows] == [SILENT, ALERTED]
    assert "4 VIP customers are at risk, with $2,345.00 a year at stake" in report.conclusion.sentence
    assert "the 2 customers listed have $2,145.00 of it" in report.conclusion.sentence


def test_whoever_is_not_listed_is_counted_all_the_same(runner: Runner) -> None:
    report, rows = concluded(runner, "1", {"size": 1})
    assert [row["customer_id"] for row in rows] == [SILENT]
    assert "4 VIP customers are at risk, with $2,345.00 a year at stake" in report.conclusion.sentence
    assert "the 1 customer listed has $1,845.00 of it" in report.conclusion.sentence
    (known,) = [step for step in report.steps if step.question == "use_cases/sql/at_risk.sql"]
    assert len(known.rows) == 1


def test_the_steps_are_those_of_the_flow(runner: Runner) -> None:
    asked = [step.question for step in concluded(runner, "1")[0].steps]
    assert asked[:4] == [
        "sql 2 top_customers",
        "cypher 19 low_engagement",
        "sql 15 churn_risk",
        "cypher 20 category_diversity",
    ]


def test_a_segment_that_nobody_is_in_is_said(runner: Runner) -> None:
    report, rows = concluded(runner, "1", {"segments": "Gold"})
    assert rows == []
    assert "No customer is Gold" in report.conclusion.sentence
