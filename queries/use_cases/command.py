"""The commands `c360 use-case`, `c360 report` and `c360 onboard`."""

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from queries.cli import assignments
from queries.use_cases.report import UseCase
from schemas.errors import UsageError
from schemas.ids import MAX_ENTITY
from schemas.settings import settings


def _shared(command: Any) -> Any:
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
@click.argument("number", required=False)
@_shared
def use_case_command(
    number: str | None,
    params: tuple[str, ...],
    csv_file: Path | None,
    parquet_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Run one of the five use cases over live data, to the list that its owner acts on; without a number, list them."""
    from queries.use_cases import cases

    _run(cases.USE_CASES, "use case", number, assignments(params), csv_file, parquet_file, force, as_json)


@click.command("report")
@click.argument("name", required=False)
@_shared
def report_command(
    name: str | None,
    params: tuple[str, ...],
    csv_file: Path | None,
    parquet_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Run a report over live data: abandoned carts, stock planning, dormant customers; without a name, list them."""
    from queries.use_cases import cases

    _run(cases.REPORTS, "report", name, assignments(params), csv_file, parquet_file, force, as_json)


@click.command("onboard")
@click.argument("customer_id", metavar="ID", type=click.IntRange(1, MAX_ENTITY))
@_shared
def onboard_command(
    customer_id: int,
    params: tuple[str, ...],
    csv_file: Path | None,
    parquet_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Show whom a new customer is most like, what they will be worth in 12 months, and how to welcome them."""
    from queries.use_cases.onboarding import CASE

    given = assignments(params)
    if "customer_id" in given:
        raise UsageError(f"The customer is named twice: {customer_id} and --param customer_id={given['customer_id']}.")
    _conclude(CASE, {**given, "customer_id": customer_id}, csv_file, parquet_file, force, as_json)


def _run(
    known: Mapping[str, UseCase],
    kind: str,
    wanted: str | None,
    given: Mapping[str, str],
    csv_file: Path | None,
    parquet_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    if wanted is None:
        click.echo("\n".join(_listed(case) for case in known.values()))
        return
    if wanted not in known:
        raise UsageError(f"There is no {kind} '{wanted}'. There are: {', '.join(known)}.")
    _conclude(known[wanted], given, csv_file, parquet_file, force, as_json)


def _conclude(
    case: UseCase,
    given: Mapping[str, object],
    csv_file: Path | None,
    parquet_file: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    from queries.recommend.serving import Recommender
    from queries.runner import Runner
    from queries.use_cases import files, show
    from queries.use_cases.asking import run

    for path in (csv_file, parquet_file):
        if path is not None:
            files.refuse_existing(path, force=force)
    here = settings()
    runner = Runner(here)
    with contextlib.closing(Recommender(here)) as serving:
        report = run(case, given, runner, serving)
    if csv_file is not None:
        files.write_csv(report.conclusion, csv_file)
    if parquet_file is not None:
        files.write_parquet(report.conclusion, parquet_file)
    click.echo(show.as_json(report) if as_json else show.shown(report, terminal=sys.stdout.isatty()))
    if behind := runner.behind():
        click.echo(f"The rollups are behind the rows ({behind}): the newest events may not be counted yet.", err=True)


def _listed(case: UseCase) -> str:
    lines = [f"{case.name:<10}{case.title}, for {case.whose}"]
    for knob in case.knobs:
        default = ",".join(map(str, knob.default)) if isinstance(knob.default, list) else knob.default
        lines.append(f"{'':10}--param {knob.name}={knob.type:<16} {knob.meaning}; default {default!r}")
    return "\n".join(lines)
