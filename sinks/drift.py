"""What a database has other than this version's DDL says."""

import re
from collections.abc import Iterator

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks import statements
from sinks.migrate import INGESTION, ROLLUPS, differs, existing

#: A table's or a view's statement and its name; a table's columns stand between the first brackets, one a line.
MADE = re.compile(
    r"CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)(?: ON CLUSTER '[^']*')?(?:\n\((.*?)\n\))?", re.DOTALL
)
COLUMN = re.compile(r"^    (\w+) (.+?)(?: DEFAULT .*?)?,?$", re.MULTILINE)


def drift(client: Client, settings: Settings) -> Iterator[str]:
    """Each difference in words; none where the database is up to date.

    Raises:
        ClickHouseError: it does not answer, or there is no such database.
    """
    names, there = existing(client, settings), _columns(client, settings)
    for name, columns in wanted_columns(settings).items():
        if name not in names:
            yield f"{name} is missing"
            continue
        for column, kind in columns.items():
            if (found := there.get(name, {}).get(column)) != kind:
                yield f"{name}.{column} is {found}, not {kind}" if found else f"{name}.{column} is missing"
    if "installation" not in names:
        return
    # A cluster has none.
    if not settings.clickhouse_cluster and differs(
        client, settings, ROLLUPS, statements.rollups(), statements.rollup_objects()
    ):
        yield "the rollups are another version's, or not whole"
    if differs(client, settings, INGESTION, statements.ingestion(settings), statements.ingestion_objects(settings)):
        yield "the way in is another version's, for another Kafka or registry, or not whole"


def wanted_columns(settings: Settings) -> dict[str, dict[str, str]]:
    """Every table and view of the DDL with the types of its columns; of views none are said."""
    found = {}
    for statement in statements.tables(settings):
        if match := MADE.search(statement):
            found[match[1]] = dict(COLUMN.findall(match[2] or ""))
    return found


def _columns(client: Client, settings: Settings) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, name, kind in client.query(
        statements.sql("columns"), parameters={"database": settings.clickhouse_database}
    ).result_rows:
        found.setdefault(table, {})[name] = kind
    return found
