"""A new customer is held against those who began alike, and predicted by what these went on to pay."""

import pytest

from queries.runner import Runner
from queries.use_cases.asking import run
from queries.use_cases.onboarding import CASE, PREMIUM, SELF
from queries.use_cases.report import Report
from schemas.errors import QueryError
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, Unrefreshed

PROMISING, IDLE = 101, 102


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Older customers: ten who buy in their first days and every ten days from then on, thirty who look and leave."""
    shop = Shop()
    for number in range(1, 6):
        shop.product(number, "Home", "100.00")
    for customer in range(1, 41):
        shop.customer(customer, "New", "search", registered=200)
        if customer <= 10:
            for days in range(195, 0, -10):
                shop.buys(customer, days % 5 + 1, days)
        else:
            shop.looks(customer, 1, 199)
    for customer in (PROMISING, IDLE):
        shop.customer(customer, "New", "search", registered=20)
    for days in (15, 10, 5):
        shop.buys(PROMISING, 1, days)
    shop.looks(IDLE, 1, 12)
    shop.looks(1, 1, 0)
    shop.looks(1, 1, 250)
    return shop.open(database)


def onboarded(runner: Runner, customer: int, **given: object) -> Report:
    return run(CASE, {"customer_id": customer, **given}, runner, Unrefreshed())


def test_who_begins_well_is_like_the_good_ones_and_is_called(runner: Runner) -> None:
    end = onboarded(runner, PROMISING, neighbours=10).conclusion
    assert sorted(row[0] for row in end.rows) == list(range(1, 11))
    assert "Of them 100 % bought, 100 % more than once, one every 10 days" in end.sentence
    # 20 purchases in 200 days are 36.5 a year.
    assert "Expected: $3,650.00 in 12 months" in end.sentence
    assert f"Give them {PREMIUM}, and write every 5 days." in end.sentence


def test_who_only_looks_is_left_to_themselves(runner: Runner) -> None:
    end = onboarded(runner, IDLE, neighbours=10).conclusion
    assert all(row[0] > 10 for row in end.rows)
    assert "Expected: $0.00 in 12 months" in end.sentence
    assert f"Give them {SELF}, and write every 30 days." in end.sentence


def test_the_prediction_is_judged_by_customers_whose_year_is_known(runner: Runner) -> None:
    report = onboarded(runner, IDLE, neighbours=5)
    (judged,) = [step for step in report.steps if "mean_error" in step.columns]
    ((customers, error, of_mean),) = judged.rows
    assert customers == 40
    assert error == 0  # like begins, like goes on, in this shop
    assert of_mean > 1000


def test_a_stranger_is_refused(runner: Runner) -> None:
    with pytest.raises(QueryError, match=r"There is no customer 999\."):
        onboarded(runner, 999)


def test_nobody_to_compare_with_is_said(runner: Runner) -> None:
    with pytest.raises(QueryError, match="Nobody is known for 425 days yet"):
        onboarded(runner, IDLE, days=365)
