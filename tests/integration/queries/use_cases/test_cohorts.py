"""Use case 4 names the channel whose customers are worth most for their time, and draws what it rests on."""

from decimal import Decimal

import pytest

from queries.runner import Runner
from queries.use_cases.report import Row
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.use_cases.shop import Shop, concluded


@pytest.fixture(scope="module")
def runner(database: ChildDatabase) -> Runner:
    """Friends' customers came late and pay 100 a month; the search's have been there a year and paid more in all.

    | channel | customers   | registered, days ago | pay                              |
    | friends | 4, 3 VIP    | 76                   | 100 each 38 days: 200 each       |
    | search  | 8, 1 VIP    | 380                  | 800, 700 ... 100: 3,600 in all   |
    | banner  | 2           | 380                  | nothing                          |
    """
    shop = Shop()
    shop.product(1, "Home", "100.00")
    for customer in range(1, 5):
        shop.customer(customer, "VIP" if customer < 4 else "Basic", "friends", registered=76)
        shop.buys(customer, 1, 60)
        shop.buys(customer, 1, 22)
    for customer in range(11, 19):
        shop.customer(customer, "Premium" if customer == 11 else "Basic", "search", registered=380)
        for month in range(19 - customer):
            shop.buys(customer, 1, 100 + 30 * month)
    for customer in (21, 22):
        shop.customer(customer, "Basic", "banner", registered=380)
    shop.looks(21, 1, 380)
    shop.looks(21, 1, 0)
    return shop.open(database)


@pytest.fixture(scope="module")
def rows(runner: Runner) -> dict[str, Row]:
    return {row["acquisition_channel"]: row for row in concluded(runner, "4")[1]}


def test_channels_are_in_the_order_of_monthly_value_and_not_of_age(rows: dict[str, Row]) -> None:
    assert {name: row["monthly_value"] for name, row in rows.items()} == {
        "friends": Decimal("80.00"),  # 200 in 76 days, which are 2.5 months
        "search": Decimal("36.00"),  # 450 in 12.5
        "banner": Decimal("0.00"),
    }
    assert list(rows) == ["friends", "search", "banner"]
    assert rows["search"]["lifetime_value"] == Decimal("450.00") > rows["friends"]["lifetime_value"]


def test_value_by_quartile_of_the_channel(rows: dict[str, Row]) -> None:
    means = [rows["search"][f"quartile_{number}"] for number in (1, 2, 3, 4)]
    assert means == [Decimal("750.00"), Decimal("550.00"), Decimal("350.00"), Decimal("150.00")]
    assert rows["banner"]["quartile_3"] is None  # two customers make two quarters


def test_shares_of_valuable_and_of_active_customers(rows: dict[str, Row]) -> None:
    shares = {name: (row["valuable_share"], row["active_share"]) for name, row in rows.items()}
    assert shares == {"friends": (75.0, 100.0), "search": (12.5, 0.0), "banner": (0.0, 0.0)}


def test_the_sentence_says_where_to_spend_more_and_where_less(runner: Runner) -> None:
    sentence = concluded(runner, "4")[0].conclusion.sentence
    assert "less on banner: friends ($80.00, 75.0 %); search ($36.00, 12.5 %)." in sentence
    assert "of 14 customers" in sentence


def test_charts_show_what_was_answered(runner: Runner) -> None:
    report, _ = concluded(runner, "4")
    value, quartiles, registered, retention = report.conclusion.charts
    assert value.bars == [("friends", 80.0), ("search", 36.0), ("banner", 0.0)]
    assert ("VIP 1", 200.0) in quartiles.bars
    assert sum(number for _, number in registered.bars) == 4  # a year back, without the month it begins in
    assert retention.bars[0] == ("0", 100.0)
    assert [step.question for step in report.steps][:3] == [
        "sql 3 registration_trends",
        "sql 11 cohort_retention",
        "sql 12 ltv_quartiles",
    ]
