"""Queries while they run: killed, timed out, abandoned, side by side."""

import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from tests.contract.clickhouse.conftest import Backend
from tests.support.waiting import wait_for

ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"


def _running(backend: Backend, mark: str) -> bool:
    return (
        backend.text(f"SELECT count() FROM system.processes WHERE query LIKE '%{mark}%' AND query NOT LIKE '%proc%'")
        != "0\n"
    )


def test_kill_query(backend: Backend) -> None:
    query_id = f"to-kill-{uuid.uuid4()}"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(backend.ask, ENDLESS, query_id=query_id)
        killed = f"KILL QUERY WHERE query_id = '{query_id}' AND user = '{backend.writer.name}' SYNC"
        wait_for(lambda: backend.text(killed) or slow.done(), "the query is killed")
        answer = slow.result(timeout=30)
    assert answer.headers["X-ClickHouse-Exception-Code"] == "394"


def test_the_same_query_id_twice(backend: Backend) -> None:
    query_id = f"twice-{uuid.uuid4()}"
    mark = f"twice_{uuid.uuid4().hex}"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(backend.ask, f"{ENDLESS} AND '{mark}' != ''", query_id=query_id)
        wait_for(lambda: _running(backend, mark), "the query runs")
        assert backend.ask("SELECT 1", query_id=query_id).headers["X-ClickHouse-Exception-Code"] == "216"
        wait_for(lambda: backend.text(f"KILL QUERY WHERE query_id = '{query_id}'") or slow.done(), "it is killed")
        slow.result(timeout=30)
    assert backend.text("SELECT 1", query_id=query_id) == "1\n"


def test_max_execution_time(backend: Backend) -> None:
    answer = backend.ask(ENDLESS, max_execution_time=1)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (408, "159")


def test_a_vanished_client_s_query_is_cancelled(backend: Backend) -> None:
    mark = f"gone_{uuid.uuid4().hex}"
    host, _, port = backend.address.partition(":")
    body = f"{ENDLESS} AND '{mark}' != ''".encode()
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            b"POST /?cancel_http_readonly_queries_on_client_close=1&max_execution_time=55 HTTP/1.1\r\nHost: x\r\n"
            + f"X-ClickHouse-User: {backend.writer.name}\r\nX-ClickHouse-Key: {backend.writer.password}\r\n".encode()
            + f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        wait_for(lambda: _running(backend, mark), "the query runs")
    wait_for(lambda: not _running(backend, mark), "the query is cancelled", 60)


def test_a_client_that_stops_reading_ends_the_query(backend: Backend) -> None:
    mark = f"half_{uuid.uuid4().hex}"
    sql = f"SELECT number, '{mark}' FROM numbers(1000000000) FORMAT CSV"
    answer = backend.ask(sql, stream=True, cancel_http_readonly_queries_on_client_close=1)
    # Held: urllib3 closes the connection of a body that nobody holds.
    body = answer.stream(1024)
    first = next(body)
    assert answer.status == 200, first
    wait_for(lambda: _running(backend, mark), "the query runs")
    answer.close()
    wait_for(lambda: not _running(backend, mark), "the query is cancelled", 60)


def test_a_client_that_vanishes_within_an_insert_stores_nothing(backend: Backend, table: str) -> None:
    host, _, port = backend.address.partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(
            f"POST /?database=c360_contract&query=INSERT+INTO+{table}+FORMAT+CSV HTTP/1.1\r\nHost: x\r\n".encode()
            + f"X-ClickHouse-User: {backend.writer.name}\r\nX-ClickHouse-Key: {backend.writer.password}\r\n".encode()
            + b"Transfer-Encoding: chunked\r\n\r\n6\r\n1,one\n\r\n"
        )
        wait_for(lambda: _running(backend, f"INTO {table}"), "the insert runs")
    wait_for(lambda: not _running(backend, f"INTO {table}"), "the insert is over", 20)
    assert backend.text(f"SELECT count() FROM {table}") == "0\n"


def test_queries_run_side_by_side(backend: Backend) -> None:
    """Each waits until the others have come too: one after another they would time out."""
    backend.text("CREATE OR REPLACE TABLE meeting (n UInt8) ENGINE = MergeTree ORDER BY n")
    barrier = threading.Barrier(8)

    def meet(number: int) -> str:
        with backend.ask(
            f"SELECT {number}, sleepEachRow(0.3) FROM numbers(8) SETTINGS max_block_size = 1", stream=True
        ) as answer:
            barrier.wait(timeout=20)  # every request has its headers or is running
            return answer.read().decode().splitlines()[0].split("\t")[0]

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(meet, range(8))) == [str(number) for number in range(8)]
    backend.text("DROP TABLE meeting")
