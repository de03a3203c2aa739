"""Re-engagement: who has gone quiet altogether, and what to win them back with."""

from collections.abc import Mapping
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars

COLUMNS = (
    "customer_id",
    "name",
    "segment",
    "lifetime_value",
    "days_away",
    "favourite_category",
    "offer_product_id",
    "offer",
)


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the most valuable first: customers who bought once or oftener and then did nothing for `days`.

    The offer is what sells best of their favourite category and they do not have. What coming back is worth is
    measured: of those who were away as long 30 days ago, how many have bought since, and what they paid.
    """
    days = given["days"]
    found = ask.own("Who does nothing any more", "dormant", days=days, limit=given["size"])
    back = ask.own("Who came back by themselves in the last 30 days", "returns", days=days)[0]
    if not found:
        return Conclusion(COLUMNS, [], f"No buyer has done nothing for {counted(days, 'day')}.")
    offers = {
        row["customer_id"]: row
        for row in ask.own_of("What each likes", "offers", [row["customer_id"] for row in found])
    }
    rows = [_row(row, offers[row["customer_id"]], given["discount"]) for row in found]
    alone = ""
    if back["customers"]:
        share = 100 * back["returned"] / back["customers"]
        alone = (
            f" Of {counted(back['customers'], 'customer')} as quiet a month ago {share:.1f} % bought since, for "
            f"{dollars(back['paid'])}: hold what the offers bring against that."
        )
    there, past = found[0]["buyers_in_all"], found[0]["value_in_all"]
    sentence = (
        f"{counted(there, 'buyer')} worth {dollars(past)} so far did nothing for {days} days. Write to the "
        f"{len(rows)} listed, each with the offer in the row.{alone}"
    )
    return Conclusion(COLUMNS, rows, sentence)


def _row(row: Row, offer: Row, discount: float) -> tuple[Any, ...]:
    words = f"{discount:g} % off {offer['offer']}" if offer["offer_product_id"] else "a question what they miss"
    return (
        row["customer_id"],
        row["name"],
        row["segment"],
        row["lifetime_value"],
        row["days_away"],
        offer["favourite"],
        offer["offer_product_id"] or None,
        words,
    )


CASE = UseCase(
    "dormant",
    "Re-engagement",
    "retention",
    (
        Knob("days", "UInt32", 120, "days without anything", 1, 3650),
        Knob("discount", "Float64", 15.0, "percent off what is offered", 0, 90),
        Knob("size", "UInt32", 50, "customers on the list", 1, 10_000),
    ),
    conclude,
)
