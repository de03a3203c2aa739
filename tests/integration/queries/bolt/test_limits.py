"""What is too large, too deep, too slow or too many is an error for whoever sent it, and the others are answered."""

import contextlib
import json
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from queries.graph.bolt import messages as m
from schemas.serving import raise_open_files
from tests.integration.queries.bolt.server import PASSWORD, USER, RunningBolt
from tests.integration.queries.bolt.test_protocol import MANY, running
from tests.integration.queries.bolt.test_submit import ask
from tests.support.bolt import MAGIC, Client, connected
from tests.support.engine import resident_bytes
from tests.support.waiting import wait_for

MIB = 1 << 20
DEEP = 10_000


@contextlib.contextmanager
def connections(port: int, number: int, data: bytes) -> Iterator[list[socket.socket]]:
    """So many that have said this; those that the server has hung up on already, too."""
    raise_open_files()
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(number):
            made.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), 300)))
            with contextlib.suppress(ConnectionError):
                made[-1].sendall(data)
        yield made


def expect_answers(bolt: RunningBolt) -> None:
    """Whoever comes now is served, by either port."""
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD)
        assert client.ask("RETURN 1") == [[1]]
    assert ask(bolt, {"query": "RETURN 1"}).status == 200


@pytest.mark.parametrize(
    "text",
    [
        "RETURN " + "(" * DEEP + "1" + ")" * DEEP,
        "RETURN " + "[" * DEEP + "1" + "]" * DEEP,
        "RETURN " + "{a: " * DEEP + "1" + "}" * DEEP,
        "RETURN " + "- " * DEEP + "1",
        "RETURN " + "abs(" * DEEP + "1" + ")" * DEEP,
        "RETURN a" + ".b" * DEEP,
    ],
    ids=["brackets", "lists", "maps", "signs", "calls", "properties"],
)
def test_nested_without_end(bolt: RunningBolt, text: str) -> None:
    answer = ask(bolt, {"query": text})
    assert answer.status == 400
    assert "nested too deep" in answer.json()["error"]


def test_a_text_that_takes_too_long_to_compile_holds_up_nobody(bolt: RunningBolt) -> None:
    endless = "MATCH (a)" + "-[:PURCHASED]->(p)<-[:PURCHASED]-(b)" * 300 + " RETURN count(*)"
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD)
        client.send(m.RUN, endless, {}, {})
        expect_answers(bolt)
        failure = client.expect("FAILURE")
        assert failure["code"] == "Neo.ClientError.Statement.ArgumentError"
        assert "write it shorter" in failure["message"]
        client.send(m.RESET)
        client.expect("SUCCESS")
        assert client.ask("RETURN 1") == [[1]]


def test_a_text_that_becomes_too_much_sql_is_said(bolt: RunningBolt) -> None:
    answer = ask(bolt, {"query": f"RETURN size('{'x' * MIB}')"})
    assert (answer.status, answer.json()["code"]) == (400, "Neo.ClientError.Statement.ArgumentError")
    assert "as parameters" in answer.json()["error"]
    assert ask(bolt, {"query": "RETURN size($x)", "parameters": {"x": "x" * MIB}}).json()[0]["Values"] == [MIB]


@pytest.mark.parametrize(("coding", "window"), [("gzip", 31), ("deflate", 15)])
def test_a_small_body_that_becomes_a_large_one(bolt: RunningBolt, coding: str, window: int) -> None:
    packer = zlib.compressobj(1, zlib.DEFLATED, window)
    bomb = b"".join(packer.compress(b" " * MIB) for _ in range(100)) + packer.flush()
    before = resident_bytes(bolt.pid)
    answer = ask(bolt, bomb, headers={"Content-Encoding": coding})
    assert (answer.status, answer.json()["code"]) == (400, "Neo.ClientError.Request.Invalid")
    assert resident_bytes(bolt.pid) - before < 64 * MIB
    expect_answers(bolt)


def test_a_body_of_100_mb(bolt: RunningBolt) -> None:
    before = resident_bytes(bolt.pid)
    assert ask(bolt, b"x" * (100 * MIB)).status == 400
    assert resident_bytes(bolt.pid) - before < 64 * MIB
    expect_answers(bolt)


def test_parameters_nested_without_end(bolt: RunningBolt) -> None:
    body = '{"query": "RETURN $a", "parameters": {"a": ' + "[" * DEEP + "]" * DEEP + "}}"
    assert ask(bolt, body.encode()).status == 400
    with connected(bolt.port) as client:
        client.log_on(USER, PASSWORD)
        client.send_bytes(b"\xb3\x10\x88RETURN 1\xa1\x81a" + b"\x91" * 1000 + b"\x01\xa0")
        assert "nested deeper" in client.expect("FAILURE")["message"]
    expect_answers(bolt)


@pytest.mark.parametrize("data", [b"", MAGIC + b"\0\0", MAGIC + bytes.fromhex("00000405") + bytes(12)])
def test_1000_half_open_connections(bolt: RunningBolt, data: bytes) -> None:
    with connected(bolt.port) as before:
        before.log_on(USER, PASSWORD)
        with connections(bolt.port, 1000, data):
            expect_answers(bolt)
            # Who had logged on is not the one that goes.
            assert before.ask("RETURN 1") == [[1]]


def test_1000_connections_to_http_that_ask_nothing(bolt: RunningBolt) -> None:
    with connections(bolt.http_port, 1000, b"POST /submitCypher HTTP/1.1\r\nX-Drip: "):
        expect_answers(bolt)


def test_1000_connections_to_the_metrics(bolt: RunningBolt) -> None:
    with connections(bolt.metrics_port, 1000, b"GET /metrics HTTP/1.1\r\n"):
        assert b" 200 " in _line(bolt.metrics_port)
        expect_answers(bolt)


def _line(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 300) as connection:
        connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        return connection.recv(20)


def test_clients_that_go_away_in_the_midst_of_a_result(bolt: RunningBolt) -> None:
    before = resident_bytes(bolt.pid)
    for _ in range(20):
        with connected(bolt.port) as client:
            client.log_on(USER, PASSWORD)
            _begin(client)
    wait_for(lambda: not running(bolt), "nothing of theirs runs on", every=0.05)
    expect_answers(bolt)
    assert resident_bytes(bolt.pid) - before < 256 * MIB


def _begin(client: Client) -> Any:
    client.send(m.RUN, MANY, {}, {})
    client.send(m.PULL, {"n": -1})
    return client.expect("SUCCESS")


def test_long_lists_of_parameters(bolt: RunningBolt) -> None:
    numbers = list(range(100_000))
    body = json.dumps({"query": "RETURN size($a)", "parameters": {"a": numbers}}).encode()
    assert ask(bolt, body).json()[0]["Values"] == [len(numbers)]
