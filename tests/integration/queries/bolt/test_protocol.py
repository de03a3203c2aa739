"""The protocol's corners, by a client that says what no driver would."""

import contextlib
import datetime as dt
import select
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from queries.graph.bolt import messages as m
from queries.graph.bolt.connection import LONGEST_MESSAGE
from queries.graph.bolt.handshake import VERSIONS, Version
from queries.graph.bolt.packstream import Structure
from schemas.scrape import scrape
from tests.integration.queries.bolt.server import PASSWORD, USER, RunningBolt
from tests.support.bolt import Client, connected
from tests.support.sockets import rest
from tests.support.waiting import wait_for

#: Hundreds of millions of rows to count, and more to send than sockets and memory hold.
SLOW = "MATCH (a:Customer), (b:Customer), (c:Customer), (d:Customer), (e:Customer), (f:Customer), (g:Customer) \
WHERE a.name + b.name <> g.name RETURN count(*)"
LONG = " + ".join(["a.name", "b.name", "c.name"] * 16)
MANY = f"MATCH (a:Customer), (b:Customer), (c:Customer) RETURN a.name, b.name, {LONG} AS long"


@pytest.fixture
def client(bolt: RunningBolt) -> Iterator[Client]:
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD)
        yield client


def running(bolt: RunningBolt) -> list[str]:
    """Texts of the Bolt server's statements that ClickHouse is working on."""
    client = bolt.engine.client()
    try:
        found = client.query(
            "SELECT query FROM system.processes WHERE startsWith(query, '/* query_id=bolt-')"
        ).result_rows
        return [row[0] for row in found]
    finally:
        client.close()


@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_every_version_answers(bolt: RunningBolt, version: Version) -> None:
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD, version)
        text = "MATCH (c:Customer {customer_id: $id})-[p:PURCHASED]->() RETURN c.name, p.ts ORDER BY p.ts LIMIT 1"
        (row,) = client.ask(text, {"id": 2})
        first = min(t.ts for t in bolt.world.transactions if t.customer_id == 2 and t.status == "completed")
        seconds, nanoseconds = divmod(int(first.timestamp() * 1000), 1000)
        tag = 0x49 if version >= (5, 0) else 0x46
        assert row == ["Name 2", Structure(tag, (seconds, nanoseconds * 1000000, 0))]
        client.send(m.GOODBYE)
        assert client.is_hung_up()


def test_the_manifest_and_the_version_it_says(bolt: RunningBolt) -> None:
    with connected(bolt.port) as client:
        assert client.handshake("000001FF 00000000 00000000 00000000") == bytes.fromhex("000001FF")
        assert client.read(14).hex() == "03" + "00020805" + "00040405" + "00000404" + "00"
        client.socket.sendall(bytes.fromhex("00000705 00"))
        client.send(m.HELLO, {"user_agent": "raw/1"})
        assert client.expect("SUCCESS")["protocol_version"] == "5.7"


def test_old_clients_may_have_times_in_utc(bolt: RunningBolt) -> None:
    with connected(bolt.port) as client:
        assert client.handshake("00000404 00000000 00000000 00000000").hex() == "00000404"
        token = {"scheme": "basic", "principal": USER, "credentials": PASSWORD}
        client.send(m.HELLO, {"user_agent": "raw/1", "patch_bolt": ["utc", "more"], **token})
        assert client.expect("SUCCESS")["patch_bolt"] == ["utc"]
        ((moment,),) = client.ask("MATCH ()-[p:PURCHASED]->() RETURN p.ts ORDER BY p.ts LIMIT 1")
        assert moment.tag == 0x49


def test_rows_come_as_they_are_pulled(client: Client) -> None:
    client.send(m.RUN, MANY, {}, {})
    assert client.expect("SUCCESS")["fields"] == ["a.name", "b.name", "long"]
    for count in (1, 5, 2000):
        client.send(m.PULL, {"n": count})
        rows, name, field = client.answer()
        assert (len(rows), name, field) == (count, "SUCCESS", {"has_more": True})
    client.send(m.DISCARD, {"n": 3})
    assert client.expect("SUCCESS") == {"has_more": True}
    client.send(m.DISCARD, {"n": -1})
    assert client.expect("SUCCESS")["type"] == "r"
    assert client.ask("RETURN 1") == [[1]]


