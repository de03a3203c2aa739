"""`c360 reset-offsets`: lets tables read a topic again from an offset or a time. Repeats count once."""

import contextlib
from collections.abc import Iterator

import click

from ops.stack import control, supervisor
from ops.stack.home import Home, locked
from ops.stack.parts import INGEST
from schemas.errors import UsageError
from schemas.groups import STORED
from schemas.settings import Settings, settings
from sinks.reset_offsets import Reset, moment_of, move, offsets_of


@click.command("reset-offsets")
@click.argument("stream", type=click.Choice([topic.stream for topic in STORED]))
@click.option("--to-earliest", is_flag=True, help="From the oldest record there is.")
@click.option("--to-datetime", metavar="TIME", help="From the first record of this event time on: ISO 8601, UTC.")
@click.option(
    "--to-offset", "places", multiple=True, metavar="PARTITION:OFFSET", help="From this offset on; repeatable."
)
@click.option("--dry-run", is_flag=True, help="Say what would be read again.")
def reset_offsets_command(
    stream: str, to_earliest: bool, to_datetime: str | None, places: tuple[str, ...], dry_run: bool
) -> None:
    """Let ClickHouse read STREAM again, for instance into a new column or a table that lost rows.

    What is stored already is known by its key and counts once. Features are not read again: they go by their snapshots.
    """
    if sum((to_earliest, to_datetime is not None, bool(places))) != 1:
        raise UsageError("Say from where: one of --to-earliest, --to-datetime TIME, --to-offset PARTITION:OFFSET.")
    reset = Reset(settings(), next(topic for topic in STORED if topic.stream == stream))
    spans = reset.spans()
    if to_datetime is not None:
        offsets = reset.at_time(moment_of(to_datetime), spans)
    else:
        offsets = {number: span.begin for number, span in spans.items()} if to_earliest else offsets_of(places, spans)
    for number, offset in sorted(offsets.items()):
        again = max(0, spans[number].at - offset)
        click.echo(f"partition {number}: from {spans[number].at} to {offset}, {again:,} records are read again")
    if not dry_run:
        with _without_ingestion(settings()):
            move(settings(), {reset: offsets})


@contextlib.contextmanager
def _without_ingestion(here: Settings) -> Iterator[None]:
    """The stack's own client takes nothing in while the block lasts; afterwards it does again."""
    home = Home(here.home)
    if not INGEST.applies(here) or supervisor.kept(home) is None:
        yield
        return
    with locked(home.root), control.standing_still(here, [INGEST.name]):
        yield
