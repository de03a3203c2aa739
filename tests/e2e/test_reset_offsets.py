"""Tables that lost rows get them back from their topic: all, those since a time, those from an offset on.

Those that lose them with parts that are torn, as a power cut or a full disk leaves them, get them back by themselves.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from schemas.clients import writer_client
from schemas.groups import clickhouse_group
from schemas.lag import committed, end_offsets
from schemas.topics import TRANSACTIONS
from sinks.reread import TORN as TORN_PARTS
from tests.chaos.checks import rollups
from tests.e2e.conftest import Stack, only_where_all_is_here, whole_stack
from tests.support.simulator import simulate
from tests.support.stack import kill
from tests.support.waiting import GIVE_UP, wait_for

WORLD = ("--customers", "200", "--products", "50", "--seed", "3")
MOMENT = datetime(2026, 4, 1, tzinfo=UTC)
#: What the stream fills beside its own table.
TABLES = ("transactions", "purchased_by_product")
#: Of each a part is torn: an events' table, what its stream fills beside it, records of which only the newest count,
#: what the stream processors send; a rollup, and the log that says how far what was stored.
TORN = ("transactions", "interacted_by_product", "customers", "customer_features")
TORN_BESIDE = ("rollup_sales", "ingest_log")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose tables may be emptied, with a history."""
    with whole_stack(tmp_path_factory.mktemp("reset")) as stack:
        past = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "5k", "--rate", "max")
        sent = simulate(stack.environment, *WORLD, *past)
        assert sent["failed"] == 0
        wait_for(Progress(stack.settings).done, "everything is stored, counted and published", seconds=120)
        # The client commits a block's end before it inserts it.
        stored = [(sent["streams"]["transactions"],)]
        wait_for(lambda: ask(stack, "SELECT count() FROM transactions FINAL") == stored, "every row is there")
        yield stack


def ask(stack: Stack, sql: str) -> list[tuple[object, ...]]:
    client = writer_client(stack.settings)
    try:
        return [tuple(row) for row in client.query(sql).result_rows]
    finally:
        client.close()


def rows(stack: Stack) -> dict[str, list[tuple[object, ...]]]:
    return {table: ask(stack, f"SELECT * FROM {table} FINAL ORDER BY ALL") for table in TABLES}


def empty(stack: Stack) -> None:
    client = writer_client(stack.settings)
    for table in TABLES:
        client.command(f"TRUNCATE TABLE {table}")
    client.close()


def read_through(stack: Stack) -> dict[tuple[str, int], int]:
    """Returns, with the ends of the partitions, once the group has committed all: rows may be seen before that."""
    group, name = clickhouse_group(stack.settings, TRANSACTIONS), TRANSACTIONS.name(stack.settings)
    ends = end_offsets(AdminClient({**stack.settings.kafka_client}), [name])
    places = [TopicPartition(*place) for place in ends]
    wait_for(
        lambda: committed(stack.settings, group, places) == ends, "the group has read all", seconds=GIVE_UP, every=0.5
    )
    return ends


def reset(stack: Stack, *words: str) -> str:
    command = [sys.executable, "-m", "ops.cli", "reset-offsets", "transactions", *words]
    done = subprocess.run(command, env=stack.environment, capture_output=True, text=True, timeout=GIVE_UP, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_all_since_a_time_and_from_an_offset_on(own: Stack) -> None:
    before = rows(own)
    said = reset(own, "--to-earliest", "--dry-run")
    assert said.count("records are read again") == own.settings.topic_partitions
    assert rows(own) == before

    # What is there already is read again and counts once.
    reset(own, "--to-earliest")
    wait_for(lambda: Progress(own.settings).done(), "it has caught up")
    assert rows(own) == before

    empty(own)
    reset(own, "--to-earliest")
    wait_for(lambda: rows(own) == before, "every row is back", seconds=60, every=0.5)

    read_through(own)
    late = f"SELECT count() FROM transactions FINAL WHERE ts >= toDateTime('{MOMENT:%Y-%m-%d}', 'UTC')"
    [(wanted,)] = ask(own, late)
    assert 0 < int(str(wanted)) < len(before["transactions"])
    empty(own)
    reset(own, "--to-datetime", MOMENT.isoformat())
    wait_for(lambda: ask(own, late) == [(wanted,)], "rows since then are back", seconds=60, every=0.5)

    end = read_through(own)[TRANSACTIONS.name(own.settings), 0]
    empty(own)
    reset(own, "--to-offset", f"0:{end - 5}")
    wait_for(lambda: ask(own, "SELECT count() FROM transactions FINAL") == [(5,)], "the last five", seconds=60)


def test_the_stream_goes_on(own: Stack, tmp_path: Path) -> None:
    reset(own, "--to-earliest")
    acked = tmp_path / "acked.npz"
    sent = simulate(own.environment, *WORLD, "--events", "500", "--rate", "max", "--acked", str(acked))
    source = sent["source"]
    stored = f"SELECT count() FROM transactions FINAL WHERE bitShiftRight(transaction_id, 40) = {source}"
    wait_for(lambda: ask(own, stored) == [(sent["streams"].get("transactions", 0),)], "new ones are stored", seconds=60)


def seen(client: Client) -> dict[str, object]:
    return {table: client.query(f"SELECT count(), sum(cityHash64(*)) FROM {table} FINAL").result_rows for table in TORN}


def noted(client: Client) -> list[object]:
    rows = client.query(f"SELECT value FROM installation FINAL WHERE name = '{TORN_PARTS}'").result_rows
    return [value for (value,) in rows]


@only_where_all_is_here
def test_what_was_in_torn_parts_comes_back_by_itself(own: Stack) -> None:
    wait_for(Progress(own.settings).done, "everything is stored, counted and published", seconds=120)
    assert rollups(own.settings, print) == {"rollup_mismatches": 0}
    with contextlib.closing(writer_client(own.settings)) as client:
        # What was merged would come back from what it was merged from.
        client.command("SYSTEM STOP MERGES")
        parts = "SELECT table, path FROM system.parts WHERE active AND table IN {tables:Array(String)}"
        tables = {"tables": [*TORN, *TORN_BESIDE]}
        older = client.query(parts, parameters=tables).result_rows
        simulate(own.environment, *WORLD, "--events", "500", "--rate", "max")
        wait_for(Progress(own.settings).done, "everything is stored, counted and published", seconds=120)
        before = seen(client)
        newer = set(client.query(parts, parameters=tables).result_rows) - set(older)
        assert {table for table, _ in newer} >= {*TORN, "ingest_log"}
        rolled_up = next(path for table, path in older if table == "rollup_sales")
        for file in (file for path in (rolled_up, *(path for _, path in newer)) for file in Path(path).glob("*")):
            os.truncate(file, 0)
    for name in ("rollup_turns", "keep_transactions"):
        (definition,) = own.settings.home.glob(f"clickhouse/store/*/*/{name}.sql")
        os.truncate(definition, 0)
    kill(own.settings, "clickhouse")
    with contextlib.closing(writer_client(own.settings)) as client:
        aside = "SELECT DISTINCT table FROM system.detached_parts WHERE startsWith(reason, 'broken')"
        assert {table for (table,) in client.query(aside).result_rows} >= {*TORN, "ingest_log"}
        wait_for(lambda: noted(client), "what is torn is read again", 60)
        wait_for(lambda: seen(client) == before, "every row is there", 60)
        wait_for(Progress(own.settings).done, "everything is stored, counted and published", seconds=120)
        assert rollups(own.settings, print) == {"rollup_mismatches": 0}
        assert seen(client) == before
        (once,) = noted(client)
        assert noted(client) == [once]