def test_requests_may_come_all_at_once_and_in_pieces(client: Client) -> None:
    for number in range(20):
        client.send(m.RUN, "RETURN $n", {"n": number}, {})
        client.send(m.PULL, {"n": -1})
        client.socket.sendall(b"\0\0")  # an empty chunk between messages says nothing
    message = b"\xb3\x10\x88RETURN 1\xa0\xa0"
    for byte in b"\0\x05" + message[:5] + len(message[5:]).to_bytes(2, "big") + message[5:] + b"\0\0":
        client.socket.sendall(bytes((byte,)))
    client.send(m.PULL, {"n": -1})
    for number in [*range(20), 1]:
        client.expect("SUCCESS")
        assert client.answer()[:2] == ([[number]], "SUCCESS")


def test_after_a_failure_everything_is_ignored_until_reset(client: Client) -> None:
    client.send(m.RUN, "MATCH (n RETURN n", {}, {})
    client.send(m.PULL, {"n": -1})
    client.send(m.RUN, "RETURN 1", {}, {})
    failure = client.expect("FAILURE")
    client.send(m.RESET)
    assert failure["code"] == "Neo.ClientError.Statement.SyntaxError"
    assert "(line 1, column 10)" in failure["message"]
    assert [client.receive()[0] for _ in range(3)] == ["IGNORED", "IGNORED", "SUCCESS"]
    assert client.ask("RETURN 1") == [[1]]


@pytest.mark.parametrize("version", [(5, 6), (5, 8)], ids=str)
def test_a_failure_has_a_gql_status_since_5_7(bolt: RunningBolt, version: Version) -> None:
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD, version)
        client.send(m.RUN, "MERGE (n:Customer)", {}, {})
        failure = client.expect("FAILURE")
        assert failure.get("neo4j_code" if version >= (5, 7) else "code") == "Neo.ClientError.Statement.AccessMode"
        assert ("gql_status" in failure) == (version >= (5, 7))


def test_a_transaction_holds_several_results(client: Client) -> None:
    client.send(m.BEGIN, {"mode": "r"})
    client.expect("SUCCESS")
    numbers = []
    for text in (MANY, "MATCH (p:Product) RETURN p.name ORDER BY p.name"):
        client.send(m.RUN, text, {}, {})
        numbers.append(client.expect("SUCCESS")["qid"])
    client.send(m.PULL, {"n": 1, "qid": numbers[1]})
    client.send(m.PULL, {"n": 2, "qid": numbers[0]})
    client.send(m.PULL, {"n": 1})
    assert [len(client.answer()[0]) for _ in range(3)] == [1, 2, 1]
    client.send(m.ROLLBACK)
    client.expect("SUCCESS")
    client.send(m.BEGIN, {})
    client.send(m.COMMIT)
    client.expect("SUCCESS")
    client.expect("SUCCESS")


@pytest.mark.parametrize(
    "requests",
    [
        [(m.PULL, {"n": 1})],
        [(m.COMMIT,)],
        [(m.BEGIN, {}), (m.BEGIN, {})],
        [(m.BEGIN, {}), (m.LOGOFF,)],
        [(m.HELLO, {})],
        [(m.LOGON, {})],
        [(m.RUN, "RETURN 1", {}, {}), (m.RUN, "RETURN 1", {}, {})],
        [(m.RUN, "RETURN 1", {}, {}), (m.PULL, {})],
        [(m.RUN, "RETURN 1", {}, {}), (m.PULL, {"n": 0})],
        [(m.BEGIN, {"db": 7})],
        [(m.RUN, "RETURN 1", {})],
        [(m.RUN, 1, {}, {})],
        [(0x77, {})],
    ],
    ids=lambda requests: "-".join(f"{one[0]:02X}" for one in requests),
)
def test_what_does_not_fit_ends_the_connection_with_a_reason(client: Client, requests: list[Any]) -> None:
    for request in requests:
        client.send(*request)
    for _ in requests[1:]:
        client.expect("SUCCESS")
    assert client.expect("FAILURE")["code"] == "Neo.ClientError.Request.Invalid"
    assert client.is_hung_up()


