"""Use case 4, cohorts: which acquisition channels bring the customers who are worth most, and who stay."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Chart, Conclusion, Knob, Row, UseCase, counted, dollars, money

QUARTILES = (1, 2, 3, 4)
COLUMNS = (
    "acquisition_channel",
    "customers",
    "valuable_share",
    "lifetime_value",
    "monthly_value",
    *(f"quartile_{number}" for number in QUARTILES),
    "active_share",
)


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the channel with the highest monthly value first.

    valuable_share: percent of the channel's customers who are of `segments`. lifetime_value: USD a customer, refunds
    off, who never bought included. monthly_value: the same for each 30.4 days that they were customers within the
    history there is, so that a channel does not win by its age. quartile_1 to 4: mean lifetime value of the most
    valuable quarter of the channel's customers down to the least. active_share: percent with a completed purchase in
    the last 90 days. What a channel costs is not in the data.
    """
    trends = ask.sql("Who registers", "registration_trends", months=given["months"])
    kept = ask.sql("Who buys again", "cohort_retention", months=given["months"])
    quartiles = ask.sql("How value is spread", "ltv_quartiles")
    parts = ask.own("What each channel brings", "channels", segments=given["segments"])
    if not parts:
        return Conclusion(COLUMNS, [], "There are no customers yet.")
    rows = sorted(
        map(_row, _by_channel(parts).values()), key=lambda row: (-row[COLUMNS.index("monthly_value")], row[0])
    )
    charts = [
        Chart("Monthly value of a customer by acquisition channel", "USD", _bars(rows, "monthly_value")),
        Chart("Lifetime value by segment and quartile", "USD", [_quartile(row) for row in quartiles]),
        Chart("Registrations by month", "customers", _registrations(trends)),
        Chart("Retention by months since the first purchase, all cohorts", "%", _retention(kept)),
    ]
    return Conclusion(COLUMNS, rows, _sentence(rows, parts, given), charts)


def _by_channel(parts: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in parts:
        found.setdefault(row["acquisition_channel"], []).append(row)
    return found


def _total(parts: Sequence[Row], name: str) -> Any:
    return sum(row[name] for row in parts)


def _row(parts: Sequence[Row]) -> tuple[Any, ...]:
    customers, value = _total(parts, "customers"), Decimal(_total(parts, "value"))
    means = {row["quartile"]: money(row["value"] / row["customers"]) for row in parts}
    return (
        parts[0]["acquisition_channel"],
        customers,
        round(100 * _total(parts, "valuable") / customers, 2),
        money(value / customers),
        _monthly(parts),
        *(means.get(number) for number in QUARTILES),
        round(100 * _total(parts, "active") / customers, 2),
    )


def _monthly(parts: Sequence[Row]) -> Decimal:
    months = Decimal(str(_total(parts, "months")))
    return money(Decimal(_total(parts, "value")) / months) if months else Decimal("0.00")


def _bars(rows: Sequence[tuple[Any, ...]], name: str) -> list[tuple[str, float]]:
    return [(row[0], float(row[COLUMNS.index(name)])) for row in rows]


def _quartile(row: Row) -> tuple[str, float]:
    return f"{row['segment']} {row['quartile']}", float(row["avg_lifetime_value"])


def _registrations(trends: Sequence[Row]) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for row in trends:
        month = f"{row['month']:%Y-%m}"
        found[month] = found.get(month, 0.0) + row["registrations"]
    return list(found.items())


def _retention(kept: Sequence[Row]) -> list[tuple[str, float]]:
    """Percent active of the customers whose cohort is old enough, by months since the first purchase."""
    found: dict[int, tuple[int, int]] = {}
    for row in kept:
        size, active = found.get(row["months_since"], (0, 0))
        found[row["months_since"]] = (size + row["cohort_size"], active + row["active"])
    return [(f"{months}", round(100 * active / size, 2)) for months, (size, active) in sorted(found.items())]


def _sentence(rows: Sequence[tuple[Any, ...]], parts: Sequence[Row], given: Mapping[str, Any]) -> str:
    whose = " or ".join(given["segments"])
    mean, customers = _monthly(parts), _total(parts, "customers")
    share = 100 * _total(parts, "valuable") / customers
    better = [row for row in rows if row[COLUMNS.index("monthly_value")] > mean]
    if not better:
        return f"No channel brings better customers than another: each is worth {dollars(mean)} a month."
    told = "; ".join(
        f"{row[0]} ({dollars(row[COLUMNS.index('monthly_value')])}, {row[COLUMNS.index('valuable_share')]:.1f} %)"
        for row in better
    )
    return (
        f"A customer is worth {dollars(mean)} a month and {share:.1f} % are {whose}, of "
        f"{counted(customers, 'customer')}. Spend more on the channels above that, the best first, and less on "
        f"{rows[-1][0]}: {told}. Hold it against what a customer costs there, which is not in the data."
    )


CASE = UseCase(
    "4",
    "Customer cohorts",
    "marketing",
    (
        Knob("segments", "Array(String)", ["VIP", "Premium"], "whose customers are the valuable ones"),
        Knob("months", "UInt16", 12, "months of registrations shown, and followed after a first purchase", 1, 1200),
    ),
    conclude,
)
