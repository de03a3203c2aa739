"""Who is erased for good leaves in ClickHouse what they did and nothing else, whatever comes again."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from schemas.erased import NAME, RESTORED, remember, remembered
from schemas.erasure import places
from schemas.errors import C360Error
from schemas.ids import LAST_VERSION
from schemas.settings import STACK_FILE, Settings
from schemas.topics import CUSTOMERS
from sinks import statements
from sinks.erasure import erase, erase_again, note
from sinks.migrate import migrate
from tests.integration.sinks.emptied import empty
from tests.support.engine import RunningEngine, start_engine

HERE = Settings(clickhouse_ingest="client")
NEW_YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LETTERS = CUSTOMERS.name(HERE)
GONE, KEPT, DELETED = 17, 18, 19
#: Read as 32 bits it would be GONE.
WIDER = GONE + 2**32


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("erasure")) as running:
        yield running


@pytest.fixture
def client(engine: RunningEngine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Tables that hold three customers, of whom nobody is erased."""
    monkeypatch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
    client = engine.client()
    migrate(client, HERE)
    for number in (GONE, KEPT, DELETED):
        put_customer(client, number, 1)
    put_what_is_computed(client)
    for offset, key in enumerate((str(GONE), str(KEPT), str(WIDER), "nobody", None)):
        put(client, "dead_letters", topic=LETTERS, partition=0, offset=offset, key=key, value="Name")
    put(client, "dead_letters", topic="c360.transactions", partition=0, offset=0, key=str(GONE), value="of 9.99")
    for number in (GONE, KEPT):
        put(client, "transactions", transaction_id=number, customer_id=number, ts=NEW_YEAR, status="completed")
    yield client
    empty(client, HERE)
    client.close()


def put(client: Client, table: str, **row: Any) -> None:
    client.insert(table, [list(row.values())], column_names=list(row))


def put_customer(client: Client, number: int, version: int, *, deleted: bool = False) -> None:
    """As the client inserts it: into the queue, from which all else follows."""
    name, segment = ("", "UNKNOWN") if deleted else (f"Name {number}", "VIP")
    put(
        client, "queue_customers", customer_id=number, name=name, email=name, segment=segment,
        registration_date=dt.date(2025, 1, 1), acquisition_channel="web", country="DE", version=version,
        deleted=deleted, _topic=LETTERS, _partition=0, _offset=version,
    )  # fmt: skip


def put_what_is_computed(client: Client) -> None:
    """Features and alerts of all three, as the stream processors send them."""
    for number in (GONE, KEPT, DELETED):
        put(client, "queue_customer_features", customer_id=number, orders=3, computed_by=1)
        put(client, "queue_churn_alerts", alert_id=f"a{number}", customer_id=number, kind="raised", as_of=NEW_YEAR)
        for build in (1, 2):
            put(client, "recommendation_lists", build=build, customer_id=number, as_of=NEW_YEAR, products=[7])


def forget(client: Client) -> None:
    put_customer(client, GONE, LAST_VERSION, deleted=True)


def stored(client: Client, table: str) -> list[int]:
    """Whose rows lie in a table, by a reader or not."""
    rows = client.query(f"SELECT DISTINCT customer_id FROM {table} ORDER BY ALL", settings={"final": 0}).result_rows
    return [number for (number,) in rows]


def names(client: Client) -> list[str]:
    rows = client.query("SELECT DISTINCT name FROM customers ORDER BY name", settings={"final": 0}).result_rows
    return [name for (name,) in rows]


def letters(client: Client) -> list[str | None]:
    return [key for (key,) in client.query(f"SELECT key FROM letters WHERE topic = '{LETTERS}'").result_rows]


def holds_nothing_of_the_erased(client: Client) -> None:
    assert names(client) == ["", f"Name {KEPT}", f"Name {DELETED}"]
    for table in ("customer_features", "churn_alerts", "recommendation_lists"):
        assert stored(client, table) == [KEPT, DELETED], table
    assert set(letters(client)) == {str(KEPT), str(WIDER), "nobody", None}
    assert client.query("SELECT customer_id FROM customers FINAL ORDER BY ALL").result_rows == [(KEPT,), (DELETED,)]
    assert stored(client, "transactions") == [GONE, KEPT]
    letter = client.query("SELECT key FROM letters WHERE topic = 'c360.transactions'").result_rows
    assert letter == [(str(GONE),)]


def test_all_but_what_they_did_is_deleted_on_the_disk_and_nobody_else_s(client: Client) -> None:
    assert erase(client, HERE) == 0
    put(client, "rollup_customer_snapshots", customer_id=GONE, segment="VIP", built=NEW_YEAR)
    put(client, "rollup_customer_snapshots", customer_id=KEPT, segment="VIP", built=NEW_YEAR)
    forget(client)
    assert erase(client, HERE) == 1
    holds_nothing_of_the_erased(client)
    assert GONE not in stored(client, "rollup_customer_snapshots")
    assert KEPT in stored(client, "rollup_customer_snapshots")
    masked = "SELECT count() FROM customers WHERE name = 'Name 17' SETTINGS final = 0, apply_deleted_mask = 0"
    assert client.query(masked).result_rows == [(0,)]


def test_a_look_that_finds_nothing_changes_nothing(client: Client) -> None:
    forget(client)
    erase(client, HERE)
    made = client.query("SELECT count() FROM system.mutations").result_rows
    assert made != [(0,)]
    assert erase(client, HERE) == 0
    assert client.query("SELECT count() FROM system.mutations").result_rows == made


