"""`python -m producers.simulate`: lays a world down and streams its events at a steady rate."""

import pathlib
import time
from dataclasses import replace
from datetime import datetime

import click

from producers import labels as labels_file
from producers import options
from producers.plan import Plan, settle
from producers.run import Run
from producers.world.parameters import parameters
from schemas.cli import run
from schemas.errors import UsageError
from schemas.settings import settings


@click.command()
@click.option("--rate", default="50000/s", show_default=True, help="events: 50000/s, 50k/s, 3M/min, or max")
@click.option("--duration", help="60s, 5m, 395d; with --events the span of event time that a history fills")
@click.option("--events", help="number of events, for instance 1.8M; without --duration or this: until Ctrl-C")
@click.option("--seed", default=42, show_default=True, type=click.IntRange(0), help="same seed, same world and events")
@click.option("--customers", default="50000", show_default=True, help="number of customers")
@click.option("--products", default="5000", show_default=True, help="number of products")
@click.option("--start", help="time of the first event, ISO 8601  [default: now]")
@click.option("--epoch", type=click.DateTime(["%Y-%m-%d"]), help="the world's first day  [default: 2025-10-01]")
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="processes, at most one a partition"
)
@click.option("--only", help="streams to send: customers,products,transactions,interactions")
@click.option("--mix", help="parts of the events, for instance interactions=75,transactions=24,customers=1")
@click.option("--dry-run", is_flag=True, help="make and encode the events, send nothing")
@click.option("--acked", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="write acknowledged ids (.npz)")
@click.option(
    "--labels", type=click.Path(dir_okay=False, path_type=pathlib.Path), help="write who drops out when (.csv)"
)
@click.option("--json", "as_json", is_flag=True, help="end with the account as one JSON object; no progress lines")
def main(
    rate: str,
    duration: str | None,
    events: str | None,
    seed: int,
    customers: str,
    products: str,
    start: str | None,
    epoch: datetime | None,
    workers: int,
    only: str | None,
    mix: str | None,
    dry_run: bool,
    acked: pathlib.Path | None,
    labels: pathlib.Path | None,
    as_json: bool,
) -> int:
    """Simulates customers: lays them and their products down once, then streams what they do."""
    streams = options.streams(only)
    pace = options.rate(rate)
    count, length, seconds = settle(
        pace,
        options.span_ms(duration) if duration else None,
        options.count("events", events) if events else None,
        streams,
    )
    plan = Plan(
        seed=seed,
        customers=options.within_ids("customers", options.count("customers", customers, lowest=1)),
        products=options.within_ids("products", options.count("products", products, lowest=1)),
        epoch=epoch.date() if epoch else parameters()["epoch"],
        mix=tuple(options.mix(mix, parameters()["mix"]).items()),
        streams=streams,
        pace=pace,
        events=count,
        length=length,
        seconds=seconds,
    )
    plan = _started(plan, options.moment_ms(start) if start else None)
    for path in (acked, labels):
        labels_file.writable(path)
    if dry_run and plan.events is None:
        raise UsageError("--dry-run has no end without --events, or --duration at a --rate that is not max.")
    here = settings()
    one = Run(plan, here, dated_now=start is None, workers=workers, as_json=as_json, acked=acked)
    world = plan.world()
    if labels:
        labels_file.write(labels, world)
    return one.dry(world) if dry_run else one.real(world)


def _started(plan: Plan, start: int | None) -> Plan:
    """The plan with its start, checked against the clock; what starts now is dated anew when all is ready."""
    now = time.time_ns() // 1_000_000
    plan = replace(plan, start=now if start is None else start)
    plan.check(now)
    return plan


if __name__ == "__main__":
    run(main, name="python -m producers.simulate")
