"""A process's metrics: answered to whoever asks shortly, and no door to its threads and memory for anybody else."""

import contextlib
import gzip
import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge

from schemas import exposition
from schemas.exposition import MOST_CONNECTIONS, serve_metrics
from tests.support.sockets import rest


@pytest.fixture(scope="module")
def port() -> int:
    registry = CollectorRegistry()
    Gauge("shown", "A number.", registry=registry).set(7)
    return serve_metrics(0, "127.0.0.1", registry)


def said(port: int, data: bytes) -> bytes:
    """All that is answered to these bytes."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(data)
        return rest(connection)


@contextlib.contextmanager
def connections(port: int, number: int, data: bytes) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(number):
            made.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), 60)))
            made[-1].sendall(data)
        yield made


def test_a_scraper_is_answered(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as found:
        assert b"\nshown 7.0\n" in found.read()
    packed = said(port, b"GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n").partition(b"\r\n\r\n")[2]
    assert b"\nshown 7.0\n" in gzip.decompress(packed)
    head = said(port, b"HEAD /metrics HTTP/1.1\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.endswith(b"\r\n\r\n")
    assert said(port, b"POST /metrics HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET x HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
    ],
)
def test_what_is_no_request_is_a_400(port: int, data: bytes) -> None:
    assert said(port, data).startswith(b"HTTP/1.1 400 ")


def test_a_flood_of_headers_is_not_gathered(port: int) -> None:
    found = said(port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000)
    # What had not been read yet when the connection was closed may take the answer with it.
    assert not found or found.startswith(b"HTTP/1.1 431 ")
    assert said(port, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 200 ")


def test_a_thousand_that_ask_nothing_keep_nobody_out_and_need_no_threads(port: int) -> None:
    before = threading.active_count()
    with connections(port, 1000, b"GET /met") as idle:
        assert b"\nshown 7.0\n" in said(port, b"GET / HTTP/1.1\r\n\r\n")
        assert threading.active_count() <= before + 1
        # All but the last are let go of.
        assert [rest(one) for one in idle[: 1000 - MOST_CONNECTIONS]] == [b""] * (1000 - MOST_CONNECTIONS)


def test_who_takes_too_long_is_let_go_of(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "SECONDS", 0.2)
    assert said(port, b"GET /metrics HTTP/1.1\r\nX-Slow: ") == b""


def test_a_collector_that_fails_is_a_500_and_a_line_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def collect(self) -> Iterator[object]:
            raise RuntimeError("the engine is away")

        def describe(self) -> list[object]:
            return []

    registry = CollectorRegistry()
    registry.register(Broken())  # type: ignore[arg-type]  # it is none that works
    assert said(serve_metrics(0, "127.0.0.1", registry), b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    assert "the engine is away" in caplog.text
    caplog.clear()
