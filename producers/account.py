"""The account of a run: how many records were sent, acknowledged and failed, printed as a line and as JSON."""

import json
from collections.abc import Mapping
from typing import Any

import click

from producers.counters import Totals
from producers.plan import Plan
from producers.sender import Sent

NOTHING: dict[str, Any] = {"sent": 0, "acknowledged": 0, "failed": 0, "streams": {}, "seconds": 0.0}


def figures(plan: Plan, totals: Totals, sent: list[Sent], seconds: float) -> dict[str, Any]:
    """The account of what has been streamed in so many seconds."""
    return {
        "sent": totals.all_sent,
        "acknowledged": totals.all_sent - totals.all_failed,
        "failed": totals.all_failed,
        "streams": {stream: number - totals.failed[stream] for stream, number in totals.sent.items()},
        "seconds": round(seconds, 3),
        "rate": round(totals.all_sent / seconds, 1) if seconds > 0 else 0.0,
        "source": plan.source,
        "start": plan.start_iso,
        "reason": next((one.reason for one in sent if one.reason), ""),
    }


def tell(account: dict[str, Any], as_json: bool, more: Mapping[str, Any] | None = None) -> None:
    """Prints it; says on stderr why records failed, if any did. `more` is too long for a line: it is for JSON alone."""
    if account["failed"]:
        click.echo(f"Error: {account['failed']:,} records failed: {account.get('reason', '')}", err=True)
    account = {name: value for name, value in account.items() if name != "reason"}
    click.echo(account_line(account))
    if as_json:
        click.echo(json.dumps({**account, **(more or {})}))


def account_line(account: dict[str, Any]) -> str:
    """sent=... acknowledged=... failed=..., then the rest, flat."""
    words = []
    for name, value in account.items():
        if isinstance(value, dict):
            words += [f"{name}.{inner}={number}" for inner, number in value.items()]
        else:
            words.append(f"{name}={value}")
    return " ".join(words)
