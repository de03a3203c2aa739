"""The commands `c360 sql`, `c360 cypher`, `c360 queries` and `c360 alerts`."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from queries.catalogue import Language, Query, catalogue
from schemas.errors import QueryError, UsageError
from schemas.settings import settings

if TYPE_CHECKING:
    from queries.runner import Result, Runner

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = click.Choice(["table", "json", "csv"])


def _shared(command: Command) -> Command:
    for decorate in (
        click.argument("wanted", metavar="NUMBER|NAME|-"),
        click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="A parameter; once for each."),
        click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="Form of the answer."),
        click.option("--explain", is_flag=True, help="Show how the query would be answered, without answering it."),
    ):
        command = decorate(command)
    return command


@click.command("sql")
@_shared
def sql_command(wanted: str, params: tuple[str, ...], form: Any, explain: bool) -> None:
    """Run a SQL report by number or name ('c360 queries' lists them), or the SQL on standard input ('-')."""

    def answer(runner: "Runner", given: Mapping[str, str]) -> "Result":
        return runner.sql_text(_stdin(), given) if wanted == "-" else runner.sql(wanted, given)

    _run("sql", wanted, params, form, explain, answer)


@click.command("cypher")
@_shared
def cypher_command(wanted: str, params: tuple[str, ...], form: Any, explain: bool) -> None:
    """Run a Cypher query by number or name ('c360 queries' lists them), or the Cypher on standard input ('-')."""

    def answer(runner: "Runner", given: Mapping[str, str]) -> "Result":
        if wanted != "-":
            return runner.cypher(wanted, given)
        return runner.cypher_text(_stdin(), {name: guessed(value) for name, value in given.items()})

    _run("cypher", wanted, params, form, explain, answer)


@click.command("queries")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def queries_command(form: str) -> None:
    """List the SQL reports and Cypher queries with their parameters."""
    queries = [*catalogue("sql"), *catalogue("cypher")]
    if form == "json":
        click.echo(json.dumps([_described(query) for query in queries]))
        return
    for query in queries:
        click.echo(f"{query.language:7}{query.number:>3}  {query.name:<26}{query.purpose}")
        for item in query.parameters:
            default = f"from the data ({item.source})" if item.source else item.default
            click.echo(f"{'':14}--param {item.name}={item.type:<24} {item.meaning}; default {default}")


@click.command("alerts")
@click.option("-f", "--follow", is_flag=True, help="Go on as alerts arrive, until Ctrl-C.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The latest so many.")
@click.option("--kind", type=click.Choice(["raised", "recovered"]), help="Only these.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def alerts_command(follow: bool, limit: int, kind: str | None, form: str) -> None:
    """Show churn alerts and recoveries from Kafka, the newest last."""
    from queries.alerts import described, latest, stream

    for alert in latest(settings(), limit, kind):
        click.echo(described(alert, form))
    if follow:
        for alert in stream(settings(), kind):
            click.echo(described(alert, form))
            sys.stdout.flush()


def assignments(params: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE of each option.

    Raises:
        UsageError: one has no '=', or a name comes twice.
    """
    given: dict[str, str] = {}
    for param in params:
        name, separator, value = param.partition("=")
        if not separator or not name.isidentifier():
            raise UsageError(f"--param {param!r} is not NAME=VALUE, for instance --param limit=5.")
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise UsageError(f"The value of --param {name} is not UTF-8: {value!r}.")
        if name in given:
            raise UsageError(f"The parameter '{name}' is given twice.")
        given[name] = value
    return given


def guessed(value: str) -> object:
    """A value of a query without declared parameters: JSON where it is JSON, else the words themselves."""
    if re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null|\[.*\]|\".*\"", value, re.DOTALL):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _run(
    language: Language,
    wanted: str,
    params: tuple[str, ...],
    form: Any,
    explain: bool,
    answer: Callable[["Runner", Mapping[str, str]], "Result"],
) -> None:
    from queries.render import rendered
    from queries.runner import Runner

    given = assignments(params)
    runner = Runner(settings())
    if explain:
        values: Mapping[str, object] = given
        if wanted == "-" and language == "cypher":
            values = {name: guessed(value) for name, value in given.items()}
        click.echo(runner.explain(language, _stdin() if wanted == "-" else wanted, values, text=wanted == "-"))
        return
    result = answer(runner, given)
    click.echo(rendered(result, form, terminal=sys.stdout.isatty()))
    if result.source == "rollups" and (behind := runner.behind()):
        click.echo(f"The rollups are behind the rows ({behind}): the newest events may not be counted yet.", err=True)


def _stdin() -> str:
    try:
        text = sys.stdin.read().strip()
        text.encode()
    except UnicodeError as error:
        raise QueryError(f"The query on standard input is not UTF-8: {error}.") from None
    if not text:
        raise QueryError("There is no query on standard input.")
    return text


def _described(query: Query) -> dict[str, Any]:
    return {
        "language": query.language,
        "number": query.number,
        "name": query.name,
        "purpose": query.purpose,
        "parameters": [
            {
                "name": item.name,
                "type": item.type,
                "default": item.default or f"@{item.source}",
                "meaning": item.meaning,
            }
            for item in query.parameters
        ],
        "columns": query.columns,
    }
