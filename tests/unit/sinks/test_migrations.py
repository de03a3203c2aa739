"""Migrations are in order, right to run again, and all that tables which were released need; tests/integration/sinks/
test_released.py runs them."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from schemas.errors import ContractError
from schemas.settings import Settings
from sinks import columns, statements
from sinks.migrate import INGESTION, LOST, MIGRATIONS, forget, migrate
from tests.support.changed_ddl import ChangedDdl, changed_ddl
from tests.support.release import Release, releases, today

HERE = Settings()
CLUSTER = Settings(clickhouse_cluster="c360")
#: When the server started, in s.
STARTED = 1_700_000_000


@pytest.fixture
def ddl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ChangedDdl:
    """A copy of the DDL, to be changed."""
    return changed_ddl(tmp_path, monkeypatch)


class Database:
    """In a client's place: keeps what is noted, and breaks down after so many statements."""

    def __init__(self, statements_left: int = 10**9) -> None:
        self.noted: dict[str, str] = {}
        self.told: list[str] = []
        self.left = statements_left

    def command(self, statement: str) -> None:
        if self.left == 0:
            raise ConnectionError("killed")
        self.left -= 1
        self.told.append(statement)

    def query(self, sql: str, parameters: dict[str, str] | None = None) -> SimpleNamespace:
        if sql == statements.sql("started"):
            return SimpleNamespace(result_rows=[[STARTED]])
        assert parameters is not None
        if "prefix" in parameters:  # nothing is held
            return SimpleNamespace(result_rows=[])
        if "FROM installation" in sql:
            found = self.noted.get(parameters["name"])
            return SimpleNamespace(result_rows=[] if found is None else [[found]])
        if sql == statements.sql("tables"):
            return SimpleNamespace(result_rows=[["installation"]] if self.told else [])
        return SimpleNamespace(result_rows=[])

    def insert(self, table: str, rows: list[list[str]], column_names: list[str]) -> None:
        assert (table, column_names) == ("installation", ["name", "value"])
        self.noted |= {name: value for name, value in rows}  # noqa: C416 - of two texts, for mypy

    def run(self, settings: Settings = HERE) -> list[str]:
        """Migrates; the columns that were added meanwhile."""
        before = len(self.told)
        migrate(cast("Client", self), settings)
        return [one for told in self.told[before:] for one in re.findall(r"ADD COLUMN IF NOT EXISTS (\w+)", told)]


@pytest.fixture
def two(ddl: ChangedDdl) -> list[str]:
    """The columns that two more migrations add."""
    ddl.migration(*(f"ALTER TABLE customers ADD COLUMN IF NOT EXISTS {name} UInt8" for name in ("one", "two")))
    ddl.migration("ALTER TABLE products ADD COLUMN IF NOT EXISTS three UInt8")
    return ["one", "two", "three"]


def test_they_are_applied_in_order_and_once(two: list[str]) -> None:
    database = Database()
    assert database.run()[-3:] == two
    assert database.noted[MIGRATIONS] == str(len(statements.migrations(HERE)))
    assert database.run() == []


def test_a_way_in_that_lacks_something_says_since_when_and_one_of_another_version_does_not() -> None:
    database = Database()
    database.run()
    assert LOST not in database.noted
    database.run()  # the tables that a database says it has are not those of the way in
    assert database.noted[LOST] == str(STARTED)
    del database.noted[LOST]
    forget(cast("Client", database), INGESTION)
    database.run()
    assert LOST not in database.noted


def test_views_are_made_behind_them(two: list[str]) -> None:
    database = Database()
    database.run()
    places = [at for at, told in enumerate(database.told) if "ADD COLUMN" in told]
    views = [at for at, told in enumerate(database.told) if "CREATE OR REPLACE VIEW" in told]
    assert max(places) < min(views)
    assert two


def test_a_run_that_is_killed_anywhere_goes_on_with_the_one_it_was_at(two: list[str]) -> None:
    whole = Database()
    whole.run()
    ends = [at for at, told in enumerate(whole.told) if "ADD COLUMN" in told]
    for left in range(ends[0], ends[-1] + 2):
        database = Database(left)
        with pytest.raises(ConnectionError):
            database.run()
        done = int(database.noted.get(MIGRATIONS, 0))
        database.left = 10**9
        todo = [
            one
            for migration in statements.migrations(HERE)[done:]
            for statement in migration.statements
            for one in re.findall(r"ADD COLUMN IF NOT EXISTS (\w+)", statement)
        ]
        assert database.run() == todo
        assert todo[-1:] in ([], two[-1:])


