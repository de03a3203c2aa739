"""Use case 3 finds who never bought the category, once each, and expects of them what others like them paid."""

from decimal import Decimal

import pytest

from queries.runner import Runner
from queries.use_cases.report import Row
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, concluded

TV, CABLE, NOVEL = 1, 2, 3


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Home goes with Electronics. Of whoever had no Electronics 90 days ago:

    | segment | had Home | customers              | paid for it since            |
    | VIP     | yes      | 1-4 buy, 5-8 do not    | 4 x 200, one more comes back |
    | VIP     | no       | 11 buys, 12-15 do not  | 1 x 100                      |
    | Premium | yes      | 21-22 do not           | nothing                      |
    """
    shop = Shop()
    shop.product(TV, "Electronics", "200.00")
    shop.product(CABLE, "Home", "20.00")
    shop.product(NOVEL, "Books", "10.00")
    for customer in (*range(1, 9), *range(11, 16)):
        shop.customer(customer, "VIP")
        shop.buys(customer, CABLE if customer < 9 else NOVEL, 150)
    for customer in (1, 2, 3, 4):
        shop.buys(customer, TV, 40)
    shop.buys(4, CABLE, 39)
    shop.buys(1, TV, 38, "200.00")
    shop.refunded(30)
    shop.buys(11, TV, 20, "100.00")
    for customer in (21, 22):
        shop.customer(customer, "Premium")
        shop.buys(customer, CABLE, 120)
    for customer in (31, 32):  # long since buyers, of both; and none of the segments
        shop.customer(customer, "VIP" if customer == 31 else "Basic")
        shop.buys(customer, CABLE, 200)
    shop.buys(31, TV, 200)
    shop.looks(31, TV, 0)
    shop.buys(5, NOVEL, 3, "500.00")
    for customer in (41, 42):  # rich, and of none of the segments
        shop.customer(customer, "Basic")
        shop.buys(customer, CABLE, 70, "9000.00")
    return shop.open(database)


@pytest.fixture(scope="module")
def rows(runner: Runner) -> list[Row]:
    return concluded(runner, "3")[1]


def test_everybody_without_the_category_is_listed_once_the_best_first(rows: list[Row]) -> None:
    assert [row["customer_id"] for row in rows] == [5, 6, 7, 8, 12, 13, 14, 15, 21, 22]
    assert {row["category"] for row in rows} == {"Electronics"}


def test_revenue_is_what_others_like_them_paid_less_the_discount(rows: list[Row]) -> None:
    expected = {row["customer_id"]: row["expected_revenue"] for row in rows}
    assert expected[5] == Decimal("85.00")  # 800 / 8, less 15 %
    assert expected[12] == Decimal("17.00")  # 100 / 5, less 15 %
    assert expected[21] == Decimal("0.00")


def test_each_says_which_steps_found_it(rows: list[Row]) -> None:
    found = {row["customer_id"]: row["found_by"] for row in rows}
    assert found[5] == "cypher 10, cypher 11, sql 13"
    assert found[12] == "cypher 10, sql 13"


def test_the_list_ends_at_the_target_size_and_the_sentence_adds_up(runner: Runner) -> None:
    report, rows = concluded(runner, "3", {"size": 5, "discount": "50"})
    assert [row["customer_id"] for row in rows] == [5, 6, 7, 8, 12]
    assert "Write to 5 customers of the 10 of VIP and Premium" in report.conclusion.sentence
    assert "Expected revenue in 90 days: $210.00" in report.conclusion.sentence  # 4 x 50 + 10
    assert "14.8 % of what VIP and Premium paid" in report.conclusion.sentence  # of 4 x 200 + 100 + 20 + 500


def test_whom_a_step_does_not_show_is_worth_and_counted_the_same(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps show two customers each, those with Home the two Basics alone."""
    monkeypatch.setattr("queries.use_cases.cross_sell.CANDIDATES", 2)
    report, rows = concluded(runner, "3", {"size": 6})
    (gap,) = [step for step in report.steps if step.question == "cypher 11 category_gap"]
    assert [row[gap.columns.index("customer_id")] for row in gap.rows] == [41, 42]
    assert [row["customer_id"] for row in rows] == [5, 6, 7, 8, 12, 13]
    assert [row["expected_revenue"] for row in rows] == [Decimal("85.00")] * 4 + [Decimal("17.00")] * 2
    assert {row["found_by"] for row in rows[:4]} == {"cypher 10, cypher 11, sql 13"}
    assert {row["found_by"] for row in rows[4:]} == {"cypher 10, sql 13"}
    assert "Write to 6 customers of the 10 of VIP and Premium" in report.conclusion.sentence


def test_the_steps_are_those_of_the_flow(runner: Runner) -> None:
    asked = [step.question for step in concluded(runner, "3")[0].steps]
    flow = [
        "sql 1 customer_segmentation",
        "cypher 10 category_absence",
        "cypher 11 category_gap",
        "sql 13 category_gaps",
    ]
    assert [question for question in asked if question in flow] == flow


def test_a_category_that_everybody_has_is_said(runner: Runner) -> None:
    report, rows = concluded(runner, "3", {"category": "Home", "segments": ["Basic"]})
    assert rows == []
    assert "Every Basic customer has bought from Home already" in report.conclusion.sentence
