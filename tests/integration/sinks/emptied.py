"""A database without anything of ours, for the next test."""

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks import statements


def empty(client: Client, settings: Settings) -> None:
    """Drops what was laid down: first what fills the others, and what lets events in."""
    database = {"database": settings.clickhouse_database}
    there = client.query(statements.sql("tables"), parameters=database).result_rows
    # What a view keeps for itself, by a name with a dot before it, goes with the view.
    others = [name for (name,) in there if not name.startswith(".")]
    for name in [*statements.rollup_objects(), *statements.ingestion_objects(settings), *others]:
        client.command(f"DROP TABLE IF EXISTS {name} SYNC")
