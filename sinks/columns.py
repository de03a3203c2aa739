"""The columns of tables and views: those of the DDL and those that are there."""

import re

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks import statements

#: By table or view, the type of each column.
Columns = dict[str, dict[str, str]]

#: A table's or a view's statement and its name; a table's columns stand between the first brackets, one a line.
MADE = re.compile(
    r"CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) (\w+)(?: ON CLUSTER '[^']*')?(?:\n\((.*?)\n\))?", re.DOTALL
)
COLUMN = re.compile(r"^    (\w+) (.+?)(?: (?:DEFAULT|MATERIALIZED) .*?)?,?$", re.MULTILINE)


def wanted(settings: Settings) -> Columns:
    """Every table and view of the DDL; of views no columns are said."""
    return said(statements.tables(settings))


def said(made: list[str]) -> Columns:
    """What statements make."""
    found = {}
    for statement in made:
        if match := MADE.search(statement):
            found[match[1]] = dict(COLUMN.findall(match[2] or ""))
    return found


def stored(client: Client, settings: Settings) -> Columns:
    """Every table and view of the database, with types as the server writes them."""
    found: Columns = {}
    for table, name, kind in client.query(
        statements.sql("columns"), parameters={"database": settings.clickhouse_database}
    ).result_rows:
        found.setdefault(table, {})[name] = kind
    return found


def lacking(client: Client, settings: Settings) -> list[str]:
    """Columns, as `table.column type`, that tables which are there should have and have not."""
    there, should = stored(client, settings), wanted(settings)
    return [
        f"{table}.{column} {kind}"
        for table in there.keys() & should.keys()
        for column, kind in should[table].items()
        if column not in there[table]
    ]
