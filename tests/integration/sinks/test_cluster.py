"""The cluster's DDL on an engine: parsed as written, then run with plain engines in place of the replicated ones.

ON CLUSTER and replication want a Keeper, which the embedded engine has not. The Distributed tables are real, in front
of a cluster of one shard, this engine.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from queries.catalogue import Language, catalogue
from queries.runner import Runner
from schemas.settings import Settings
from sinks import statements
from sinks.cluster import SHARDING, shard
from sinks.erasure import erase
from sinks.migrate import FED_LATER, migrate
from tests.support.engine import RunningEngine, start_engine

NAME = "c360"
SETTINGS = Settings(clickhouse_cluster=NAME)
NODE = f"""\
<clickhouse>
    <tcp_port>9000</tcp_port>
    <remote_servers><{NAME}><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></{NAME}></remote_servers>
</clickhouse>
"""
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FOREGROUND = {"distributed_foreground_insert": 1}
COLUMNS = {
    table: re.findall(r"^    (\w+) ", statement, re.MULTILINE)
    for statement in statements.tables(Settings())
    for table in re.findall(r"EXISTS (\w+)\n\(", statement)
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    home = tmp_path_factory.mktemp("cluster")
    more = home / "clickhouse" / "config" / "conf.d"
    more.mkdir(parents=True)
    (more / "cluster.xml").write_text(NODE)
    with start_engine(home) as running:
        yield running


@pytest.fixture(scope="module")
def client(engine: RunningEngine) -> Client:
    return engine.client()


@pytest.fixture(scope="module")
def tables(client: Client) -> Client:
    """The same client, once the tables stand."""
    for statement in statements.tables(SETTINGS):
        client.command(plain(statement))
    return client


def plain(statement: str) -> str:
    """With the engines of one server."""
    alone = statement.replace(f" ON CLUSTER '{NAME}'", "")
    alone = re.sub(r"Replicated(\w*MergeTree)\('[^']+', '[^']+'(?:, )?", r"\1(", alone)
    assert "Replicated" not in alone
    return alone


class Recorder:
    """In a client's place: notes what is told, and knows of nothing that is there."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def command(self, statement: str) -> None:
        self.told.append(statement)

    def query(self, *_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(result_rows=[])

    def insert(self, *_: object, **__: object) -> None:
        """What is recorded of an installation is on every node anyway."""


def test_all_that_a_cluster_is_told_is_parsed_as_it_is_written(client: Client) -> None:
    recorder = Recorder()
    assert migrate(recorder, SETTINGS)  # type: ignore[arg-type]  # as far as it goes, a client
    assert set(statements.tables(SETTINGS) + statements.ingestion(SETTINGS)) <= set(recorder.told)
    for statement in recorder.told:
        client.command(f"EXPLAIN AST {statement}")
    # Rows reach every shard through the tables in front; all else is said to every node.
    filled = tuple(f"INSERT INTO {table}\n" for table in FED_LATER)
    assert [one for one in recorder.told if "ON CLUSTER" not in one and not any(word in one for word in filled)] == []
    assert not any("rollup_months" in one for one in recorder.told)


def test_it_is_right_to_run_again(tables: Client) -> None:
    for statement in statements.tables(SETTINGS):
        tables.command(plain(statement))


@pytest.fixture(scope="module")
def rows(tables: Client) -> Client:
    """The same client, once three customers have bought and looked at a hundred products each, every event twice."""
    tables.insert(
        "customers",
        [(n, f"n{n}", "e", "VIP", date(2025, 1, 1), "web", "DE", 1, 0) for n in range(7, 10)],
        column_names=COLUMNS["customers"],
        settings=FOREGROUND,
    )
    tables.insert(
        "products",
        [(n, f"p{n}", f"c{n % 5}", f"b{n % 7}", 5, 1, date(2025, 1, 1), 1, 0) for n in range(100)],
        column_names=COLUMNS["products"],
    )
    bought = [
        (n, 7 + n % 3, n % 100, 5, 1, "web", "completed", None, NEW_YEAR + timedelta(seconds=n)) for n in range(300)
    ]
    seen = [(1000 + n, 7 + n % 3, n % 100, "view", 3, "mobile", n, NEW_YEAR + timedelta(seconds=n)) for n in range(300)]
    by_product = [(row[2], row[1], row[0], *row[3:7], row[8]) for row in bought]
    looked_at = [(row[2], row[1], row[0], row[3], row[4], row[7]) for row in seen]
    for _ in range(2):
        for table, events in (
            ("transactions", bought),
            ("interactions", seen),
            ("purchased_by_product", by_product),
            ("interacted_by_product", looked_at),
        ):
            tables.insert(table, events, column_names=COLUMNS[table], settings=FOREGROUND)
    # What views on the streams would have made of them.
    for table in ("product_buyers", "customer_bounds"):
        tables.command(statements.sql(f"fill_{table}"), settings=FOREGROUND)
    return tables


def test_rows_written_in_front_are_on_the_shard_and_a_repeat_is_known(rows: Client) -> None:
    for table in ("transactions", shard("transactions"), "purchased_by_product", "interactions"):
        assert rows.query(f"SELECT count() FROM {table} FINAL").result_rows == [(300,)]
    asked = "SELECT count(), sum(lifetime_value) FROM customer_nodes"
    assert rows.query(asked, settings={"final": 1}).result_rows == [(3, 1500)]


@pytest.mark.parametrize("language", ["sql", "cypher"])
def test_every_report_and_every_graph_question_is_answered_through_them(
    engine: RunningEngine, rows: Client, language: Language
) -> None:
    """Each is asked of the tables in front; which of them has an answer in so few rows does not matter here."""
    assert rows.ping()
    runner = Runner(
        SETTINGS.model_copy(update={"clickhouse_url": engine.url, "clickhouse_reader_password": engine.reader.password})
    )
    answers = [getattr(runner, language)(str(query.number)) for query in catalogue(language)]
    assert len(answers) == {"sql": 15, "cypher": 20}[language]
    assert sum(bool(answer.rows) for answer in answers) > len(answers) / 2
    if language == "sql":
        assert {answer.source for answer in answers} == {"rows"}


def test_columns_are_the_same_on_both_sides(tables: Client) -> None:
    def columns(table: str) -> list[tuple[object, ...]]:
        asked = "SELECT name, type FROM system.columns WHERE table = {table:String} ORDER BY position"
        return [tuple(row) for row in tables.query(asked, parameters={"table": table}).result_rows]

    for table in SHARDING:
        assert columns(table) == columns(shard(table)) != []


class Told:
    """The client, which notes what it is told and leaves out what only a cluster knows."""

    def __init__(self, client: Client) -> None:
        self.statements: list[str] = []
        self._client = client
        self.query = client.query

    def command(self, statement: str, **more: Any) -> None:
        self.statements.append(statement)
        self._client.command(plain(statement), **more)


def test_who_is_erased_is_deleted_on_the_shards(tables: Client) -> None:
    for number in (98, 99):
        row = (number, f"n{number}", "e", "VIP", date(2025, 1, 1), "web", "DE", 1, 0)
        tables.insert("customers", [row], column_names=COLUMNS["customers"], settings=FOREGROUND)
        for table, names in (("customer_features", ["customer_id"]), ("churn_alerts", ["customer_id", "alert_id"])):
            tables.insert(table, [[number, "a"][: len(names)]], column_names=names, settings=FOREGROUND)
    tables.insert("erased_customers", [[99]], column_names=["customer_id"])
    told = Told(tables)
    assert erase(told, SETTINGS) == 1  # type: ignore[arg-type]  # as far as it goes, a client
    heads = [re.findall(r"^ALTER TABLE (\w+) ON CLUSTER 'c360' DELETE", one, re.MULTILINE) for one in told.statements]
    assert heads == [[shard(table)] for table in ("customers", "customer_features", "churn_alerts")]
    for table in ("customers", "customer_features", "churn_alerts"):
        found = tables.query(f"SELECT customer_id FROM {table} WHERE customer_id IN (98, 99)").result_rows
        assert found == [(98,)], table
    assert erase(told, SETTINGS) == 0  # type: ignore[arg-type]  # as above
