"""Brings a ClickHouse database up to the DDL of this version: tables and views, rollups, then the way in from Kafka.

Ingestion is at-least-once and its tables know repeats, so the way in may be made anew at any time: the consumer
groups' offsets say where it goes on. Rollups are computed from the tables, so they may be made anew as well.
"""

import hashlib

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import ContractError
from schemas.settings import Settings
from sinks import statements
from sinks.cluster import on_cluster
from sinks.readers import refuse_readers

INGESTION = "ingestion"
ROLLUPS = "rollups"
FILLED = "filled"
#: Tables that came when there were rows already of which they should know.
FED_LATER = ("product_buyers", "dead_letter_reasons", "erased_customers")


def migrate(client: Client, settings: Settings) -> bool:
    """Applies what is missing; answers whether the way in was made anew.

    Raises:
        ContractError: ClickHouse refuses a statement, which the message names.
        C360Error: the way in has to be made anew, and a client takes events in.
    """
    _apply(client, statements.tables(settings))
    if not settings.clickhouse_cluster:
        # A rollup knows what it has seen by the parts of its own server.
        _anew(client, settings, ROLLUPS, statements.rollups(), statements.rollup_objects())
    anew = _anew(
        client,
        settings,
        INGESTION,
        statements.ingestion(settings),
        statements.ingestion_objects(settings),
        statements.collection(settings),
    )
    for table in FED_LATER:
        _fill(client, table)
    return anew


def _fill(client: Client, table: str) -> None:
    """Puts what was stored before a table was there into it, once. It is fed already: a set may get what it has."""
    if _recorded(client, table) != FILLED:
        _apply(client, [statements.sql(f"fill_{table}")])
        client.insert("installation", [[table, FILLED]], column_names=["name", "value"])


def _anew(
    client: Client, settings: Settings, part: str, wanted: list[str], objects: list[str], collection: str = ""
) -> bool:
    """Makes what can be made anew, if it is not as wanted; answers whether it did."""
    if not differs(client, settings, part, wanted, objects):
        return False
    if part == INGESTION:
        refuse_readers(client, settings)
    # A writer elsewhere may have no right to what was never made.
    drops_collection = bool(collection) and (not statements.is_by_client(settings) or _made_by_engine(client, settings))
    for name in objects:
        # A table's name stands in no parameter; these are ours.
        client.command(f"DROP TABLE IF EXISTS {name}{on_cluster(settings.clickhouse_cluster)} SYNC")
    if drops_collection:
        _apply(client, [f"DROP NAMED COLLECTION IF EXISTS {collection}{on_cluster(settings.clickhouse_cluster)}"])
    _apply(client, wanted)
    client.insert("installation", [[part, _digest(wanted)]], column_names=["name", "value"])
    return True


def differs(client: Client, settings: Settings, part: str, wanted: list[str], objects: list[str]) -> bool:
    """Whether INGESTION or ROLLUPS was made by other statements, or lacks some of its objects."""
    return _digest(wanted) != _recorded(client, part) or bool(set(objects) - existing(client, settings))


def _digest(wanted: list[str]) -> str:
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def _apply(client: Client, todo: list[str]) -> None:
    for statement in todo:
        try:
            client.command(statement)
        except ClickHouseError as error:
            title = next(line for line in statement.splitlines() if line and not line.startswith("--"))
            raise ContractError(f"ClickHouse refuses '{title}': {str(error).splitlines()[0]}") from None


def _made_by_engine(client: Client, settings: Settings) -> bool:
    """Whether the way in that is there is the Kafka engine's."""
    return bool(
        client.query(statements.sql("by_engine"), parameters={"database": settings.clickhouse_database}).result_rows
    )


def _recorded(client: Client, part: str) -> str:
    rows = client.query(statements.sql("installation"), parameters={"name": part}).result_rows
    return str(rows[0][0]) if rows else ""


def existing(client: Client, settings: Settings) -> set[str]:
    """The names of the database's tables and views."""
    rows = client.query(statements.sql("tables"), parameters={"database": settings.clickhouse_database}).result_rows
    return {str(row[0]) for row in rows}
