"""Questions of the console's own, as the reading user: queries/console/sql and queries/console/cypher."""

import datetime as dt
from importlib import resources
from typing import Any

from queries.api.clickhouse import ClickHouse
from queries.catalogue import default_source, log_comment
from queries.database import EXACT, Table
from queries.runner import INEXACT
from queries.values import text


async def look(clickhouse: ClickHouse, name: str, **parameters: object) -> Table:
    """Runs queries/console/sql/{name}.sql; raises as ClickHouse.ask() does."""
    given = {key: text(value) for key, value in parameters.items()}
    return await clickhouse.ask(statement("sql", name), given, {**EXACT, **log_comment("sql", f"console_{name}")})


async def newest_event(clickhouse: ClickHouse) -> dt.datetime:
    """The shop's now."""
    found = await clickhouse.ask(default_source("newest_event"), {}, INEXACT)
    newest: Any = found.rows[0][0]
    return newest if isinstance(newest, dt.datetime) else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def statement(language: str, name: str) -> str:
    """The text of queries/console/{language}/{name}.{language}."""
    return (resources.files("queries.console") / language / f"{name}.{language}").read_text(encoding="utf-8")
