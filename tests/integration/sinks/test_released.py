"""A database of each released version, with its rows, is brought up to today's: nothing is lost, everything answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from clickhouse_connect.driver.client import Client

from ops.cli import main as c360
from queries.catalogue import catalogue
from queries.runner import Runner
from schemas.cli import exit_code
from schemas.errors import ContractError
from schemas.settings import Settings, settings
from sinks import statements
from sinks.drift import drift
from sinks.migrate import INGESTION, ROLLUPS, migrate
from tests.integration.sinks.emptied import empty
from tests.support.changed_ddl import changed_ddl
from tests.support.engine import RunningEngine, start_engine
from tests.support.release import WAYS, Release, releases
from tests.support.waiting import wait_for

#: Rows come through the streams' own tables where there are some, so that all behind them is fed.
BY_STREAM = ("customers", "products", "transactions", "interactions")
#: Of a set of buyers what it holds; all else as it is.
ASKED = {"product_buyers": "SELECT product_id, arraySort(bitmapToArray(buyers)) AS held, at_most FROM product_buyers"}
#: What is filled by nobody here gets a few rows of chance.
CHANCE = ("churn_alerts", "dead_letters", "dead_letter_replays", "external_id_claims")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("released")) as running:
        yield running


@pytest.fixture
def client(engine: RunningEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """An empty database, and the commands' settings of it."""
    monkeypatch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
    monkeypatch.setenv("C360_CLICKHOUSE_URL", engine.url)
    monkeypatch.setenv("C360_CLICKHOUSE_READER_PASSWORD", engine.reader.password)
    settings.cache_clear()
    client = engine.client()
    yield client
    settings.cache_clear()
    empty(client, here("engine"))
    client.command(f"DROP NAMED COLLECTION IF EXISTS {statements.collection(here('engine'))}")
    client.close()


def _asked(client: Client, sql: str, database: str) -> list[Any]:
    return list(client.query(sql, parameters={"database": database}).result_rows)


def here(way: Literal["engine", "client"]) -> Settings:
    """Another Kafka than the release's, so that the way in is to be made anew; nobody listens there either."""
    return Settings(kafka_bootstrap="127.0.0.1:2", clickhouse_ingest=way)


def lay(client: Client, release: Release, way: Literal["engine", "client"]) -> None:
    """The release's database as it left it."""
    for name in ("tables", "rollups", way):
        for statement in release.statements(name):
            client.command(statement)
    for part, value in release.said("installation")[way].items():
        client.insert("installation", [[part, value]], column_names=["name", "value"])
    for path in release.rows:
        table = f"stream_{path.stem}" if path.stem in BY_STREAM else path.stem
        client.raw_insert(table, insert_block=path.read_bytes(), fmt="CSVWithNames")
    for seed, table in enumerate(CHANCE):
        shape = ", ".join(
            f"{name} {kind}"
            for name, kind in client.query(f"SELECT name, type FROM system.columns WHERE table = '{table}'").result_rows
        ).replace("'", "\\'")
        shape = shape.replace("SimpleAggregateFunction(min, Int64)", "Int64")
        client.command(f"INSERT INTO {table} SELECT * FROM generateRandom('{shape}', {seed + 1}, 9, 3) LIMIT 5")


def contents(client: Client, tables: dict[str, list[str]]) -> dict[str, str]:
    """The rows of each table, as text, of these columns."""
    found = {}
    for table, columns in tables.items():
        asked = ASKED.get(table, f"SELECT {', '.join(columns)} FROM {table}")
        found[table] = client.command(f"{asked} ORDER BY ALL SETTINGS final = 1 FORMAT TSV")
    return {table: str(text) for table, text in found.items()}


def kept(client: Client, database: str) -> dict[str, list[str]]:
    """The tables that keep rows, with the columns they have."""
    found: dict[str, list[str]] = {}
    asked = (
        "SELECT table, name FROM system.columns WHERE database = {database:String} AND table IN (SELECT name FROM "
        "system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree' AND NOT startsWith(name, "
        "'rollup') AND NOT startsWith(name, '.') AND name != 'installation') ORDER BY table, position"
    )
    for table, column in _asked(client, asked, database):
        found.setdefault(table, []).append(column)
    return found


class KilledError(Exception):
    """What a run ends with that is killed."""


