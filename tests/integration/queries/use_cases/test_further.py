"""The reports beside the use cases: carts left behind, shelves that run empty, customers who have gone quiet."""

from decimal import Decimal

import pytest

from queries.runner import Runner
from queries.use_cases.asking import run
from queries.use_cases.cases import REPORTS
from queries.use_cases.report import Conclusion, Row
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, Unrefreshed

PHONE, CASE, LAST_ONE, SOLD_OUT, MUG, DESK, TABLE = range(1, 8)
LATE, EARLY, BOUGHT, FRESH, WAITING = 31, 32, 33, 34, 35
QUIET, LOOKING = 41, 42


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Of ten older carts with phones four were bought, three to four days later. Cases go with phones. Of three carts
    with desks none was: all took a table."""
    shop = Shop()
    shop.product(PHONE, "Phones", "500.00", stock=40)
    shop.product(CASE, "Phones", "20.00", stock=2)
    shop.product(LAST_ONE, "Phones", "300.00", stock=1)
    shop.product(SOLD_OUT, "Phones", "250.00", stock=0)
    shop.product(MUG, "Home", "8.00", stock=1000)
    shop.product(DESK, "Office", "90.00", stock=1000)
    shop.product(TABLE, "Office", "80.00", stock=1000)
    for customer in (*range(1, 21), LATE, EARLY, BOUGHT, FRESH, WAITING, QUIET, LOOKING):
        shop.customer(customer, "Regular")
    for customer in range(1, 11):
        shop.looks(customer, PHONE, 60, "cart")
        if customer <= 4:
            shop.buys(customer, PHONE, 60 - 3 - customer / 8)
    for customer in (1, 2, 3):
        shop.looks(customer, DESK, 60, "cart")
        shop.buys(customer, TABLE, 50)
    for customer in range(11, 21):
        shop.buys(customer, PHONE, 20)
        shop.buys(customer, CASE, 19)
        shop.buys(customer, MUG, 18)
    for customer, product, days in (
        (LATE, PHONE, 8),
        (EARLY, PHONE, 2),
        (BOUGHT, PHONE, 8),
        (FRESH, PHONE, 0.1),
        (WAITING, SOLD_OUT, 9),
        (LATE, DESK, 7),
    ):
        shop.looks(customer, product, days, "cart")
    shop.buys(BOUGHT, PHONE, 5)
    for customer, days in ((QUIET, 200), (LOOKING, 180)):
        shop.buys(customer, MUG, days, "700.00")
    shop.looks(LOOKING, MUG, 100)
    shop.looks(1, MUG, 0)
    return shop.open(database)


def reported(runner: Runner, name: str, **given: object) -> tuple[Conclusion, list[Row]]:
    end = run(REPORTS[name], given, runner, Unrefreshed()).conclusion
    return end, [dict(zip(end.columns, row, strict=True)) for row in end.rows]


def test_carts_that_were_not_bought_and_what_others_did(runner: Runner) -> None:
    end, rows = reported(runner, "carts")
    assert [(row["customer_id"], row["product_id"]) for row in rows] == [
        (LATE, PHONE),
        (EARLY, PHONE),
        (WAITING, SOLD_OUT),
        (LATE, DESK),
    ]
    late, early, waiting, desk = rows
    assert (late["bought_by_others"], late["days_to_buy"]) == (40.0, 3.3)
    assert late["expected_revenue"] == Decimal("200.00")
    assert [late["action"], early["action"]] == ["remind", "wait"]
    assert waiting["action"] == "tell them when it is back in stock"
    assert desk["action"] == "offer another of Office"
    assert "4 products worth $1,340.00 have been in carts for up to 14 days" in end.sentence
    assert "$500.00 of it will be bought anyway" in end.sentence


def test_carts_that_are_not_listed_are_counted_all_the_same(runner: Runner) -> None:
    whole, all_rows = reported(runner, "carts")
    for size in (1, 2, 3):
        end, rows = reported(runner, "carts", size=size)
        assert rows == all_rows[:size]
        assert end.sentence == whole.sentence


def test_buyers_who_are_not_listed_are_counted_all_the_same(runner: Runner) -> None:
    end, rows = reported(runner, "dormant", days=60, size=1)
    assert [row["customer_id"] for row in rows] == [QUIET]
    assert "2 buyers worth $1,400.00 so far did nothing for 60 days. Write to the 1 listed" in end.sentence


def test_a_shorter_time_counts_fewer_purchases(runner: Runner) -> None:
    """Within three days nobody has ever bought what was in the cart, nor another of the category."""
    _, rows = reported(runner, "carts", days=3)
    assert [(row["customer_id"], row["bought_by_others"], row["action"]) for row in rows] == [(EARLY, 0.0, "remind")]


def test_what_runs_out_is_ordered_with_what_goes_with_it(runner: Runner) -> None:
    end, rows = reported(runner, "stock")
    (case,) = [row for row in rows if row["product_id"] == CASE]
    assert (case["units_30d"], case["days_of_cover"], case["order_units"]) == (10, 6.0, 8)
    assert case["sales_a_month"] == Decimal("200.00")
    assert "Thing 1" in case["goes_with"]
    assert {row["product_id"] for row in rows} == {CASE}
    assert "1 product with sales of $200.00 a month will be gone within 30 days; 1 of them" in end.sentence


def test_more_days_need_more_stock(runner: Runner) -> None:
    _, rows = reported(runner, "stock", days=120)
    assert [(row["product_id"], row["order_units"]) for row in rows] == [(PHONE, 4), (CASE, 38)]


def test_who_does_nothing_any_more_is_listed_with_an_offer(runner: Runner) -> None:
    end, rows = reported(runner, "dormant")
    assert [(row["customer_id"], row["days_away"]) for row in rows] == [(QUIET, 200)]
    assert rows[0]["favourite_category"] == "Home"
    assert rows[0]["lifetime_value"] == Decimal("700.00")
    assert "1 buyer worth $700.00 so far did nothing for 120 days" in end.sentence
    assert "Of 1 customer as quiet a month ago 0.0 % bought since" in end.sentence


def test_nobody_and_nothing_is_said(runner: Runner) -> None:
    for name, given, words in (
        ("dormant", {"days": 300}, "No buyer has done nothing for 300 days."),
        ("stock", {"days": 1}, "Of everything that sells there is enough for 1 day."),
    ):
        end, rows = reported(runner, name, **given)
        assert rows == []
        assert end.sentence == words
