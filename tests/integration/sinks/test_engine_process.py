"""The embedded engine as a process: one a folder, quick to end, and honest about ports, memory and its own figures."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from schemas.groups import STORED
from sinks.statements import collection, ingestion, tables
from tests.support.engine import RunningEngine, User, resident_bytes, start_engine
from tests.support.waiting import GIVE_UP, wait_for


def _start_again(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sinks.embedded"], env={**os.environ, "C360_HOME": str(home), **environment},
        capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip


PASSWORDS = {"C360_CLICKHOUSE_WRITER_PASSWORD": "w", "C360_CLICKHOUSE_READER_PASSWORD": "r"}


def test_a_second_process_on_the_same_folder_is_told_who_has_it(tmp_path: Path) -> None:
    with start_engine(tmp_path) as engine:
        done = _start_again(tmp_path, C360_CLICKHOUSE_PORT="1", **PASSWORDS)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("Error: ")
        assert f"in use by process {engine.pid}" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with start_engine(tmp_path / "one") as engine:
        done = _start_again(tmp_path / "two", C360_CLICKHOUSE_PORT=str(engine.port), **PASSWORDS)
        assert done.returncode == 1
        assert str(engine.port) in done.stderr
        assert "Traceback" not in done.stderr


def test_missing_passwords_are_asked_for(tmp_path: Path) -> None:
    done = _start_again(tmp_path)
    assert done.returncode == 2
    assert "C360_CLICKHOUSE_WRITER_PASSWORD" in done.stderr


def test_data_outlive_the_process(tmp_path: Path) -> None:
    with start_engine(tmp_path) as engine:
        client = engine.client()
        client.command("CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a")
        client.insert("kept", [[1]])
        client.command("CREATE NAMED COLLECTION kept AS a = '1'")
    with start_engine(tmp_path) as engine:
        assert engine.client().query("SELECT a FROM kept").result_rows == [(1,)]
        assert engine.client().query("SELECT name FROM system.named_collections").result_rows == [("kept",)]


def test_the_engine_s_consumers_tell_kafka_to_miss_them_after_6_s(tmp_path: Path) -> None:
    """The engine shows no value of a collection that may hold passwords: it is what it keeps of it that it reads."""
    with start_engine(tmp_path) as engine:
        here = engine.settings(kafka_bootstrap="127.0.0.1:1")
        client = engine.client()
        # Told of no address of ClickHouse's: it is the embedded one.
        for statement in [*tables(here), *ingestion(here.model_copy(update={"clickhouse_url": ""}))]:
            client.command(statement)
        queues = client.query("SELECT engine_full FROM system.tables WHERE engine = 'Kafka'").result_rows
        client.close()
        assert len(queues) == len(STORED)
        assert all(queue.startswith(f"Kafka({collection(here)}, ") for (queue,) in queues)
        assert all("session" not in queue for (queue,) in queues)
        kept = tmp_path / "clickhouse" / "named_collections" / f"{collection(here)}.sql"
        assert re.findall(r"session_timeout_ms = '(\d+)'", kept.read_text(encoding="utf-8")) == ["6000"]


def test_sigterm_ends_selects_and_lets_inserts_finish(tmp_path: Path) -> None:
    pool = urllib3.PoolManager(retries=False)
    outcome: dict[str, int] = {}
    with start_engine(tmp_path) as engine:
        headers = {"X-ClickHouse-User": engine.writer.name, "X-ClickHouse-Key": engine.writer.password}
        engine.client().command("CREATE TABLE kept (a UInt64) ENGINE = MergeTree ORDER BY a")

        def ask(name: str, sql: str) -> None:
            url = f"{engine.url}/?database=customer360"
            outcome[name] = pool.request("POST", url, body=sql, headers=headers).status

        select = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"
        insert = "INSERT INTO kept SELECT sum(sleepEachRow(0.2)) FROM numbers(5) SETTINGS max_block_size = 1"
        threads = [threading.Thread(target=ask, args=one) for one in (("select", select), ("insert", insert))]
        for thread in threads:
            thread.start()
        seen = "SELECT count() FROM system.processes WHERE query LIKE '%numbers%' AND query NOT LIKE '%system.proc%'"
        client = engine.client()
        wait_for(lambda: client.query(seen).result_rows == [(2,)], "both run", every=0.02)
        process = psutil.Process(engine.pid)
        process.terminate()
        process.wait(timeout=10)
        for thread in threads:
            thread.join()
    assert outcome == {"select": 500, "insert": 200}
    with start_engine(tmp_path) as engine:
        assert engine.client().query("SELECT count() FROM kept").result_rows == [(1,)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("running")) as engine:
        yield engine


def test_figures(running: RunningEngine) -> None:
    running.client(running.reader).query("SELECT 1")
    text = urllib3.request("GET", f"http://127.0.0.1:{running.metrics_port}/metrics").data.decode()
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["c360_sinks_engine_queries_total", "c360_reader", "select"] >= 1
    assert found["c360_sinks_engine_resident_bytes",] > 1e8
    assert found["c360_sinks_engine_events_total", "Query"] > 0
    for name in ("c360_sinks_engine_merges", "c360_sinks_engine_kafka_consumers", "c360_sinks_engine_running_queries"):
        assert found[name,] == 0


def test_a_large_insert_and_a_large_result_need_little_memory(running: RunningEngine) -> None:
    """300 MB in and out of a process that may not grow by as much; measured by what it held at most."""
    client = running.client(autogenerate_session_id=False)
    client.command("CREATE TABLE large (a UInt64, b String) ENGINE = MergeTree ORDER BY a")
    block = "".join(f"{row},some text that takes its place {row}\n" for row in range(100_000)).encode()
    before = most = resident_bytes(running.pid)

    def body() -> Iterator[bytes]:
        nonlocal most
        for _ in range(70):
            most = max(most, resident_bytes(running.pid))
            yield block

    headers = {"X-ClickHouse-User": running.writer.name, "X-ClickHouse-Key": running.writer.password}
    pool = urllib3.PoolManager(retries=False)
    url = f"{running.url}/?database=customer360&query=INSERT+INTO+large+FORMAT+CSV"
    assert pool.request("POST", url, body=body(), headers=headers).status == 200
    url = f"{running.url}/?database=customer360"
    answer = pool.request("POST", url, body="SELECT * FROM large FORMAT JSON", headers=headers, preload_content=False)
    size = 0
    for piece in answer.stream(1 << 20):
        size += len(piece)
        if size % 50 == 0:
            most = max(most, resident_bytes(running.pid))
    assert size > 300_000_000
    assert max(most, resident_bytes(running.pid)) - before < 350_000_000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "multipart/form-data"),
        (b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT 1', "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n\xff\r\n--b--',
            "multipart/form-data; boundary=b",
        ),
    ],
)
def test_a_form_that_cannot_be_read(running: RunningEngine, body: bytes, content_type: str) -> None:
    headers = {**_credentials(running.reader), "Content-Type": content_type}
    answer = urllib3.request("POST", running.url, body=body, headers=headers, retries=False)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "36")
    assert answer.data.startswith(b"Code: 36. DB::Exception: The form cannot be read: ")
    assert "Traceback" not in running.log.read_text()


def test_a_form_is_not_gathered_without_end(running: RunningEngine) -> None:
    body, content_type = urllib3.encode_multipart_formdata({"query": "SELECT 1 -- " + "x" * (17 << 20)})
    headers = {**_credentials(running.reader), "Content-Type": content_type}
    answer = urllib3.request("POST", running.url, body=body, headers=headers, retries=False)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (413, "161")


def test_the_reader_s_slow_queries_hold_up_no_writer(running: RunningEngine) -> None:
    slow = "SELECT sum(sipHash64(number)) FROM numbers(1000000000000) SETTINGS max_threads = 1"
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            connection = stack.enter_context(contextlib.closing(socket.create_connection(("127.0.0.1", running.port))))
            head = "".join(f"{name}: {value}\r\n" for name, value in _credentials(running.reader).items())
            connection.sendall(
                f"POST / HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(slow)}\r\n\r\n{slow}".encode()
            )
        count = (
            "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000)%' AND query NOT LIKE '%count()%'"
        )
        headers = _credentials(running.writer)

        def all_run() -> bool:
            answer = urllib3.request("POST", running.url, body=count, headers=headers, timeout=20, retries=False)
            return answer.data == b"16\n"

        wait_for(all_run, "sixteen of the reader's queries run")


def _credentials(user: User) -> dict[str, str]:
    return {"X-ClickHouse-User": user.name, "X-ClickHouse-Key": user.password}
