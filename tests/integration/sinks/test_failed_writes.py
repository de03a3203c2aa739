"""Writes of the engine that fail, as on a full disk: chdb goes on as if they had not, so the process does not.

A limit to the size of files stands for the full disk: it takes no root, and a write beyond it fails as well.
"""

import os
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from tests.support.engine import RunningEngine, kill_engine, start_engine, wait_for_end
from tests.support.waiting import wait_for

LAID = "INSERT INTO kept SELECT number, rand64() FROM numbers({first}, {count})"
SEEN = "SELECT count(), sum(cityHash64(*)) FROM kept FINAL"
FAILED = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'"
#: Larger than what an insert of SMALL rows writes to a file, smaller than what one of LARGE does.
MOST_BYTES = 256 << 10
SMALL, LARGE = 10_000, 100_000


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[RunningEngine]:
    """With a table of some parts, not merged."""
    with start_engine(tmp_path) as made:
        client = made.client()
        client.command("CREATE TABLE kept (a UInt64, b UInt64) ENGINE = ReplacingMergeTree ORDER BY a")
        client.command("SYSTEM STOP MERGES kept")
        for first in range(0, LARGE, SMALL):
            client.command(LAID.format(first=first, count=SMALL))
        yield made


def refused(client: Client, engine: RunningEngine, statement: str) -> None:
    """A statement whose writes fail is not acknowledged, and the engine ends by itself."""
    psutil.Process(engine.pid).rlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
    with pytest.raises((ClickHouseError, OSError)):
        client.command(statement)
    wait_for_end(engine)
    assert f"writes to {engine.home / 'clickhouse'} have failed" in engine.log.read_text()


def test_an_insert_is_not_acknowledged_and_what_was_there_is_there(engine: RunningEngine) -> None:
    client = engine.client()
    seen = client.query(SEEN).result_rows
    refused(client, engine, LAID.format(first=LARGE, count=LARGE))
    with start_engine(engine.home) as again:
        client = again.client()
        assert client.query(SEEN).result_rows == seen
        client.command(LAID.format(first=LARGE, count=LARGE))
        assert client.query("SELECT count() FROM kept FINAL").result_rows == [(2 * LARGE,)]


def test_a_merge_takes_no_rows_with_it(engine: RunningEngine) -> None:
    """It ended with a part of empty files that took the place of the parts that were whole."""
    client = engine.client()
    seen = client.query(SEEN).result_rows
    client.command("SYSTEM START MERGES kept")
    refused(client, engine, "OPTIMIZE TABLE kept FINAL")
    with start_engine(engine.home) as again:
        client = again.client()
        assert client.query(SEEN).result_rows == seen
        aside = client.query("SELECT count() FROM system.detached_parts WHERE reason = 'broken-on-start'").result_rows
        assert aside[0][0] >= 1
        client.command("OPTIMIZE TABLE kept FINAL")
        assert client.query(SEEN).result_rows == seen


def test_a_client_that_goes_amid_its_answer_is_no_failed_write(engine: RunningEngine) -> None:
    """What the engine writes into a pipe that nobody reads any more would count as one to a disk."""
    client = engine.client()
    running = (
        "SELECT count() FROM system.processes WHERE query LIKE '%FROM numbers(1000000000)%' AND query_kind = 'Select'"
    )
    for form in ("CSV", "Native", "JSONEachRow"):
        with socket.create_connection(("127.0.0.1", engine.port)) as asking:
            body = f"SELECT number, toString(number) FROM numbers(1000000000) FORMAT {form}"
            asking.sendall(
                f"POST / HTTP/1.1\r\nHost: x\r\nX-ClickHouse-User: {engine.writer.name}\r\n"
                f"X-ClickHouse-Key: {engine.writer.password}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            assert asking.recv(1 << 16).startswith(b"HTTP/1.1 200")
        wait_for(lambda: client.query(running).result_rows == [(1,)], "its query ends with it")
    assert client.query(FAILED).result_rows == []


def test_nothing_is_begun_that_would_fill_the_disk(engine: RunningEngine) -> None:
    """What ends by itself, before it begins, is refused and tried again; nothing has to be put aside."""
    client = engine.client()
    assert client.query("SELECT keep_free_space FROM system.disks").result_rows == [(1 << 30,)]
    of_queries = "SELECT value FROM system.settings WHERE name = 'min_free_disk_space_for_temporary_data'"
    assert client.query(of_queries).result_rows == [(str(1 << 30),)]


def test_a_torn_definition_of_what_is_made_anew_keeps_nobody_from_starting(engine: RunningEngine) -> None:
    """Views that are refreshed write one every few seconds; the engine did not start with an empty one."""
    client = engine.client()
    for name in ("rollup_turns", ".tmp_of_a_moment"):
        client.command(f"CREATE TABLE `{name}` (a UInt64) ENGINE = MergeTree ORDER BY a")
    (kept,) = engine.home.glob("clickhouse/store/*/*/kept.sql")
    torn = [kept.with_name(f"{name}.sql") for name in ("rollup_turns", "%2Etmp_of_a_moment")]
    kill_engine(engine)
    for file in torn:
        os.truncate(file, 0)
    with start_engine(engine.home) as again:
        tables = "SELECT name FROM system.tables WHERE database = currentDatabase()"
        assert again.client().query(tables).result_rows == [("kept",)]
    assert sorted(file.name for file in (engine.home / "clickhouse" / "torn").iterdir()) == sorted(
        file.name for file in torn
    )
    os.truncate(kept, 20)
    with pytest.raises(AssertionError, match="ended with 1"), start_engine(engine.home):
        pass
    assert f"Error: The definition of the table kept, {kept}, is not whole" in engine.log.read_text()


def test_nothing_is_taken_in_while_what_keeps_it_is_torn(engine: RunningEngine) -> None:
    """What lets events in goes with it, until `python -m sinks` makes both anew: they would pass by."""
    client = engine.client()
    for name in ("take_products", "take_transactions", "keep_transactions"):
        client.command(f"CREATE VIEW {name} AS SELECT 1")
    (torn,) = engine.home.glob("clickhouse/store/*/*/keep_transactions.sql")
    kill_engine(engine)
    os.truncate(torn, 20)
    with start_engine(engine.home) as again:
        tables = "SELECT name FROM system.tables WHERE database = currentDatabase()"
        assert again.client().query(tables).result_rows == [("kept",)]


@pytest.mark.parametrize("name", ["format_version.txt", "mutation_5.txt"])
def test_a_torn_file_beside_a_table_s_parts_keeps_nobody_from_starting(engine: RunningEngine, name: str) -> None:
    """The tables of a moment have the first written every few seconds, an erasure the second."""
    client = engine.client()
    seen = client.query(SEEN).result_rows
    (folder,) = client.query("SELECT data_paths[1] FROM system.tables WHERE name = 'kept'").result_rows[0]
    kill_engine(engine)
    Path(folder, name).write_bytes(b"")
    with start_engine(engine.home) as again:
        assert again.client().query(SEEN).result_rows == seen
    assert (engine.home / "clickhouse" / "torn" / name).exists()
    assert f"{name} is torn" in engine.log.read_text()
