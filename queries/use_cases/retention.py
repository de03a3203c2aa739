"""Use case 1, VIP retention: which of the best customers are about to leave, why, and what to offer each of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money

#: Customers that a step of the catalogue shows at most.
CANDIDATES = 20_000
COLUMNS = (
    "customer_id",
    "name",
    "segment",
    "lifetime_value",
    "at_stake",
    "churn_score",
    "days_since_purchase",
    "why",
    "favourite_category",
    "offer_product_id",
    "offer",
)


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the most at stake first.

    At risk is who has a churn alert that nothing has ended yet, has not bought for `days`, or has bought fewer than
    `max_purchases` times. `at_stake` (USD) is the churn score times what the customer paid in the last 365 days of
    their own, those before their last purchase: what a year without them costs, as likely as that is. Where the stream
    processors gave no score, the whole.
    """
    segments, few = given["segments"], given["max_purchases"]
    best = ask.sql("The most valuable", "top_customers", segments=segments, limit=given["size"])
    ask.cypher("Who buys seldom", "low_engagement", segments=segments, max_purchases=few, limit=CANDIDATES)
    ask.sql("Who is silent", "churn_risk", segments=segments, days=given["days"], limit=CANDIDATES)
    ask.cypher("How widely customers buy at best", "category_diversity", limit=given["size"])
    found = ask.own(
        "What is known of whoever is at risk",
        "at_risk",
        segments=segments,
        days=given["days"],
        max_purchases=few,
        limit=given["size"],
    )
    if not best and not found:
        return Conclusion(COLUMNS, [], f"No customer is {' or '.join(segments)}: name others with --param segments=...")
    offers = {
        row["customer_id"]: row
        for row in ask.own_of("What each likes", "offers", [row["customer_id"] for row in found])
    }
    rows = [_row(row, _why(row, offers[row["customer_id"]], given), offers[row["customer_id"]], given) for row in found]
    return Conclusion(COLUMNS, rows, _sentence(found, rows, given))


def _why(row: Row, offer: Row, given: Mapping[str, Any]) -> str:
    """Every reason, from the rows themselves: rollups may be behind them, and steps list the most valuable alone."""
    reasons = [f"alert: {row['alert']}"] if row["alert"] else []
    days = row["days_since_purchase"]
    if days is not None and days >= given["days"]:
        reasons.append(f"no purchase for {counted(days, 'day')}")
    if row["purchases"] < given["max_purchases"]:
        reasons.append(f"{counted(row['purchases'], 'purchase')} in all")
    if offer["categories"] == 1:
        reasons.append("buys from one category alone")
    return "; ".join(reasons)


def _row(row: Row, why: str, offer: Row, given: Mapping[str, Any]) -> tuple[Any, ...]:
    words = f"{given['discount']:g} % off {offer['offer']}" if offer["offer_product_id"] else "a call"
    return (
        row["customer_id"],
        row["name"],
        row["segment"],
        row["lifetime_value"],
        money(row["at_stake"]),
        None if row["churn_score"] is None else round(row["churn_score"], 3),
        row["days_since_purchase"],
        why,
        offer["favourite"],
        offer["offer_product_id"] or None,
        words,
    )


def _sentence(found: list[Row], rows: list[tuple[Any, ...]], given: Mapping[str, Any]) -> str:
    whose = " or ".join(given["segments"])
    if not rows:
        return f"No {whose} customer is at risk: nobody has an open alert, is silent or buys seldom."
    there, total = found[0]["customers_in_all"], found[0]["at_stake_in_all"]
    here = sum((row[COLUMNS.index("at_stake")] for row in rows), Decimal(0))
    first = rows[0]
    verb = "is" if there == 1 else "are"
    return (
        f"{counted(there, f'{whose} customer')} {verb} at risk, with {dollars(total)} a year at stake; "
        f"the {counted(len(rows), 'customer')} listed {'has' if len(rows) == 1 else 'have'} {dollars(here)} of it. "
        f"Write to them in this order, each with the offer in the row (what sells best of their favourite category and "
        f"they do not have), beginning with {first[1]} ({first[0]})."
    )


CASE = UseCase(
    "1",
    "VIP retention",
    "retention and account managers",
    (
        Knob("segments", "Array(String)", ["VIP"], "whose customers"),
        Knob("days", "UInt32", 90, "days without a purchase that make a customer silent", 1, 3650),
        Knob("max_purchases", "UInt32", 3, "fewer purchases than these are few", 1, 1000),
        Knob("discount", "Float64", 10.0, "percent off what is offered", 0, 90),
        Knob("size", "UInt32", 50, "customers on the list", 1, 10_000),
    ),
    conclude,
)
