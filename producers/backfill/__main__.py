"""`python -m producers.backfill`: lays thirteen months of history, whole and once, however often it is cut off."""

import time
from fractions import Fraction

import click
from rich.console import Console

from producers import account, making, options
from producers.backfill import validation
from producers.backfill.history import CUSTOMERS, NOW, PRODUCTS, Request
from producers.backfill.run import Backfill
from producers.display import Display
from producers.plan import Plan
from schemas.cli import run
from schemas.errors import UsageError
from schemas.settings import settings


@click.command()
@click.option("--customers", default=str(CUSTOMERS), show_default=True, help="number of customers, before --scale")
@click.option("--products", default=str(PRODUCTS), show_default=True, help="number of products, before --scale")
@click.option("--scale", default="1", show_default=True, help="0.1 for a tenth of everything")
@click.option("--from", "begin", help="first day or moment, ISO 8601  [default: the world's epoch]")
@click.option("--to", "until", help="end, ISO 8601 or 'now'  [default: 395 days after --from]")
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0), help="same seed, same world and events")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="processes, at most one a partition"
)
@click.option("--resume/--no-resume", default=True, show_default=True, help="go on where it stopped, or send all again")
@click.option("--validate", is_flag=True, help="target against got, figure by figure; off target nothing is sent")
@click.option("--dry-run", is_flag=True, help="make and encode the events, send nothing")
@click.option("--json", "as_json", is_flag=True, help="end with the account as one JSON object; no progress lines")
def main(
    customers: str,
    products: str,
    scale: str,
    begin: str | None,
    until: str | None,
    seed: int,
    workers: int,
    resume: bool,
    validate: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Lays the history of customers, products and what they did, dated then, into the topics of the live events."""
    factor = options.scale(scale)
    request = Request(
        seed=seed,
        customers=_scaled("customers", options.count("customers", customers, lowest=1) * factor),
        products=_scaled("products", options.count("products", products, lowest=1) * factor),
        begin=options.moment_ms(begin, "from") if begin else None,
        until=until if until in (None, NOW) else options.moment_ms(str(until), "to"),
    )
    now = time.time_ns() // 1_000_000
    if not dry_run:
        return Backfill(request, settings(), workers, resume, validate, as_json).real(now)
    return _dry(request.plan(now), validate, as_json)


def _dry(plan: Plan, validate: bool, as_json: bool) -> int:
    """Makes and encodes the events, sends nothing; validates what it makes if that is asked for."""
    world = plan.world()
    watched = validation.Validation(plan, world) if validate else None
    with Display(Console(soft_wrap=True), plan.events, as_json) as display:
        made = making.dry(plan, world, display, watched.add if watched else lambda _: None)
    found = watched.figures() if watched else []
    account.tell({**account.NOTHING, **made}, as_json, validation.account(found) if watched else {})
    validation.tell(found, as_json or not watched)
    validation.refuse(found)
    return 0


def _scaled(name: str, value: Fraction) -> int:
    if round(value) < 1:
        raise UsageError(f"--scale leaves no {name}: give a larger one, or more --{name}.")
    return options.within_ids(name, round(value))


if __name__ == "__main__":
    run(main, name="python -m producers.backfill")
