"""Brings a ClickHouse database up to the DDL of this version: tables and views, rollups, then the way in from Kafka.

Tables that are there get what they lack by migrations, in order, each noted once it is done: a run that was killed
begins with the one it was at, which is right to run again. There is no way back.

Ingestion is at-least-once and its tables know repeats, so the way in may be made anew at any time: the consumer
groups' offsets say where it goes on. Rollups are computed from the tables, so they may be made anew as well.
"""

import hashlib

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import ContractError, first_line
from schemas.settings import Settings
from sinks import columns, holds, statements
from sinks.cluster import on_cluster
from sinks.doors import drop
from sinks.installation import note, noted
from sinks.readers import refuse_readers
from sinks.turn import turn

INGESTION = "ingestion"
ROLLUPS = "rollups"
FILLED = "filled"
#: Since when some of the way in was missing that had been made, in s; empty once what came since was read again.
LOST = "lost"
#: Where one of these is missing nothing passes by: it is not read, or refused.
DOORS = ("take_", "queue_", "stream_")
#: The number of the last one that was applied.
MIGRATIONS = "migrations"
#: Tables that came when there were rows already of which they should know.
FED_LATER = ("product_buyers", "customer_bounds", "dead_letter_reasons", "erased_customers", "refused_records")


def migrate(client: Client, settings: Settings) -> bool:
    """Applies what is missing, in a turn of its own; answers whether the way in was made anew.

    Raises:
        ContractError: ClickHouse refuses a statement, which the message names; a newer version has been here; a table
            lacks a column that no migration adds.
        C360Error: the way in has to be made anew, and a client takes events in.
    """
    with turn(settings):
        return bring_up(client, settings)


def bring_up(client: Client, settings: Settings) -> bool:
    """The same for who has the turn."""
    if is_newer(done := _migrated(client, settings), settings):
        raise ContractError(newer(done, settings))
    _apply(client, statements.new_tables(settings))
    _follow(client, settings, done)
    _apply(client, statements.views(settings))
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
        holds.lacking(client, settings),
    )
    for table in FED_LATER:
        _fill(client, table)
    return anew


def _follow(client: Client, settings: Settings, done: int) -> None:
    """Applies the migrations after the last one that was; from the first, should a column be missing all the same."""
    is_whole = not columns.lacking(client, settings)
    for migration in statements.migrations(settings):
        if migration.number > done or not is_whole:
            _apply(client, migration.statements)
        if migration.number > done:
            note(client, MIGRATIONS, str(migration.number))
    if missing := sorted(columns.lacking(client, settings)):
        raise ContractError(
            f"The database {settings.clickhouse_database} lacks {', '.join(missing)}, and no migration adds it: "
            "values would be lost. Add it as it is said here (ALTER TABLE ... ADD COLUMN), or restore a backup."
        )


def migrated(client: Client) -> int:
    """The number of the last migration that was applied to a database with tables; 0 without any."""
    return int(noted(client, MIGRATIONS) or 0)


def _migrated(client: Client, settings: Settings) -> int:
    return migrated(client) if "installation" in existing(client, settings) else 0


def forget(client: Client, part: str) -> None:
    """Has INGESTION or ROLLUPS made anew by the next `migrate`; what is missing of it then is not taken for lost."""
    note(client, part, "")


def missing(client: Client, settings: Settings) -> list[str]:
    """Of what `migrate` makes anew, the names of what is not there and should be."""
    rollups = [] if settings.clickhouse_cluster else statements.rollup_objects()
    wanted = {*statements.view_objects(), *rollups, *statements.ingestion_objects(settings)}
    return sorted(wanted - holds.lacking(client, settings) - existing(client, settings))


def is_newer(done: int, settings: Settings) -> bool:
    """Whether a database with so many migrations is of a version after this one."""
    return done > len(statements.migrations(settings))


def newer(done: int, settings: Settings) -> str:
    """What is to be said of such a database."""
    return (
        f"The database {settings.clickhouse_database} has migration {done} of a newer version, this one ends with "
        f"{len(statements.migrations(settings))}. Install the newer version again, or restore a backup of before."
    )


def _fill(client: Client, table: str) -> None:
    """Puts what was stored before a table was there into it, once. It is fed already: a set may get what it has."""
    if noted(client, table) != FILLED:
        _apply(client, [statements.sql(f"fill_{table}")])
        note(client, table, FILLED)


def _anew(
    client: Client,
    settings: Settings,
    part: str,
    wanted: list[str],
    objects: list[str],
    collection: str = "",
    held: frozenset[str] = frozenset(),
) -> bool:
    """Makes what can be made anew, if it is not as wanted, but for what is held; answers whether it did."""
    if not differs(client, settings, part, wanted, objects, held):
        return False
    if part == INGESTION:
        refuse_readers(client, settings)
        _note_lost(client, settings, wanted, objects)
    # A writer elsewhere may have no right to what was never made.
    drops_collection = bool(collection) and (not statements.is_by_client(settings) or _made_by_engine(client, settings))
    drop(client, settings, objects)
    if drops_collection:
        _apply(client, [f"DROP NAMED COLLECTION IF EXISTS {collection}{on_cluster(settings.clickhouse_cluster)}"])
    _apply(client, [statement for statement in wanted if statements.made_by(statement) not in held])
    note(client, part, _digest(wanted))
    return True


def _note_lost(client: Client, settings: Settings, wanted: list[str], objects: list[str]) -> None:
    """Notes since when rows may have passed by what the engine has lost with its definition; the first time counts."""
    if settings.clickhouse_cluster or _digest(wanted) != noted(client, INGESTION) or noted(client, LOST):
        return
    if any(not name.startswith(DOORS) for name in set(objects) - existing(client, settings)):
        note(client, LOST, str(client.query(statements.sql("started")).result_rows[0][0]))


def differs(
    client: Client,
    settings: Settings,
    part: str,
    wanted: list[str],
    objects: list[str],
    held: frozenset[str] = frozenset(),
) -> bool:
    """Whether INGESTION or ROLLUPS was made by other statements, or lacks some of its objects that are not held."""
    return _digest(wanted) != noted(client, part) or bool(set(objects) - held - existing(client, settings))


def _digest(wanted: list[str]) -> str:
    return hashlib.sha256("\n".join(wanted).encode()).hexdigest()


def _apply(client: Client, todo: list[str]) -> None:
    for statement in todo:
        try:
            client.command(statement)
        except ClickHouseError as error:
            title = next(line for line in statement.splitlines() if line and not line.startswith("--"))
            raise ContractError(f"ClickHouse refuses '{title}': {first_line(error)}") from None


def _made_by_engine(client: Client, settings: Settings) -> bool:
    """Whether the way in that is there is the Kafka engine's."""
    return bool(
        client.query(statements.sql("by_engine"), parameters={"database": settings.clickhouse_database}).result_rows
    )


def existing(client: Client, settings: Settings) -> set[str]:
    """The names of the database's tables and views."""
    rows = client.query(statements.sql("tables"), parameters={"database": settings.clickhouse_database}).result_rows
    return {str(row[0]) for row in rows}
