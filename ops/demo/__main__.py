"""`python -m ops.demo`, which `make run` calls: everything from set-up to answers, then on or out."""

import os
import signal
import sys
from datetime import UTC, datetime
from typing import NoReturn

import click
from rich.console import Console

from ops.demo import history, tour
from ops.demo.account import account
from ops.demo.live import drained, simulate
from ops.demo.recommending import recommend
from ops.stack import attached
from producers import options
from producers.backfill.history import DAYS
from queries.runner import Runner
from schemas.cli import run
from schemas.clients import reader_client
from schemas.errors import C360Error
from schemas.settings import Settings, settings

CUSTOMERS = 50_000
PRODUCTS = 5_000
SEED = 42
AFTERWARDS = "1000/s"
#: Columns of a table that goes to a file or a pipe.
PLAIN_WIDTH = 180


@click.command()
@click.option("--rate", envvar="RUN_RATE", default="50000", show_default=True, help="live events per second")
@click.option("--seconds", envvar="RUN_SECONDS", default=60, show_default=True, type=click.IntRange(1))
@click.option("--history-events", type=click.IntRange(1000), help="[default: 34.35 for each customer]")
@click.option("--customers", default=CUSTOMERS, show_default=True, type=click.IntRange(100))
def main(rate: str, seconds: int, history_events: int | None, customers: int) -> None:
    """Starts the embedded stack, lays 13 months of history, streams live events, accounts for each, and asks around."""
    # Refused now, not after the history.
    options.rate(rate)
    events = history_events or round(history.EVENTS * customers)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stopped)
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    here = settings()
    console.print("Starting the stack ...")
    with attached(here) as attachment:
        ours = attachment.supervisor is not None
        console.print("It answers." if ours else "It was up already.")
        console.print(f"Watch it in a browser: {here.console_url} ('c360 console' says where the password stands)")
        try:
            _show(console, here, _world(customers), rate, seconds, events)
        finally:
            console.print("Stopping the stack ..." if ours else "The stack stays up.")


def _show(console: Console, here: Settings, world: list[str], rate: str, seconds: int, history_events: int) -> None:
    ledger = history.read(here, datetime.now(UTC))
    # The world begins with its history: registrations and drop-outs then fall into it, whatever the year.
    world = [*world, "--epoch", ledger.history_start[:10]]
    if ledger.history_done:
        console.print(f"History since {ledger.history_start} is there already.")
    else:
        history.refuse_if_too_late(reader_client(here), here, ledger)
        console.rule(f"{history_events:,} events of history, from {ledger.history_start}")
        history.write(here, ledger)
        past = ["--start", ledger.history_start, "--duration", f"{DAYS}d", "--events", str(history_events)]
        ledger = ledger.plus(simulate(console, here, [*world, *past, "--rate", "max"]))
        history.write(here, ledger)
        drained(console, here)
    recommend(console, here)
    console.rule(f"Live events, {rate}{'' if '/' in rate or rate == 'max' else '/s'}, for {seconds} s")
    ledger = ledger.plus(simulate(console, here, [*world, "--rate", rate, "--duration", f"{seconds}s"]))
    history.write(here, ledger)
    drained(console, here)
    runner = Runner(here)
    _accounted(console, here, runner, ledger)
    tour.reports(console, runner, "sql")
    tour.reports(console, runner, "cypher")
    tour.alerts(console, here)
    if sys.stdin.isatty() and sys.stdout.isatty():
        console.rule(f"Going on at {AFTERWARDS} until Ctrl-C")
        console.print("Ask in another terminal: .venv/bin/c360 sql 1, .venv/bin/c360 cypher 4, .venv/bin/c360 alerts")
        history.write(here, ledger.plus(simulate(console, here, [*world, "--rate", AFTERWARDS], until_stopped=True)))


def _accounted(console: Console, here: Settings, runner: Runner, ledger: history.Ledger) -> None:
    console.rule("Every event accounted for")
    lines = account(reader_client(here), lambda text: int(runner.cypher(text, {}).rows[0][0]), ledger.acknowledged)
    for line in lines:
        counts = "   ".join(f"{way} {count:,}" for way, count in line.counts.items())
        console.print(f"{'equal ' if line.holds else 'WRONG '} {line.what}: {counts}", highlight=False)
    if not all(line.holds for line in lines):
        raise C360Error(
            "The counts differ: something was lost or counted twice. Look at 'c360 logs' and 'c360 status'."
        )


def _world(customers: int) -> list[str]:
    return ["--customers", str(customers), "--products", str(PRODUCTS), "--seed", str(SEED)]


def _stopped(number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt(os.strerror(number))


if __name__ == "__main__":
    run(main, name="python -m ops.demo")