@pytest.mark.parametrize("name", ["garbage", "cut off", "no structure"])
def test_a_message_that_cannot_be_read_ends_the_connection_with_a_reason(client: Client, name: str) -> None:
    client.send_bytes({"garbage": b"\xff\xc7\x00", "cut off": b"\xb3\x10\x89RETURN", "no structure": b"\x01"}[name])
    assert client.expect("FAILURE")["code"] == "Neo.ClientError.Request.Invalid"
    assert client.is_hung_up()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01" + b"\0" * 60,
        b"\r\n\r\n\r\n",
        bytes(64),
        bytes.fromhex("6060B017 00000003 00000002 00000001 00000000"),
        bytes.fromhex("6060B017 000001FF 00000000 00000000 00000000") + b"\xff" * 30,
    ],
    ids=["http", "tls", "short", "zeros", "old versions", "endless capabilities"],
)
def test_what_is_no_bolt_is_hung_up_on_with_a_line_in_the_log(bolt: RunningBolt, data: bytes) -> None:
    with connected(bolt.port) as client:
        client.socket.sendall(data)
        answer = rest(client.socket)
        mine = f"127.0.0.1:{client.socket.getsockname()[1]}"
    assert answer[-4:] == bytes(4)
    lines = wait_for(lambda: [line for line in bolt.log.read_text().splitlines() if mine in line], "it is logged")
    assert len(lines) == 1
    assert "closed:" in lines[0]


def test_a_message_too_long_is_not_taken_in(client: Client, bolt: RunningBolt) -> None:
    chunk = b"\xff\xff" + bytes(65535)
    with contextlib.suppress(ConnectionError):
        for _ in range(LONGEST_MESSAGE // 65535 + 2):
            client.socket.sendall(chunk)
    assert client.is_hung_up()
    assert f"longer than {LONGEST_MESSAGE} bytes" in bolt.log.read_text()


def test_nobody_else_is_let_in_for_long_messages(bolt: RunningBolt) -> None:
    with connected(bolt.port) as client:
        client.handshake("00000405 00000000 00000000 00000000")
        with contextlib.suppress(ConnectionError):
            client.socket.sendall(b"\xff\xff" + bytes(65535) + b"\xff\xff")
        assert client.is_hung_up()
    assert "longer than 65536 bytes" in bolt.log.read_text()


@pytest.mark.parametrize(
    "token",
    [
        {"scheme": "basic", "principal": USER, "credentials": "wrong"},
        {"scheme": "basic", "principal": "somebody", "credentials": PASSWORD},
        {"scheme": "basic", "principal": USER},
        {"scheme": "basic", "principal": USER, "credentials": 7},
        {"scheme": "none"},
        {},
    ],
    ids=str,
)
def test_nobody_comes_in_without_the_password(bolt: RunningBolt, token: dict[str, Any]) -> None:
    with connected(bolt.port) as client:
        client.handshake("00000405 00000000 00000000 00000000")
        client.send(m.HELLO, {})
        client.send(m.LOGON, token)
        client.send(m.RUN, "RETURN 1", {}, {})
        client.expect("SUCCESS")
        assert client.expect("FAILURE")["code"] == "Neo.ClientError.Security.Unauthorized"
        assert client.is_hung_up()


def test_reset_ends_the_query_in_clickhouse(client: Client, bolt: RunningBolt) -> None:
    client.send(m.RUN, SLOW, {}, {})
    client.send(m.PULL, {"n": -1})
    client.send(m.RUN, "RETURN 1", {}, {})
    client.expect("SUCCESS")
    wait_for(lambda: running(bolt), "ClickHouse works on it")
    client.send(m.RESET)
    failure = client.expect("FAILURE")
    assert failure["code"] == "Neo.TransientError.Transaction.Terminated"
    client.expect("IGNORED")
    client.expect("SUCCESS")
    assert client.ask("RETURN 1") == [[1]]
    wait_for(lambda: not running(bolt), "it is gone from ClickHouse")


def test_several_resets_are_answered_each(client: Client) -> None:
    client.send(m.RUN, SLOW, {}, {})
    client.expect("SUCCESS")
    client.send(m.PULL, {"n": -1})
    client.send(m.RESET)
    client.send(m.RESET)
    client.send(m.RUN, "RETURN 1", {}, {})
    client.expect("FAILURE")
    assert client.receive()[0] in {"IGNORED", "SUCCESS"}
    client.expect("SUCCESS")
    client.expect("SUCCESS")


def test_the_query_of_a_client_that_vanishes_is_ended(bolt: RunningBolt) -> None:
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD)
        client.send(m.RUN, SLOW, {}, {})
        client.send(m.PULL, {"n": -1})
        client.expect("SUCCESS")
        wait_for(lambda: running(bolt), "ClickHouse works on it")
    wait_for(lambda: not running(bolt), "it is gone from ClickHouse")


