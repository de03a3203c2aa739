"""Shops of another kind: without products, without the usual segments, with nothing in them."""

import pytest

from queries.runner import Runner
from queries.use_cases.asking import run
from queries.use_cases.cases import REPORTS, USE_CASES
from queries.use_cases.onboarding import CASE as ONBOARDING
from queries.use_cases.report import UseCase
from schemas.errors import QueryError
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, Unrefreshed

ALL = [*USE_CASES.values(), *REPORTS.values()]


@pytest.fixture(scope="module")
def unknown(database: ChildDatabase) -> Runner:
    """One customer of a segment of its own, who bought and carted what no record of a product tells of."""
    shop = Shop()
    shop.customer(1, "Gold", "", registered=200)
    shop.buys(1, 77, 150, "10.00")
    shop.looks(1, 77, 5, "cart")
    return shop.open(database)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_a_shop_of_unknown_products_is_told_what_is_missing(unknown: Runner, case: UseCase) -> None:
    end = run(case, {}, unknown, Unrefreshed()).conclusion
    assert end.sentence.endswith((".", "..."))
    assert all(len(row) == len(end.columns) for row in end.rows)
    said = {
        "1": "No customer is VIP: name others with --param segments=...",
        "3": "No product is known: there is no category to offer.",
        "5": "No two products are bought together by 3 customers more than by chance.",
        "carts": "No cart of the last 14 days is abandoned.",
        "stock": "Of everything that sells there is enough for 30 days.",
        "dormant": "No buyer has done nothing for 120 days.",
    }
    if case.name in said:
        assert (end.sentence, end.rows) == (said[case.name], [])


def test_other_segments_can_be_named(unknown: Runner) -> None:
    end = run(USE_CASES["1"], {"segments": "Gold"}, unknown, Unrefreshed()).conclusion
    assert [(row[0], row[-1]) for row in end.rows] == [(1, "a call")]


def test_a_category_for_nobody_is_said(unknown: Runner) -> None:
    end = run(USE_CASES["3"], {"category": "Home"}, unknown, Unrefreshed()).conclusion
    assert end.sentence == "No customer is VIP or Premium: name others with --param segments=..."


@pytest.fixture
def empty(database: ChildDatabase) -> Runner:
    return Shop().open(database)


@pytest.mark.parametrize("case", [*ALL, ONBOARDING], ids=lambda case: case.name)
def test_without_events_there_is_one_line_that_says_so(empty: Runner, case: UseCase) -> None:
    given = {"customer_id": 1} if case is ONBOARDING else {}
    with pytest.raises(QueryError, match="There are no events yet"):
        run(case, given, empty, Unrefreshed())
