"""Stock planning: what is about to run out, and which sales go with it."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money

COLUMNS = (
    "product_id",
    "name",
    "category",
    "stock_quantity",
    "units_30d",
    "days_of_cover",
    "order_units",
    "sales_a_month",
    "goes_with",
)


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, what sells most a month first: products whose stock is gone in fewer than `days` days.

    The pace is that of the last 30 days. order_units brings the stock to `days` days of it. sales_a_month is USD at
    list price. goes_with names products that the same customers buy within a week (SQL 14, lift above 1): their sales
    suffer with it, and whoever promotes one has to stock both.
    """
    moving = ask.own("What sells and how long it lasts", "stock", limit=100_000)
    short = [row for row in moving if row["days_of_cover"] < given["days"]]
    together = ask.sql("What is bought together", "basket_analysis", limit=1000)
    partners: dict[int, list[str]] = {}
    for pair in together:
        if pair["lift"] > 1:
            partners.setdefault(pair["product_a"], []).append(pair["name_b"])
            partners.setdefault(pair["product_b"], []).append(pair["name_a"])
    rows = sorted((_row(row, partners, given["days"]) for row in short), key=lambda row: (-row[-2], row[0]))
    if not rows:
        return Conclusion(COLUMNS, [], f"Of everything that sells there is enough for {counted(given['days'], 'day')}.")
    sales = sum((row[-2] for row in rows), Decimal(0))
    ties = sum(1 for row in rows if row[-1])
    sentence = (
        f"{counted(len(rows), 'product')} with sales of {dollars(sales)} a month will be gone within {given['days']} "
        f"days; {ties} of them sell others along. Order the units in the rows, beginning with {rows[0][1]}."
    )
    return Conclusion(COLUMNS, rows[: given["size"]], sentence)


def _row(row: Row, partners: Mapping[int, list[str]], days: int) -> tuple[Any, ...]:
    wanted = math.ceil(row["units_30d"] * days / 30) - max(row["stock_quantity"], 0)
    return (
        row["product_id"],
        row["name"],
        row["category"],
        row["stock_quantity"],
        row["units_30d"],
        row["days_of_cover"],
        wanted,
        money(row["price"] * row["units_30d"]),
        ", ".join(partners.get(row["product_id"], [])[:3]),
    )


CASE = UseCase(
    "stock",
    "Stock planning",
    "purchasing",
    (
        Knob("days", "UInt32", 30, "days that there should be enough for", 1, 365),
        Knob("size", "UInt32", 50, "products on the list", 1, 10_000),
    ),
    conclude,
)