def test_a_result_given_up_is_ended(client: Client, bolt: RunningBolt) -> None:
    client.send(m.RUN, SLOW, {}, {})
    client.expect("SUCCESS")
    wait_for(lambda: running(bolt), "ClickHouse works on it")
    client.send(m.DISCARD, {"n": -1})
    client.expect("SUCCESS")
    wait_for(lambda: not running(bolt), "it is gone from ClickHouse")


def test_clients_that_stall_hold_up_nobody(bolt: RunningBolt) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(10):  # more than may run at once
            client = stack.enter_context(connected(bolt.port))
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            client.log_on(USER, PASSWORD)
            client.send(m.RUN, MANY, {}, {})
            client.send(m.PULL, {"n": -1})
        client.expect("SUCCESS")
        assert select.select([client.socket], [], [], 30)[0], "rows come"
        other = stack.enter_context(connected(bolt.port))
        other.log_on(USER, PASSWORD)
        assert other.ask("MATCH (p:Product) RETURN count(*)") == [[len(bolt.world.products)]]
        # The last one goes on where it stopped, and gets everything.
        rows, name, _ = client.answer()
        assert (len(rows), name) == (len(bolt.world.customers) ** 3, "SUCCESS")


def test_sessions_rows_and_refusals_are_counted(bolt: RunningBolt) -> None:
    figures = scrape(bolt.metrics_port)
    assert figures["c360_queries_bolt_refused_total"]
    assert figures["c360_queries_bolt_first_row_seconds_count"][()] > 0
    assert figures["c360_queries_bolt_rows_total"][()] > 0


def test_64_sessions_ask_at_once_and_one_more_is_refused(bolt: RunningBolt) -> None:
    wait_for(lambda: scrape(bolt.metrics_port)["c360_queries_bolt_sessions"][()] == 0, "no other session is open")
    answers: list[list[Any]] = []
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(bolt.port)) for _ in range(64)]
        for client in clients:
            client.log_on(USER, PASSWORD)
        with connected(bolt.port) as late:
            late.handshake("00000405 00000000 00000000 00000000")
            late.send(m.HELLO, {})
            late.send(m.LOGON, {"scheme": "basic", "principal": USER, "credentials": PASSWORD})
            late.expect("SUCCESS")
            failure = late.expect("FAILURE")
            assert failure["code"] == "Neo.TransientError.Request.NoThreadsAvailable"
            assert "C360_BOLT_SESSIONS" in failure["message"]
            assert late.is_hung_up()

        def ask(number: int) -> None:
            text = "MATCH (c:Customer)-[:PURCHASED]->(p:Product) RETURN $n, count(DISTINCT p)"
            answers.append(clients[number].ask(text, {"n": number}))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(row[0] for (row,) in answers) == list(range(64))
    assert len({row[1] for (row,) in answers}) == 1


def test_times_of_parameters_in_both_ways(bolt: RunningBolt) -> None:
    moment = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    expected = sum(t.ts >= moment and t.status == "completed" for t in bolt.world.transactions)
    for version, tag in (((5, 4), 0x49), ((4, 4), 0x46)):
        with connected(bolt.port) as client:
            client.log_on(USER, PASSWORD, version)
            given = {"t": Structure(tag, (int(moment.timestamp()), 0, 0))}
            ((count,),) = client.ask("MATCH ()-[p:PURCHASED]->() WHERE p.ts >= $t RETURN count(*)", given)
            assert count == expected
