"""Use case 3, cross-sell: whom to offer a category they have never bought from, and what that should bring in."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money

#: Customers that a step of the catalogue shows at most, the most valuable first.
CANDIDATES = 20_000
COLUMNS = ("customer_id", "name", "segment", "lifetime_value", "category", "expected_revenue", "found_by")
ABSENCE, GAP, REPORT = "cypher 10", "cypher 11", "sql 13"


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the highest expected revenue first, each customer once however many steps find them. A step
    shows the most valuable alone, and finds the others all the same.

    expected_revenue (USD) is measured, not wished: of the customers of the same segment who had not bought from the
    category `days` ago, likewise with or without a purchase from the category that goes with it, what they paid
    there in these days, refunds off, divided by all of them, less the discount. It is what such a customer brings in
    by themselves; whatever the campaign adds comes on top. A segment and kind that nobody was in expects 0.
    """
    category = given["category"] or next((row["category"] for row in ask.look("campaign_category")), "")
    known = {row["segment"] for row in ask.sql("What each segment is worth", "customer_segmentation")}
    segments = given["segments"]
    if not category:
        return Conclusion(COLUMNS, [], "No product is known: there is no category to offer.")
    if known.isdisjoint(segments):
        return Conclusion(COLUMNS, [], f"No customer is {' or '.join(segments)}: name others with --param segments=...")
    ask.cypher("Who never bought from it", "category_absence", category=category, segments=segments, limit=CANDIDATES)
    near = ask.cypher("What its buyers buy besides", "category_expansion", category=category, limit=1)
    companion = near[0]["category"] if near else ""
    if companion:
        ask.cypher("Who buys what goes with it", "category_gap", category=companion, missing=category, limit=CANDIDATES)
    gaps = ask.sql("Targets by report", "category_gaps", segments=segments, categories=[category], limit=CANDIDATES)
    measured = ask.own(
        f"What such customers paid for {category} in the last {given['days']} days",
        "adoption",
        segments=segments,
        category=category,
        companion=companion,
        days=given["days"],
    )
    # Of one segment and kind all are worth the same: so many of each are enough.
    people = ask.own(
        "The most valuable of each segment, with and without what goes with it",
        "targets",
        segments=segments,
        category=category,
        companion=companion,
        limit=given["size"],
    )
    reported = None if len(gaps) == CANDIDATES else {row["customer_id"] for row in gaps}
    worth = {(row["segment"], bool(row["has_companion"])): row["spent"] / row["customers"] for row in measured}
    price = 1 - Decimal(str(given["discount"])) / 100
    rows = sorted(
        (_row(row, _found_by(row, reported), category, worth, price) for row in people),
        key=lambda row: (-row[COLUMNS.index("expected_revenue")], -row[COLUMNS.index("lifetime_value")], row[0]),
    )
    chosen = rows[: given["size"]]
    paid = ask.own("What these segments paid in these days", "paid", segments=segments, days=given["days"])[0]["paid"]
    return Conclusion(COLUMNS, chosen, _sentence(chosen, people, category, paid, given))


def _found_by(row: Row, reported: set[int] | None) -> list[str]:
    """The steps that ask for such a customer; `reported`: whom the report has, None if those are not all."""
    steps = {ABSENCE: True, GAP: row["has_companion"], REPORT: reported is None or row["customer_id"] in reported}
    return [step for step, finds in steps.items() if finds]


def _row(
    row: Row, found: list[str], category: str, worth: Mapping[tuple[str, bool], Decimal], price: Decimal
) -> tuple[Any, ...]:
    expected = money(worth.get((row["segment"], bool(row["has_companion"])), Decimal(0)) * price)
    return (
        row["customer_id"],
        row["name"],
        row["segment"],
        money(row["lifetime_value"]),
        category,
        expected,
        ", ".join(found),
    )


def _sentence(
    chosen: list[tuple[Any, ...]], people: Sequence[Row], category: str, paid: Decimal, given: Mapping[str, Any]
) -> str:
    whose = " and ".join(given["segments"])
    if not chosen:
        return f"Every {whose} customer has bought from {category} already: choose another with --param category=..."
    total = sum((row[COLUMNS.index("expected_revenue")] for row in chosen), Decimal(0))
    there = people[0]["customers_in_all"]
    share = f", {100 * total / paid:.1f} % of what {whose} paid in the last {given['days']} days" if paid > 0 else ""
    return (
        f"Write to {counted(len(chosen), 'customer')} of the {there:,} of {whose} without a purchase from {category}, "
        f"offering it {given['discount']:g} % off. Expected revenue in {given['days']} days: {dollars(total)}{share}. "
        f"That is what customers like them paid there without a campaign, at the new price; what it adds is on top."
    )


CASE = UseCase(
    "3",
    "Cross-sell campaign",
    "campaign managers",
    (
        Knob("category", "String", "", "what is offered; empty: Electronics, or where a purchase is worth most"),
        Knob("segments", "Array(String)", ["VIP", "Premium"], "whose customers"),
        Knob("discount", "Float64", 15.0, "percent off what is offered", 0, 90),
        Knob("days", "UInt32", 90, "days that revenue is expected for, and measured over", 1, 365),
        Knob("size", "UInt32", 100, "customers at most", 1, 100_000),
    ),
    conclude,
)
