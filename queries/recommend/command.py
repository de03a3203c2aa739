"""`python -m queries.recommend refresh` and `c360 recommend`."""

import contextlib
import datetime as dt
import json
import sys
import time
from dataclasses import asdict

import click
from clickhouse_connect.driver.exceptions import ClickHouseError
from rich.console import Console
from rich.table import Table

from queries.recommend.serving import Item, Recommendations, Recommender
from schemas.alone import alone
from schemas.clients import writer_client
from schemas.errors import C360Error, first_line
from schemas.ids import MAX_ENTITY
from schemas.moments import written
from schemas.settings import settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """What customers may like next."""


@main.command("refresh")
@click.option("--active", "is_active", is_flag=True, help="Only customers who did anything since the last refresh.")
@click.option("--json", "as_json", is_flag=True, help="No progress; one JSON object at the end.")
def refresh_command(is_active: bool, as_json: bool) -> None:
    """Compute everybody's recommendations; the old ones answer until all new ones are there.

    Broken off, it goes on where it was when it is run again.
    """
    from queries.recommend.progress import Shown
    from queries.recommend.refresh import active, complete
    from queries.recommend.store import Store

    chosen, began = settings(), time.monotonic()
    lock = chosen.home / "run" / "recommend.lock"
    refusal = "Another refresh of recommendations is under way here. Wait until it has ended."
    with alone(lock, refusal), contextlib.closing(writer_client(chosen)) as client:
        store, now = Store(client, chosen.clickhouse_cluster), dt.datetime.fromtimestamp(time.time(), dt.UTC)
        with Shown(Console(stderr=True, soft_wrap=True), as_json) as shown:
            try:
                outcome = (active if is_active else complete)(store, now, shown.tell)
            except ClickHouseError as error:
                raise C360Error(
                    f"The refresh was broken off: {first_line(error)} What was stored is kept; run it again."
                ) from None
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        click.echo(json.dumps({**asdict(outcome), "seconds": seconds}))
        return
    gone_on = ", going on with a build that was broken off" if outcome.resumed else ""
    click.echo(f"recommendations of {outcome.customers:,} customers in {seconds} s{gone_on}")


@click.command("recommend")
@click.argument("customer_id", metavar="ID", type=click.IntRange(1, MAX_ENTITY))
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="Products at most.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
def recommend_command(customer_id: int, limit: int, form: str, as_json: bool) -> None:
    """Show what a customer may like next, and why; the lists are made by 'python -m queries.recommend refresh'."""
    began, recommender = time.monotonic(), Recommender(settings())
    try:
        found = recommender.of(customer_id, limit)
    finally:
        recommender.close()
    if as_json or form == "json":
        columns = ["rank", *Item._fields]
        rows = [[rank, *item] for rank, item in enumerate(found.items, start=1)]
        elapsed = round((time.monotonic() - began) * 1000, 3)
        answer = {
            "customer_id": customer_id,
            "source": found.source,
            "as_of": written(found.as_of),
            "columns": columns,
            "rows": rows,
            "elapsed_ms": elapsed,
        }
        click.echo(json.dumps(answer, default=str))
        return
    table = Table("", "product", "name", "category", "brand", "price", "reason", title=_title(found))
    for rank, item in enumerate(found.items, start=1):
        price = f"{item.price:,.2f}"
        table.add_row(str(rank), str(item.product_id), item.name, item.category, item.brand, price, item.reason)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _title(found: Recommendations) -> str:
    whose = {"own": "their own list", "segment": "what their segment buys", "popular": "what everybody buys"}
    return f"customer {found.customer_id}: {whose[found.source]}, as of {written(found.as_of)}"
