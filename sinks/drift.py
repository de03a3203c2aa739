"""What a database has other than this version's DDL says."""

from collections.abc import Iterator

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks import columns, holds, statements
from sinks.migrate import INGESTION, ROLLUPS, differs, existing, is_newer, migrated, newer


def drift(client: Client, settings: Settings) -> Iterator[str]:
    """Each difference in words; none where the database is up to date.

    Raises:
        ClickHouseError: it does not answer, or there is no such database.
    """
    names, there = existing(client, settings), columns.stored(client, settings)
    for name, wanted in columns.wanted(settings).items():
        if name not in names:
            yield f"{name} is missing"
            continue
        for column, kind in wanted.items():
            if (found := there.get(name, {}).get(column)) != kind:
                yield f"{name}.{column} is {found}, not {kind}" if found else f"{name}.{column} is missing"
    if "installation" not in names:
        return
    yield from _migrations(client, settings)
    # A cluster has none.
    if not settings.clickhouse_cluster and differs(
        client, settings, ROLLUPS, statements.rollups(), statements.rollup_objects()
    ):
        yield "the rollups are another version's, or not whole"
    way_in, objects = statements.ingestion(settings), statements.ingestion_objects(settings)
    if differs(client, settings, INGESTION, way_in, objects, holds.lacking(client, settings)):
        yield "the way in is another version's, for another Kafka or registry, or not whole"


def _migrations(client: Client, settings: Settings) -> Iterator[str]:
    done = migrated(client)
    if is_newer(done, settings):
        yield newer(done, settings)
    for migration in statements.migrations(settings):
        if migration.number > done:
            yield f"sinks/ddl/migrations/{migration.name} has not been applied"
