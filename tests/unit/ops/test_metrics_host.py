"""Metrics are served where C360_METRICS_HOST says: on loopback, or for a Prometheus on another machine."""

import errno

import pytest

import stream_processors.metrics
from producers.flow import serve_metrics
from schemas import exposition
from schemas.settings import Settings


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """(port, address) of each server that would have been started."""
    started: list[tuple[int, str]] = []
    monkeypatch.setattr(exposition, "serve_metrics", lambda port, host: started.append((port, host)))
    return started


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, served: list[tuple[int, str]]) -> set[int]:
    """Ports that another process has."""
    ports: set[int] = set()

    def start(port: int, host: str) -> None:
        if port in ports:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        served.append((port, host))

    monkeypatch.setattr(exposition, "serve_metrics", start)
    return ports


def test_producers(served: list[tuple[int, str]]) -> None:
    serve_metrics(Settings(producers_metrics_port=1))
    serve_metrics(Settings(producers_metrics_port=2, metrics_host="0.0.0.0"))
    assert served == [(1, "127.0.0.1"), (2, "0.0.0.0")]


def test_stream_processors(served: list[tuple[int, str]]) -> None:
    assert stream_processors.metrics.serve("0.0.0.0", 3) == 3
    assert served == [(3, "0.0.0.0")]


def test_further_workers_of_one_network_leave_the_ports_of_other_parts_alone(taken: set[int]) -> None:
    defaults = {field.default for name, field in Settings.model_fields.items() if name.endswith("_port")}
    first = Settings().stream_processors_metrics_port
    for _ in range(16):
        taken.add(stream_processors.metrics.serve("127.0.0.1", first))
    assert taken == {first, *range(first + 100, first + 115)}
    assert taken & defaults == {first}
    with pytest.raises(OSError, match="Address already in use"):
        stream_processors.metrics.serve("127.0.0.1", first)