class Mortal:
    """A client that is gone after so many statements."""

    def __init__(self, client: Client, left: int) -> None:
        self._client, self._left = client, left

    def command(self, statement: str) -> Any:
        if not self._left:
            raise KilledError
        self._left -= 1
        return self._client.command(statement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_nothing_is_lost_and_everything_answers(
    engine: RunningEngine, client: Client, release: Release, way: Literal["engine", "client"]
) -> None:
    lay(client, release, way)
    tables = kept(client, engine.database)
    assert len(tables) >= 14
    before = contents(client, tables)
    assert [table for table, text in before.items() if not text.strip()] == ["erased_customers"]
    # The DDL of today may be the release's own: the way in and the rollups are to be made anew all the same.
    for part in (INGESTION, ROLLUPS):
        client.insert("installation", [[part, "another version's"]], column_names=["name", "value"])
    assert len([one for one in drift(client, here(way)) if "another version's" in one]) == 2
    for left in (1, 40, 90, 130):
        with pytest.raises(KilledError):
            migrate(Mortal(client, left), here(way))  # type: ignore[arg-type]  # as far as it goes, a client
    migrate(client, here(way))
    assert not migrate(client, here(way))
    assert list(drift(client, here(way))) == []
    assert contents(client, tables) == before
    assert exit_code(c360, ["features", "--verify", "--wait", "0"]) == 0
    _reports(client)
    client.command(
        "INSERT INTO stream_transactions (transaction_id, customer_id, product_id, amount, status, ts) "
        "VALUES (987654321, 8, 3, 1.5, 'completed', '2024-01-01 00:00:00')"
    )
    for table in ("transactions", "purchased_by_product"):
        assert client.query(f"SELECT amount > 0 FROM {table} WHERE transaction_id = 987654321").result_rows == [(1,)]


def _reports(client: Client) -> None:
    def behind() -> bool:
        if client.query(statements.sql("rollups_behind")).result_rows:
            client.command("SYSTEM REFRESH VIEW refresh_rollup_backlog")
            return True
        return False

    wait_for(lambda: not behind(), "the rollups have caught up", 120, every=0.05)
    runner = Runner(settings())
    answered = {query.name: runner.sql(query.name) for query in catalogue("sql")}
    assert {result.source for result in answered.values()} == {"rollups"}
    total = client.query(
        "SELECT sum(amount) FROM transactions WHERE status IN ('completed', 'refunded')", settings={"final": 1}
    ).result_rows[0][0]
    values = runner.cypher_text("MATCH (c:Customer) RETURN sum(c.lifetime_value) AS total").rows[0][0]
    assert 0 < values <= total  # whoever is not known by a record is no node
    assert len(answered) == 15
    assert sum(bool(result.rows) for result in answered.values()) >= 10


def test_a_column_that_comes_reaches_the_rows_there_are(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once it is there, the version without it does not touch the database."""
    first = releases()[0]
    lay(client, first, "client")
    with monkeypatch.context() as patch:
        ddl = changed_ddl(tmp_path, patch)
        ddl.replace("010_tables.sql", "    launch_date Date32,\n", "    launch_date Date32,\n    weight UInt32,\n")
        ddl.replace("020_views.sql", "SELECT DISTINCT brand FROM", "SELECT DISTINCT brand, weight FROM")
        with pytest.raises(ContractError, match=r"lacks products\.weight UInt32, and no migration adds it"):
            migrate(client, here("client"))
        ddl.migration("ALTER TABLE products ADD COLUMN IF NOT EXISTS weight UInt32 AFTER launch_date")
        assert "sinks/ddl/migrations/004_new.sql has not been applied" in list(drift(client, here("client")))
        migrate(client, here("client"))
        migrate(client, here("client"))
        assert list(drift(client, here("client"))) == []
        assert client.query("SELECT count(), sum(weight) FROM products FINAL").result_rows == [(40, 0)]
        shape = "SELECT name, type, compression_codec FROM system.columns WHERE table = 'products' ORDER BY position"
        migrated = client.query(shape).result_rows
        client.command("DROP TABLE products SYNC")
        migrate(client, here("client"))
        assert client.query(shape).result_rows == migrated
    said = "customer360 has migration 4 of a newer version, this one ends with 3"
    assert any(said in one for one in drift(client, here("client")))
    told = client.query("SELECT * FROM installation FINAL ORDER BY ALL").result_rows
    with pytest.raises(ContractError, match=said):
        migrate(client, here("client"))
    assert client.query("SELECT * FROM installation FINAL ORDER BY ALL").result_rows == told
