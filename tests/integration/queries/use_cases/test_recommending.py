"""Use case 2 recommends what the graph says, leaves out what they have, and is judged by purchases it did not see."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from queries.recommend.serving import Item, Recommendations
from queries.runner import Runner
from queries.use_cases.asking import run
from queries.use_cases.cases import USE_CASES
from schemas.errors import QueryError, UnreachableError
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import NOW, Shop, Unrefreshed, concluded

NEWCOMER, BUYER, NOBODY = 50, 51, 999


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Twenty readers buy Books 1 to 5 in this order, twenty gardeners Garden 11 to 15; both buy something of Home."""
    shop = Shop()
    for number in range(1, 41):
        kind = "Books" if number <= 5 else "Garden" if 11 <= number <= 15 else "Home"
        shop.product(number, kind, f"{number}.50")
    for customer in range(1, 41):
        shop.customer(customer, "Regular")
        first = 1 if customer <= 20 else 11
        for later in range(5):
            shop.buys(customer, first + later, 60 - 10 * later - customer / 100)
        shop.buys(customer, 20 + customer % 3, 80)
    shop.customer(NEWCOMER, "New")
    shop.customer(BUYER, "New")
    shop.buys(BUYER, 1, 5)
    shop.buys(BUYER, 2, 4)
    shop.buys(BUYER, 777, 3, "9.00")  # of which no product tells, or not any more
    shop.looks(BUYER, 3, 0)
    return shop.open(database)


def test_a_reader_is_shown_books_first_and_nothing_they_have(runner: Runner) -> None:
    _, rows = concluded(runner, "2", {"customer_id": BUYER, "size": 8})
    assert [row["product_id"] for row in rows[:2]] == [3, 4]
    assert not {1, 2} & {row["product_id"] for row in rows}
    assert len({row["product_id"] for row in rows}) == len(rows)
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    fresh = [row for row in rows if row["found_by"] == "a category new to them"]
    assert fresh
    assert all(row["category"] == "Home" for row in fresh)


def test_what_is_sold_out_or_not_launched_yet_is_not_shown(runner: Runner, database: ChildDatabase) -> None:
    """The third book is sold out, the fourth not launched yet, and what goes with the last purchase has a price."""
    row = "INSERT INTO products VALUES ({0}, 'Thing {0}', 'Books', 'Acme', {0}.50, {1}, '{2}', {3}, 0)"
    database.execute(row.format(3, 0, "2024-01-01", 2))
    database.execute(row.format(4, 50, "2026-07-01", 2))
    try:
        _, rows = concluded(runner, "2", {"customer_id": BUYER})
    finally:
        for number in (3, 4):
            database.execute(row.format(number, 50, "2024-01-01", 3))
    assert rows[0]["product_id"] == 5
    assert not {3, 4} & {row["product_id"] for row in rows}
    together = [row for row in rows if row["found_by"] == "goes with their last purchase"]
    assert all(row["price"] == row["product_id"] + Decimal("0.50") for row in together)
    assert together


def test_a_last_purchase_that_is_withdrawn_is_no_start_for_more(runner: Runner) -> None:
    report, rows = concluded(runner, "2", {"customer_id": BUYER})
    (together,) = [step for step in report.steps if step.question == "cypher 5 product_affinity"]
    assert together.parameters["product_id"] == 2
    assert all(row["name"] for row in rows)


def test_it_is_judged_by_last_purchases_that_it_had_not_seen(runner: Runner) -> None:
    """Whoever reads the fourth book buys the fifth: peers know it. A shop of forty products makes the 20 most bought
    a good guess as well."""
    report, _ = concluded(runner, "2", {"customer_id": BUYER, "sample": 41})
    (judged,) = [step for step in report.steps if "recall_of_peers" in step.columns]
    ((customers, peers, popular),) = judged.rows
    assert customers == 41
    # The first to buy the last product of their kind could not be told by anybody.
    assert peers == pytest.approx(100 * 39 / 41, abs=0.1)
    assert 0 <= popular <= peers
    assert "Of 41 last purchases held out, 95 % were among the 20" in report.conclusion.sentence


class Refreshed:
    """A refresh that has a list for everybody."""

    def of(self, customer_id: int, limit: int = 20) -> Recommendations:
        item = Item(33, "Thing 33", "Home", "Acme", Decimal("33.50"), 0.2, "goes well")
        return Recommendations(customer_id, NOW, "own", [item][:limit])


def test_the_own_list_of_a_refresh_is_what_is_shown(runner: Runner) -> None:
    end = run(USE_CASES["2"], {"customer_id": BUYER}, runner, Refreshed()).conclusion
    assert end.rows == [(1, 33, "Thing 33", "Home", Decimal("33.50"), "goes well")]
    assert "from their own list of the last refresh" in end.sentence


def test_of_whom_nothing_is_known_gets_what_others_buy_most(runner: Runner) -> None:
    class Popular(Refreshed):
        def of(self, customer_id: int, limit: int = 20) -> Recommendations:
            return replace(super().of(customer_id, limit), source="popular")

    end = run(USE_CASES["2"], {"customer_id": NEWCOMER}, runner, Popular()).conclusion
    assert [row[:3] for row in end.rows] == [(1, 33, "Thing 33")]
    assert "from what others buy most, since nothing is known of theirs" in end.sentence
    known = run(USE_CASES["2"], {"customer_id": BUYER}, runner, Popular()).conclusion
    assert "from the graph's answers by turns" in known.sentence


def test_lists_are_judged_by_what_was_bought_after_them(runner: Runner, database: ChildDatabase) -> None:
    computed = (NOW - dt.timedelta(days=4.5)).strftime("%Y-%m-%d %H:%M:%S")
    database.execute(f"INSERT INTO recommendation_builds VALUES (3, -1, 'done', '{computed}', 1, now64(3))")
    database.execute(
        "INSERT INTO recommendation_lists (build, customer_id, as_of, products) VALUES "
        f"(3, {BUYER}, '{computed}', [9, 2]), (3, 1, '{computed}', [9])"
    )
    try:
        sentence = concluded(runner, "2", {"customer_id": BUYER})[0].conclusion.sentence
    finally:
        for table in ("recommendation_builds", "recommendation_lists"):
            database.execute(f"TRUNCATE TABLE {table}")
    assert "100 % of 1 first purchase made after the last refresh were on the buyer's list" in sentence


def test_whoever_bought_nothing_has_no_list_and_a_stranger_is_refused(runner: Runner) -> None:
    report, rows = concluded(runner, "2", {"customer_id": NEWCOMER})
    assert rows == []
    assert "There is nothing to recommend to customer 50 yet" in report.conclusion.sentence
    with pytest.raises(QueryError, match="There is no Customer with customer_id 999"):
        concluded(runner, "2", {"customer_id": NOBODY})


def test_a_stack_that_does_not_answer_is_no_missing_refresh(runner: Runner) -> None:
    class Down(Unrefreshed):
        def of(self, customer_id: int, limit: int = 20) -> Recommendations:
            raise UnreachableError(f"ClickHouse does not answer {customer_id} and {limit}.")

    with pytest.raises(UnreachableError):
        run(USE_CASES["2"], {"customer_id": BUYER}, runner, Down())


def test_the_steps_are_those_of_the_flow(runner: Runner) -> None:
    asked = [step.question for step in concluded(runner, "2", {"customer_id": BUYER})[0].steps]
    flow = [f"cypher {name}" for name in ("4 collaborative_filtering", "5 product_affinity", "6 category_expansion")]
    assert [question for question in asked if question in flow] == flow