def test_whatever_is_sent_again_is_not_kept(client: Client) -> None:
    """A replay, a worker that makes everything anew, topics that are read from their beginning once more."""
    forget(client)
    erase(client, HERE)
    put_what_is_computed(client)
    for table in ("customer_features", "churn_alerts"):
        assert stored(client, table) == [KEPT, DELETED], f"{table} has taken it in"
    put_customer(client, GONE, 2)
    forget(client)
    assert client.query(f"SELECT name FROM customers FINAL WHERE customer_id = {GONE}").result_rows == []
    erase(client, HERE)
    holds_nothing_of_the_erased(client)


def test_a_backup_of_before_brings_nothing_back(client: Client) -> None:
    tables = ", ".join(f"TABLE {place.table}" for place in places(HERE))
    client.command(f"BACKUP {tables} TO File('before')")
    forget(client)
    erase(client, HERE)
    for place in places(HERE):
        client.command(f"TRUNCATE TABLE {place.table}")
    client.command(f"RESTORE {tables} FROM File('before') SETTINGS allow_non_empty_tables = 1")
    assert names(client)[0] == f"Name {GONE}"
    # An export of the customers of now holds who is erased.
    forget(client)
    assert erase(client, HERE) == 1
    holds_nothing_of_the_erased(client)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """The same installation, with a home of a stack."""
    (tmp_path / STACK_FILE).touch()
    return HERE.model_copy(update={"home": tmp_path})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """There is no Kafka: whom it is told of."""
    told: list[int] = []
    monkeypatch.setattr("sinks.erasure.send", lambda _, customers: told.extend(customers))
    return told


def test_whom_the_home_remembers_is_erased_again_once(client: Client, home: Settings, sent: list[int]) -> None:
    """As after the restore of a backup that knows nothing of it."""
    (home.home / RESTORED).touch()
    remember(home, [GONE])
    assert erase_again(client, home) == 1
    assert sent == [GONE]
    holds_nothing_of_the_erased(client)
    assert stored(client, "erased_customers") == [GONE]
    assert not (home.home / RESTORED).exists()
    # What the topic brings afterwards is the same.
    forget(client)
    assert erase_again(client, home) == 0
    assert sent == [GONE]
    holds_nothing_of_the_erased(client)


def test_while_kafka_does_not_take_it_the_database_does_not_say_that_it_is_so(
    client: Client, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise C360Error("Kafka took 0 of 1 erasures")

    monkeypatch.setattr("sinks.erasure.send", refuse)
    (home.home / RESTORED).touch()
    remember(home, [GONE])
    with pytest.raises(C360Error, match="took 0 of 1"):
        erase_again(client, home)
    assert stored(client, "erased_customers") == []
    assert (home.home / RESTORED).exists()


def test_where_only_kafka_was_restored_it_is_told_all_the_same(client: Client, home: Settings, sent: list[int]) -> None:
    """The database is elsewhere, and knows; or it was killed after that had it, and before its rows were gone."""
    (home.home / RESTORED).touch()
    remember(home, [GONE])
    forget(client)
    assert erase_again(client, home) == 0
    assert sent == [GONE]
    holds_nothing_of_the_erased(client)
    assert not (home.home / RESTORED).exists()


def test_who_is_erased_from_elsewhere_is_noted_in_the_home_of_a_stack(client: Client, home: Settings) -> None:
    assert note(client, home) == 0
    forget(client)
    elsewhere = home.model_copy(update={"home": home.home / "none"})
    assert note(client, elsewhere) == 1
    assert not elsewhere.home.exists()
    assert note(client, home) == 1
    assert remembered(home) == {GONE}
    # It is read anew only when there are more.
    (home.home / NAME).unlink()
    assert note(client, home, before=1) == 1
    assert remembered(home) == set()


def test_who_was_erased_by_a_version_that_kept_it_all_is_erased_by_this_one(client: Client) -> None:
    for made in ("keep_erased_customers", "erased_customers"):
        client.command(f"DROP TABLE {made} SYNC")
    client.command("ALTER TABLE installation DELETE WHERE name = 'erased_customers' SETTINGS mutations_sync = 1")
    forget(client)
    assert migrate(client, HERE)
    assert not migrate(client, HERE)
    assert erase(client, HERE) == 1
    holds_nothing_of_the_erased(client)


def test_who_was_deleted_in_the_ordinary_way_comes_back_with_all_of_it(client: Client) -> None:
    put_customer(client, DELETED, 2, deleted=True)
    assert erase(client, HERE) == 0
    put_what_is_computed(client)
    put_customer(client, DELETED, 3)
    assert client.query("SELECT count() FROM customers FINAL").result_rows == [(3,)]
    assert stored(client, "churn_alerts") == [GONE, KEPT, DELETED]


def test_every_table_with_a_customer_s_number_is_erased_from_or_said_to_stay(client: Client) -> None:
    rows = client.query(
        "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'customer_id' AND table IN "
        "(SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"
    ).result_rows
    what_they_did = {
        "transactions", "interactions", "purchased_by_product", "interacted_by_product", "rollup_customer_months",
        "rollup_customer_totals", "rollup_activity", "customer_bounds",
    }  # fmt: skip
    erased = {place.table for place in places(HERE)} - {"dead_letters"}
    assert {table for (table,) in rows} == erased | what_they_did | {"erased_customers"}
    assert set(statements.ingestion_objects(HERE)) >= {"keep_erased_customers"}
