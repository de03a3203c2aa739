"""Metrics are served where C360_METRICS_HOST says: on loopback, or for a Prometheus on another machine."""

import prometheus_client
import pytest

import stream_processors.metrics
from producers.flow import serve_metrics
from schemas.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """(port, address) of each server that would have been started."""
    started: list[tuple[int, str]] = []
    monkeypatch.setattr(prometheus_client, "start_http_server", lambda port, addr: started.append((port, addr)))
    return started


def test_producers(served: list[tuple[int, str]]) -> None:
    serve_metrics(Settings(producers_metrics_port=1))
    serve_metrics(Settings(producers_metrics_port=2, metrics_host="0.0.0.0"))
    assert served == [(1, "127.0.0.1"), (2, "0.0.0.0")]


def test_stream_processors(served: list[tuple[int, str]]) -> None:
    assert stream_processors.metrics.serve("0.0.0.0", 3) == 3
    assert served == [(3, "0.0.0.0")]
