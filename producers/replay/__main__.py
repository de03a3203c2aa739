"""`python -m producers.replay FILES...`."""

import functools
import json
import time
from pathlib import Path

import click
from rich.console import Console

from producers import options
from producers.replay import mapping as mappings
from producers.replay.account import Account, Shown
from producers.replay.adoption import StoppedError, roots
from producers.replay.files import found
from producers.replay.guess import guess
from producers.replay.jobs import Job, jobs
from producers.replay.lookup import answer
from producers.replay.pace import Pace
from producers.replay.rejects import Rejects
from producers.replay.session import folder, real, trial
from producers.signals import exit_code, heard
from schemas.cli import run
from schemas.errors import UsageError
from schemas.settings import settings


@click.command()
@click.argument("files", nargs=-1)
@click.option(
    "--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="what columns mean (TOML)"
)
@click.option("--guess", "guessing", is_flag=True, help="print a mapping that may fit, send nothing")
@click.option("--who", help="print the number of an id, or the id of a number: customer=C-0017")
@click.option("--rate", default="max", show_default=True, help="events: 5000/s, 3M/min, or max")
@click.option("--speed", help="as many times as fast as it happened, for instance 1000x")
@click.option(
    "--rejects", type=click.Path(dir_okay=False, path_type=Path), help="where rows go that cannot be used (.csv)"
)
@click.option("--max-rejects", default=1000, show_default=True, type=click.IntRange(0), help="stop when there are more")
@click.option("--again", is_flag=True, help="send files that were replayed before once more, under the same ids")
@click.option("--dry-run", is_flag=True, help="read and check everything, send nothing")
@click.option("--json", "as_json", is_flag=True, help="end with the account as one JSON object; no progress")
def main(
    files: tuple[str, ...],
    mapping: Path | None,
    guessing: bool,
    who: str | None,
    rate: str,
    speed: str | None,
    rejects: Path | None,
    max_rejects: int,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Replays history from CSV and Parquet files into the topics of live events."""
    if who is not None:
        click.echo(answer(settings(), who))
        return 0
    if not files:
        raise UsageError("No files were named: expected CSV or Parquet files, folders of them, or patterns.")
    if guessing:
        click.echo("\n".join(proposal.toml() for file in found(files) for proposal in guess(file)), nl=False)
        return 0
    pace, factor = options.rate(rate), _speed(speed, rate)
    todo = jobs(found(files), mappings.read(mapping) if mapping else None)
    place = rejects or folder(settings()) / f"{todo[0].file.path.name}.rejects.csv"
    if place.exists() and any(place.samefile(one) for one in (*(job.file.path for job in todo), mapping) if one):
        raise UsageError(f"--rejects names {place}, which is read and would be written over. Name another file.")
    bad = Rejects(place, max_rejects)
    account, began = Account(), time.monotonic()
    try:
        with heard() as caught:
            _replay(todo, again, Pace(pace, factor), account, bad, caught, dry_run, as_json)
    except StoppedError as stop:
        click.echo(str(stop), err=True)
    finally:
        bad.close()
        account.seconds = round(time.monotonic() - began, 3)
        _report(account, bad, as_json)
    return exit_code(caught) or int(account.failed > 0)


def _replay(
    todo: list[Job],
    again: bool,
    pace: Pace,
    account: Account,
    bad: Rejects,
    caught: list[int],
    dry_run: bool,
    as_json: bool,
) -> None:
    total = sum(job.file.size for job in todo)
    console = Console(soft_wrap=True, quiet=as_json)
    if dry_run:
        opened = trial(pace, account, bad, caught)
    else:
        say = functools.partial(console.print, markup=False)
        opened = real(settings(), roots(todo), pace, account, bad, caught, say)
    with opened as replay, Shown(console, as_json, total, account) as shown:
        replay.run(todo, again, pace.in_order, shown)


def _report(account: Account, bad: Rejects, as_json: bool) -> None:
    if not account.read and not account.skipped_files:
        return
    if bad.count:
        often = "; ".join(f"{count:,} x {reason}" for reason, count in bad.reasons.most_common(3))
        click.echo(f"{bad.count:,} rows rejected, see {bad.path}: {often}", err=True)
    for kind, moved in account.renumbered.items():
        for text, number in list(moved.items())[:5]:
            click.echo(f"{kind} '{text}': the number is taken, so {number} stands for it", err=True)
    click.echo(account.line())
    if as_json:
        click.echo(json.dumps(account.as_json()))


def _speed(text: str | None, rate: str) -> float | None:
    if text is None:
        return None
    factor = options.speed(text)
    if rate != "max":
        raise UsageError("--rate and --speed were both given: choose one.")
    return factor


if __name__ == "__main__":
    run(main, name="python -m producers.replay")
