"""`python -m tests.chaos --minutes M --seed N`: exits 0 when every check is 0, and 1 when one is not."""

import json
import random
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.table import Table

from schemas.cli import run as to_exit
from tests.chaos.account import WRONG
from tests.chaos.disks import own_mounts
from tests.chaos.run import Plan, run

RATES = {1: 50_000, 3: 20_000}
#: Of events a second there are so many customers: of fewer, each has more purchases within a week than anybody makes.
CUSTOMERS_EACH, LEAST_CUSTOMERS = 10, 5_000
#: What is not a number, but numbers by part, and room for them.
RECOVERY, WIDTH = "recovery", 140


@click.command()
@click.option("--minutes", type=click.FloatRange(0.1), default=5.0, show_default=True, help="of stream, at least")
@click.option("--seed", type=click.IntRange(0), help="of what is done when  [default: one of chance, printed]")
@click.option("--brokers", type=click.Choice(["1", "3"]), default="1", show_default=True)
@click.option("--rate", type=click.IntRange(1), help="events per second  [default: 50000; 20000 for three brokers]")
@click.option("--faults", type=click.IntRange(1), help="how many  [default: one every 15 s]")
@click.option(
    "--overlap",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    help="share that comes amid another fault",
)
@click.option("--kills", type=click.IntRange(1), help="nothing but kill -9, of each process so often")
@click.option(
    "--ingest", type=click.Choice(["engine", "client"]), default="engine", show_default=True, help="the way in"
)
@click.option("--customers", type=click.IntRange(10), help="[default: ten for each event a second, at least 5000]")
@click.option("--disks", is_flag=True, help="fill and slow down disks too: for root on Linux")
@click.option("--past", is_flag=True, help="stream a history, in which alerts are raised meanwhile")
@click.option("--logs", type=click.Path(path_type=Path), help="folder that the parts' logs are copied into at the end")
@click.option("--json", "as_json", is_flag=True, help="end with the numbers as one object")
def main(
    minutes: float,
    seed: int | None,
    brokers: str,
    rate: int | None,
    faults: int | None,
    overlap: float,
    kills: int | None,
    ingest: str,
    customers: int | None,
    disks: bool,
    past: bool,
    logs: Path | None,
    as_json: bool,
) -> int:
    """The whole stack at a set rate under faults of a seeded schedule; then everything is counted."""
    # Whoever ends it has nothing left behind; in the background of a shell, Ctrl-C's signal is ignored by itself.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if disks and (reason := own_mounts()):
        raise click.UsageError(f"--disks cannot be had here: {reason}.")
    if kills and (faults or disks or past):
        raise click.UsageError("--kills is a schedule of its own: leave --faults, --disks and --past out.")
    count, seed = int(brokers), random.SystemRandom().randrange(1 << 32) if seed is None else seed
    rate = rate or RATES[count]
    plan = Plan(
        seed, minutes * 60, rate, count, faults, customers or max(LEAST_CUSTOMERS, CUSTOMERS_EACH * rate), disks, past,
        0.0 if kills else overlap, kills or 0, ingest,
    )  # fmt: skip
    click.echo(f"To have it again: {_again(plan, minutes)}")
    for fault in plan.schedule:
        click.echo(f"{fault.at:6.1f} s  {fault}")
    click.echo("")
    found = run(plan, click.echo, logs)
    wrong = [name for name in WRONG if found[name]]
    _print(found, wrong)
    if as_json:
        click.echo(json.dumps(found))
    return 1 if wrong else 0


def _print(found: Mapping[str, Any], wrong: Sequence[str]) -> None:
    """The account; of kills, the seconds by part as well."""
    table = Table("check", "found", "")
    for name, value in found.items():
        if name != RECOVERY:
            table.add_row(name, str(value), {True: "WRONG", False: "ok"}[name in wrong] if name in WRONG else "")
    Console().print(table)
    if found[RECOVERY]:
        names = list(next(iter(found[RECOVERY].values())))
        by_part = Table("part", *names)
        for part, figures in found[RECOVERY].items():
            by_part.add_row(part, *(str(figures[name]) for name in names))
        Console(width=WIDTH).print(by_part)


def _again(plan: Plan, minutes: float) -> str:
    """The command for the same schedule."""
    words = {
        "minutes": minutes, "seed": plan.seed, "brokers": plan.brokers, "rate": plan.rate, "faults": plan.faults,
        "customers": plan.customers, "ingest": plan.ingest,
        **({"kills": plan.kills} if plan.kills else {"overlap": plan.overlap}),
    }  # fmt: skip
    given = [f"--{name} {value}" for name, value in words.items() if value is not None]
    return " ".join(["python -m tests.chaos", *given, *["--disks"] * plan.disks, *["--past"] * plan.past])


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


to_exit(main, name="python -m tests.chaos")
