"""Features, alerts and what a verification found, for people and as JSON."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from schemas.moments import written
from stream_processors.recomputation.customer import Profile
from stream_processors.recomputation.verify import Judged

#: What the history shows of each moment.
HISTORY = (
    "as_of",
    "orders",
    "lifetime_value",
    "purchases_30d",
    "spend_30d",
    "interactions_30d",
    "engagement",
    "engagement_long",
    "churn_score",
    "churn_band",
)


def answer(found: Profile, elapsed_ms: float) -> dict[str, Any]:
    """One object: columns and rows as every command has them, and the alerts."""
    rows = [[_plain(value) for value in row] for row in found.features.rows()]
    alerts = [{name: _plain(value) for name, value in row.items()} for row in found.alerts.to_dicts()]
    return {"columns": found.features.columns, "rows": rows, "alerts": alerts, "elapsed_ms": round(elapsed_ms, 1)}


def table(found: Profile) -> str:
    """The newest moment in full, the others by their main figures, then the alerts."""
    newest = found.features.row(0, named=True)
    width = max(len(name) for name in newest)
    lines = [f"{name:<{width}}  {_text(value)}" for name, value in newest.items()]
    if found.features.height > 1:
        lines += ["", *_aligned([HISTORY, *found.features.select(HISTORY).rows()])]
    if found.alerts.height:
        lines += ["", *_aligned([found.alerts.columns, *found.alerts.rows()])]
    else:
        lines += ["", "no churn alert"]
    return "\n".join(lines)


def verdict(judged: Judged, seconds: float) -> dict[str, Any]:
    """What a verification found as one object; `customers` were compared, `wrong` of them have mismatches."""
    return {
        "customers": judged.customers,
        "mismatches": judged.mismatches,
        "wrong": judged.wrong,
        "waiting": judged.waiting,
        "erased": judged.erased,
        "first": [difference._asdict() for difference in judged.first],
        "seconds": round(seconds, 3),
    }


def sentence(judged: Judged, seconds: float) -> str:
    """The same in lines."""
    lines = [f"{judged.customers:,} customers compared in {seconds:,.1f} s, {judged.erased:,} erased ones left out"]
    lines.append(f"mismatches: {judged.mismatches}" + (f" (of {judged.wrong:,} customers)" if judged.wrong else ""))
    if judged.first:
        heads = ("customer", "field", "stored", "recomputed")
        lines += _aligned([heads, *judged.first])
    if judged.mismatches > len(judged.first):
        lines.append(f"and {judged.mismatches - len(judged.first):,} more")
    if judged.waiting:
        lines.append(
            f"not verified: {judged.waiting:,} customers, whose rows are behind their events; run again when "
            "'c360 status' shows no lag"
        )
    return "\n".join(lines)


def _aligned(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Columns side by side; numbers to the right."""
    cells = [[_text(value) for value in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    right = [all(isinstance(row[at], (int, float, Decimal)) for row in rows[1:]) for at in range(len(widths))]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _plain(value: Any) -> Any:
    """Money as a string, so that no cent is lost; times as ISO 8601 in UTC."""
    if isinstance(value, dt.datetime):
        return written(value)
    return value if value is None or isinstance(value, (int, float, str)) else str(value)