def test_a_database_of_a_newer_version_is_refused_before_anything_is_told(two: list[str], ddl: ChangedDdl) -> None:
    database = Database()
    database.run()
    ddl.migrations[-1].unlink()
    told = len(database.told)
    with pytest.raises(
        ContractError, match=r"customer360 has migration 5 of a newer version, this one ends with 4\. I"
    ):
        database.run()
    assert len(database.told) == told
    assert two


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("005_gap.sql", "ALTER TABLE customers ADD COLUMN IF NOT EXISTS one UInt8"),
        ("004.sql", "ALTER TABLE customers ADD COLUMN IF NOT EXISTS one UInt8"),
        ("001_twice.sql", "ALTER TABLE customers ADD COLUMN IF NOT EXISTS one UInt8"),
        ("", "ALTER TABLE customers ADD COLUMN one UInt8"),
        ("", "ALTER TABLE customers DROP COLUMN IF EXISTS name"),
        ("", "ALTER TABLE customers RENAME COLUMN IF EXISTS name TO called"),
        ("", "CREATE TABLE IF NOT EXISTS more (a UInt8)\nENGINE = MergeTree\nORDER BY a"),
        ("", "INSERT INTO customers (customer_id) SELECT 1"),
    ],
    ids=["a gap", "no words", "a number twice", "not if it is there", "dropped", "renamed", "a table", "rows"],
)
def test_what_would_not_be_right_to_run_again_is_refused(ddl: ChangedDdl, name: str, text: str) -> None:
    ddl.migration(text, name=name)
    with pytest.raises(ValueError, match=r"sinks/ddl/migrations/"):
        statements.migrations(HERE)


def test_on_a_cluster_the_nodes_own_table_is_told_first(two: list[str]) -> None:
    *_, more, last = statements.migrations(CLUSTER)
    assert [re.findall(r"^ALTER TABLE (\w+) ON CLUSTER 'c360'", one)[0] for one in more.statements] == [
        "customers_shard", "customers", "customers_shard", "customers",
    ]  # fmt: skip
    assert [re.findall(r"^ALTER TABLE (\w+) ON CLUSTER 'c360'", one)[0] for one in last.statements] == ["products"]
    assert two


def test_another_type_reaches_the_table_in_front_and_another_codec_does_not(ddl: ChangedDdl) -> None:
    ddl.migration(*(f"ALTER TABLE transactions MODIFY COLUMN quantity {what}" for what in ("Int64", "CODEC(T64)")))
    made = statements.migrations(CLUSTER)[-1].statements
    assert [one.split()[2] for one in made] == ["transactions_shard", "transactions", "transactions_shard"]


#: A column that a migration says, with its type.
CHANGED = re.compile(
    r"(?:ADD COLUMN IF NOT EXISTS|MODIFY COLUMN) (\w+) "
    r"((?:[^,(]|\([^)]*\))+?)(?: AFTER \w+| (?:DEFAULT|MATERIALIZED) .*)?(?=,|$)",
    re.MULTILINE,
)


def lacks(release: Release, settings: Settings = HERE) -> list[str]:
    """What a released version's tables have not, once every migration has been applied."""
    then, wanted = columns.said(release.statements("tables")), columns.wanted(settings)
    for migration in statements.migrations(settings):
        for statement in migration.statements:
            table = re.findall(r"^ALTER TABLE (\w+)", statement, re.MULTILINE)[0]
            changes: Any = CHANGED.findall(statement)
            if table in then:  # or it came later, with all its columns
                then[table] |= {name: kind.strip() for name, kind in changes if not kind.startswith("CODEC")}
    return [
        f"{table}.{column}"
        for table, should in wanted.items()
        for column, kind in should.items()
        if table in then and then[table].get(column) != kind
    ]


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_every_column_that_came_since_a_release_has_its_migration(release: Release) -> None:
    """Tables that are there hear nothing of what CREATE says."""
    assert lacks(release) == []


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_a_column_without_a_migration_is_found(release: Release, ddl: ChangedDdl) -> None:
    ddl.replace("010_tables.sql", "    email String,\n", "    email String,\n    phone Nullable(String),\n")
    assert lacks(release) == ["customers.phone"]
    ddl.migration("ALTER TABLE customers ADD COLUMN IF NOT EXISTS phone Nullable(String) AFTER email")
    assert lacks(release) == []


def test_each_release_is_kept() -> None:
    kept = [release.version for release in releases()]
    assert kept[0] == "0.1.0"
    assert kept[-1] == today(), "run: .venv/bin/python -m tests.support.release"
