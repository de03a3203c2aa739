"""The commands `c360 use-case`, `c360 report` and `c360 onboard`."""

import contextlib
import functools
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from queries.cli import assignments
from queries.use_cases.report import UseCase
from schemas.errors import UsageError
from schemas.ids import MAX_ENTITY
from schemas.settings import settings


class Words(NamedTuple):
    """What all of these commands take beside the name of what they run."""

    given: dict[str, str]
    csv_file: Path | None
    parquet_file: Path | None
    force: bool
    as_json: bool


def _shared(run: Callable[..., None]) -> Callable[..., None]:
    """Adds the options, which `run` gets as Words behind its own argument."""

    @functools.wraps(run)
    def command(named: Any, params: tuple[str, ...], **options: Any) -> None:
        run(named, Words(assignments(params), **options))

    for decorate in (
        click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="A parameter; once for each."),
        click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the list to this file as CSV."),
        click.option("--parquet", "parquet_file", type=click.Path(path_type=Path), help="The same as Parquet."),
        click.option("--force", is_flag=True, help="Replace files that exist."),
        click.option("--json", "as_json", is_flag=True, help="Steps and conclusion as one JSON object."),
    ):
        command = decorate(command)
    return command


@click.command("use-case")
@click.argument("named", metavar="[NUMBER]", required=False)
@_shared
def use_case_command(number: str | None, words: Words) -> None:
    """Run one of the five use cases over live data, to the list that its owner acts on; without a number, list them."""
    from queries.use_cases import cases

    _run(cases.USE_CASES, "use case", number, words)


@click.command("report")
@click.argument("named", metavar="[NAME]", required=False)
@_shared
def report_command(name: str | None, words: Words) -> None:
    """Run a report over live data: abandoned carts, stock planning, dormant customers; without a name, list them."""
    from queries.use_cases import cases

    _run(cases.REPORTS, "report", name, words)


@click.command("onboard")
@click.argument("named", metavar="ID", type=click.IntRange(1, MAX_ENTITY))
@_shared
def onboard_command(customer_id: int, words: Words) -> None:
    """Show whom a new customer is most like, what they will be worth in 12 months, and how to welcome them."""
    from queries.use_cases.onboarding import CASE

    if "customer_id" in words.given:
        raise UsageError(
            f"The customer is named twice: {customer_id} and --param customer_id={words.given['customer_id']}."
        )
    _conclude(CASE, {**words.given, "customer_id": customer_id}, words)


def _run(known: Mapping[str, UseCase], kind: str, wanted: str | None, words: Words) -> None:
    if wanted is None:
        click.echo("\n".join(_listed(case) for case in known.values()))
        return
    if wanted not in known:
        raise UsageError(f"There is no {kind} '{wanted}'. There are: {', '.join(known)}.")
    _conclude(known[wanted], words.given, words)


def _conclude(case: UseCase, given: Mapping[str, object], words: Words) -> None:
    from queries.recommend.serving import Recommender
    from queries.runner import Runner
    from queries.use_cases import files, show
    from queries.use_cases.asking import run

    for path in (words.csv_file, words.parquet_file):
        if path is not None:
            files.refuse_existing(path, force=words.force)
    here = settings()
    runner = Runner(here)
    with contextlib.closing(Recommender(here)) as serving:
        report = run(case, given, runner, serving)
    if words.csv_file is not None:
        files.write_csv(report.conclusion, words.csv_file)
    if words.parquet_file is not None:
        files.write_parquet(report.conclusion, words.parquet_file)
    click.echo(show.as_json(report) if words.as_json else show.shown(report, terminal=sys.stdout.isatty()))
    if behind := runner.behind():
        click.echo(f"The rollups are behind the rows ({behind}): the newest events may not be counted yet.", err=True)


def _listed(case: UseCase) -> str:
    lines = [f"{case.name:<10}{case.title}, for {case.whose}"]
    for knob in case.knobs:
        default = ",".join(map(str, knob.default)) if isinstance(knob.default, list) else knob.default
        lines.append(f"{'':10}--param {knob.name}={knob.type:<16} {knob.meaning}; default {default!r}")
    return "\n".join(lines)
