"""Abandoned carts: what was nearly bought, and what customers like them did with theirs."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money

COLUMNS = (
    "customer_id",
    "name",
    "segment",
    "product_id",
    "product",
    "price",
    "days_ago",
    "bought_by_others",
    "days_to_buy",
    "expected_revenue",
    "action",
)


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the highest expected revenue first.

    A cart is abandoned where its product was not bought since, for a day or longer. bought_by_others: percent of older
    carts of the same segment and category whose product was bought within `days` days; days_to_buy: the median of how
    long that took. expected_revenue (USD): the price times that share, which is what happens without any reminder.
    """
    days = given["days"]
    # Of one segment and category the dearest have the highest expected revenue: so many of each are enough.
    carts = ask.own("Carts without a purchase", "carts", days=days, limit=given["size"])
    outcomes = ask.own("What became of older ones", "cart_outcomes", days=days)
    others = {(row["segment"], row["category"]): row for row in outcomes}
    rows = sorted(
        (_row(row, others.get((row["segment"], row["category"]))) for row in carts),
        key=lambda row: (-row[COLUMNS.index("expected_revenue")], -row[COLUMNS.index("price")], row[0], row[3]),
    )
    if not rows:
        return Conclusion(COLUMNS, [], f"No cart of the last {days} days is abandoned.")
    kinds = {(row["segment"], row["category"]): row for row in carts}
    value = sum((row["worth_of_alike"] for row in kinds.values()), Decimal(0))
    expected = sum((_expected(row["worth_of_alike"], others.get(kind)) for kind, row in kinds.items()), Decimal(0))
    there = sum(row["alike"] for row in kinds.values())
    sentence = (
        f"{counted(there, 'product')} worth {dollars(value)} have been in carts for up to {days} days; by what "
        f"customers like them did, {dollars(expected)} of it will be bought anyway. Remind whoever is past the usual "
        f"time, and offer another of the category where most bought that instead."
    )
    return Conclusion(COLUMNS, rows[: given["size"]], sentence)


def _share(others: Row | None) -> float:
    """Of older carts, those whose product was bought."""
    return others["bought"] / others["carts"] if others else 0.0


def _expected(worth: Decimal, others: Row | None) -> Decimal:
    return money(worth * Decimal(str(_share(others))))


def _row(row: Row, others: Row | None) -> tuple[Any, ...]:
    usual = others["days_to_buy"] if others else None
    return (
        row["customer_id"],
        row["name"],
        row["segment"],
        row["product_id"],
        row["product"],
        row["price"],
        row["days_ago"],
        round(100 * _share(others), 1) if others else None,
        usual,
        _expected(row["price"], others),
        _action(row, others),
    )


def _action(row: Row, others: Row | None) -> str:
    if row["stock_quantity"] <= 0:
        return "tell them when it is back in stock"
    if others and others["bought_another"] > others["bought"]:
        return f"offer another of {row['category']}"
    if others and others["days_to_buy"] is not None and row["days_ago"] < others["days_to_buy"]:
        return "wait"
    return "remind"


CASE = UseCase(
    "carts",
    "Cart abandonment",
    "whoever writes the reminders",
    (
        Knob("days", "UInt32", 14, "days that a cart is followed", 2, 180),
        Knob("size", "UInt32", 50, "carts on the list", 1, 10_000),
    ),
    conclude,
)
