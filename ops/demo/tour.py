"""The tour: every report, the graph questions, and alerts, each with its first rows."""

from collections.abc import Sequence
from importlib import resources
from typing import Any

from rich.console import Console
from rich.table import Table

from queries.catalogue import Language, catalogue
from queries.runner import Result, Runner
from schemas.clients import reader_client
from schemas.errors import C360Error
from schemas.settings import Settings

ROWS = 3
ALERTS = 5


def reports(console: Console, runner: Runner, language: Language) -> None:
    """Asks every query of a catalogue with its defaults.

    Raises:
        C360Error: one of them has no rows.
    """
    for query in catalogue(language):
        result = runner.sql(query.name) if language == "sql" else runner.cypher(query.name)
        console.print(_table(f"{language} {query.number} {query.name}", result))
        if not result.rows:
            raise C360Error(f"{language} {query.number} has no rows on a world that should give it some.")


def alerts(console: Console, here: Settings) -> None:
    """Shows the newest alerts raised and recovered.

    Raises:
        C360Error: there is none of a kind.
    """
    sql = (resources.files("ops.demo") / "sql" / "alerts.sql").read_text(encoding="utf-8")
    for kind in ("raised", "recovered"):
        answer = reader_client(here).query(sql, parameters={"kind": kind, "limit": ALERTS})
        console.print(_plain(f"churn alerts: {kind}", answer.column_names, answer.result_rows))
        if not answer.result_rows:
            raise C360Error(f"No alert was {kind}. Look at 'c360 logs stream_processors'.")


def _table(title: str, result: Result) -> Table:
    more = "" if len(result.rows) <= ROWS else f", first {ROWS} of {len(result.rows)} rows"
    return _plain(f"{title} ({result.elapsed_ms:.0f} ms{more})", result.columns, result.rows[:ROWS])


def _plain(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    table = Table(*columns, title=title, title_justify="left", box=None, header_style="bold")
    for row in rows:
        table.add_row(*(str(value) for value in row))
    return table
