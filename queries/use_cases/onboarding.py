"""A new customer: whom they are most like, what to expect of them, and how to welcome them and how often to write."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money
from queries.use_cases.similarity import Beginnings
from schemas.errors import QueryError

COLUMNS = (
    "customer_id",
    "segment",
    "purchases_then",
    "spend_then",
    "purchases",
    "value_a_year",
    "days_between",
    "active",
)
#: Customers who are compared: those who registered within the history first.
MOST = 20_000
#: How long others must be known beyond the first days.
FOLLOWED = 60
#: Customers that the prediction is judged by.
JUDGED = 200
#: Days from one message to the next: never more often, never more seldom.
OFTEN, SELDOM = 3, 30
PREMIUM, GUIDED, SELF = "premium onboarding (a person calls)", "guided onboarding (a series of mails)", "self-service"


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS: the older customers who began most like this one, the most alike first.

    Compared is what is known of a new customer: segment, channel, country, and the purchases, spend (USD) and
    interactions of the first `days` days, or as many as it is old (similarity.py). The predicted
    value is what these paid in 365 days. It is judged by predicting others, whose year is known, from their first days.
    Who is predicted among the best quarter of all customers gets a person, the better half a series of mails; half the
    median time from one purchase to the next is the time between two messages, within OFTEN and SELDOM days.

    Raises:
        QueryError: there is no such customer, or nobody to compare with.
    """
    customer = given["customer_id"]
    days = given["days"]
    rows = ask.own("How customers begin", "profiles", customer=customer, days=days, followed=FOLLOWED, most=MOST)
    mine = next((row for row in rows if row["customer_id"] == customer), None)
    if mine is None:
        raise QueryError(f"There is no customer {customer}. Choose another: 'c360 sql 2' lists some.")
    others = [row for row in rows if row is not mine and row["days"] >= days + FOLLOWED]
    if not others:
        raise QueryError(f"Nobody is known for {days + FOLLOWED} days yet, to compare customer {customer} with.")
    beginnings = Beginnings(others)
    near = beginnings.nearest(mine, given["neighbours"])
    alike = [others[place] for place in near]
    ask.cypher("Who shares purchases with them", "similar_customers", customer_id=customer)
    ask.cypher("What they did so far", "customer_journey", customer_id=customer, limit=50)
    value, years = beginnings.year(near), beginnings.years()
    judged = beginnings.judged(given["neighbours"], JUDGED)
    ask.note(
        "How far predictions of older customers are off",
        "similarity.py",
        ("customers", "mean_error", "mean_error_of_the_mean"),
        [(judged.customers, money(judged.error), money(judged.error_of_mean))],
    )
    listed = [_row(row, float(years[place])) for row, place in zip(alike, near, strict=True)]
    sentence = (
        f"Customer {customer} ({mine['segment']}, by {mine['channel'] or 'no known channel'}) begins like these "
        f"{len(alike)}. {_journey(alike)} Expected: {dollars(money(value))} in 12 months; for "
        f"{counted(judged.customers, 'older customer')} such a prediction was {dollars(money(judged.error))} off, "
        f"everybody's mean {dollars(money(judged.error_of_mean))}. Give them {_route(value, years)}, and write every "
        f"{_cadence(alike)} days."
    )
    return Conclusion(COLUMNS, listed, sentence)


def _row(row: Row, year: float) -> tuple[Any, ...]:
    between = row["days_between"]
    return (
        row["customer_id"],
        row["segment"],
        row["purchases"],
        money(row["spend"]),
        row["all_purchases"],
        money(year),
        None if between is None else round(between, 1),
        bool(row["is_active"]),
    )


def _journey(alike: Sequence[Row]) -> str:
    """What became of those who began alike."""
    bought = _percent([row["all_purchases"] > 0 for row in alike])
    again = _percent([row["all_purchases"] > 1 for row in alike])
    active = _percent([row["is_active"] for row in alike])
    between = _between(alike)
    pace = f", one every {between:.0f} days" if between is not None else ""
    return f"Of them {bought} bought, {again} more than once{pace}, and {active} did in the last 90 days."


def _percent(found: Sequence[bool]) -> str:
    return f"{100 * sum(found) / len(found):.0f} %"


def _between(alike: Sequence[Row]) -> float | None:
    found = [row["days_between"] for row in alike if row["days_between"] is not None]
    return float(np.median(found)) if found else None


def _route(value: float, years: Any) -> str:
    half, quarter = np.quantile(years, [0.5, 0.75])
    # Where most pay nothing, neither is whoever is predicted to.
    if value > quarter:
        return PREMIUM
    return GUIDED if value > half else SELF


def _cadence(alike: Sequence[Row]) -> int:
    between = _between(alike)
    return SELDOM if between is None else round(min(max(between / 2, OFTEN), SELDOM))


CASE = UseCase(
    "onboard",
    "Onboarding",
    "whoever welcomes new customers",
    (
        Knob("customer_id", "UInt32", 0, "the new customer", 1),
        Knob("days", "UInt32", 30, "first days that are compared", 1, 365),
        Knob("neighbours", "UInt32", 25, "customers it is compared with", 1, 1000),
    ),
    conclude,
)
