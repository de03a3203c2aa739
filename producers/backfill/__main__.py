"""`python -m producers.backfill`: lays thirteen months of history, whole and once, however often it is cut off."""

import contextlib
import pathlib
import time
from collections.abc import Mapping
from fractions import Fraction

import click
from rich.console import Console

from producers import account, making, options
from producers import labels as labels_file
from producers.backfill import validation
from producers.backfill.files import Files
from producers.backfill.history import CUSTOMERS, NOW, PRODUCTS, Request
from producers.backfill.run import Backfill
from producers.display import Display
from producers.plan import Plan
from producers.world.events import Part
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
@click.option(
    "--labels", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="write who drops out when (.csv)"
)
@click.option(
    "--files",
    type=click.Path(path_type=pathlib.Path),
    help="with --dry-run: write customers, transactions and interactions as Parquet to this new folder",
)
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
    labels: pathlib.Path | None,
    files: pathlib.Path | None,
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
    labels_file.writable(labels)
    if files and not dry_run:
        raise UsageError("--files goes with --dry-run: what is sent can be had from 'c360 export'.")
    if labels:
        # A real run until now is settled against Kafka; its truth is that of the same command's first run.
        if request.until == NOW and not dry_run:
            raise UsageError("--labels needs an end: give --to a moment instead of 'now', or add --dry-run.")
        labels_file.write(labels, request.plan(now).world())
    if not dry_run:
        return Backfill(request, settings(), workers, resume, validate, as_json).real(now)
    return _dry(request.plan(now), validate, files, as_json)


def _dry(plan: Plan, validate: bool, files: pathlib.Path | None, as_json: bool) -> int:
    """Makes and encodes the events, sends nothing; validates and writes what it makes if that is asked for."""
    world = plan.world()
    watched = validation.Validation(plan, world) if validate else None
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(Files(files, world)) if files else None
        display = stack.enter_context(Display(Console(soft_wrap=True), plan.events, as_json))
        observers = [one.add for one in (watched, written) if one]

        def observe(parts: Mapping[str, Part]) -> None:
            for add in observers:
                add(parts)

        made = making.dry(plan, world, display, observe)
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
