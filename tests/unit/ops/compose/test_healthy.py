"""Health checks in containers ask as the embedded stack does."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ops.compose.healthy import main
from tests.support.ports import free_ports


class Metrics(BaseHTTPRequestHandler):
    """A process that serves metrics, and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/metrics" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Says nothing."""


@pytest.fixture
def sinks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Something that answers where the sinks' metrics are."""
    with HTTPServer(("127.0.0.1", 0), Metrics) as server:
        monkeypatch.setenv("C360_SINKS_METRICS_PORT", str(server.server_port))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("sinks")
def test_a_part_that_answers_is_well() -> None:
    assert main(["sinks"]) == 0


@pytest.mark.usefixtures("sinks")
def test_all_that_are_named_must_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C360_STREAM_PROCESSORS_METRICS_PORT", str(free_ports(1)[0]))
    assert main(["sinks", "stream_processors"]) == 1
