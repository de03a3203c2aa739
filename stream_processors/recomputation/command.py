"""`c360 features`."""

import contextlib
import datetime as dt
import json
import time
from typing import Any

import click
from rich.console import Console

from schemas.errors import UsageError
from schemas.ids import MAX_ENTITY
from schemas.moments import moment
from schemas.settings import settings
from stream_processors.churn.model import churn_model
from stream_processors.recomputation.customer import evaluated, profile
from stream_processors.recomputation.database import Reader
from stream_processors.recomputation.outcome import keep
from stream_processors.recomputation.progress import Shown
from stream_processors.recomputation.render import answer, sentence, table, verdict
from stream_processors.recomputation.verify import Verification

#: Moments that DateTime64 and the calendar both know.
EARLIEST, LATEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


@click.command("features")
@click.argument("customer_id", metavar="ID", type=click.IntRange(1, MAX_ENTITY), required=False)
@click.option("--as-of", "moment", metavar="T", help="Evaluate a moment from the raw rows: ISO 8601, UTC.")
@click.option(
    "--history", type=click.IntRange(0, 120), default=12, show_default=True, help="The ends of so many months before."
)
@click.option("--verify", "verifying", is_flag=True, help="Recompute all customers from the raw rows and compare.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="With --verify: look at differing rows again, until for so many seconds they get no fewer.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As --format json; with --verify no progress either.")
def features_command(
    customer_id: int | None, moment: str | None, history: int, verifying: bool, wait: float, form: str, as_json: bool
) -> int:
    """Show a customer's features with their history and alerts, or verify everybody's (--verify)."""
    as_json = as_json or form == "json"
    if verifying:
        if customer_id is not None or moment is not None:
            raise UsageError("--verify looks at all customers, at each row's own moment: leave ID and --as-of out.")
        return _verify(wait, as_json)
    if customer_id is None:
        raise UsageError("Whose features? Give a customer's id, for instance 'c360 features 42', or --verify.")
    at = None if moment is None else parsed(moment)
    began = time.monotonic()
    ask, model = Reader(settings()).ask, churn_model()
    found = profile(ask, model, customer_id, history) if at is None else evaluated(ask, model, customer_id, at)
    elapsed = (time.monotonic() - began) * 1000
    click.echo(json.dumps(answer(found, elapsed), allow_nan=False) if as_json else table(found))
    return 0


def parsed(text: str) -> dt.datetime:
    """A moment as ISO 8601; UTC where it names no offset.

    Raises:
        UsageError: it is none, or out of range.
    """
    try:
        found = moment(text).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"--as-of {text!r} is no moment: expected ISO 8601, such as 2026-01-31T12:00:00Z.") from None
    if not EARLIEST <= found < LATEST:
        raise UsageError(f"--as-of {text!r} is out of range: expected a moment from 1970 to 2199.")
    return found


def _verify(wait: float, as_json: bool) -> int:
    began = time.monotonic()
    verification = Verification(Reader(settings()).ask, churn_model())
    with Shown(Console(stderr=True, soft_wrap=True), verification.customers, as_json) as shown:
        judged = verification.run(wait, shown)
    seconds = time.monotonic() - began
    # At one look alone, whoever has events newer than their row seems wrong.
    if wait:
        with contextlib.suppress(OSError):  # the answer counts without its place among the metrics
            keep(settings().home, judged.wrong)
    said: Any = json.dumps(verdict(judged, seconds)) if as_json else sentence(judged, seconds)
    click.echo(said)
    return 0 if judged.verified else 1
