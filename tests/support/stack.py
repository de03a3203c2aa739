"""A stack of its own for a test: own ports, own state folder, gone afterwards."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.stack import attached, environment
from ops.stack.status import part_statuses
from schemas.settings import Settings
from tests.support.ports import free_ports
from tests.support.waiting import wait_for

PORTS = (
    "kafka_port",
    "kafka_controller_port",
    "registry_port",
    "clickhouse_port",
    "clickhouse_metrics_port",
    "stream_processors_metrics_port",
    "producers_metrics_port",
    "sinks_metrics_port",
    "ingest_metrics_port",
    "bolt_port",
    "bolt_http_port",
    "bolt_metrics_port",
    "api_port",
    "api_metrics_port",
    "console_port",
    "console_metrics_port",
)


def own_settings(home: Path, **more: Any) -> Settings:
    """Settings of an installation that shares nothing with any other but the cache of archives."""
    ports: dict[str, Any] = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    return Settings(home=home, **{**ports, **more})


@contextlib.contextmanager
def running(settings: Settings, parts: tuple[str, ...] | None = None) -> Iterator[dict[str, str]]:
    """The stack, or some parts of it, up; gives the environment that its commands need.

    It ends with the block, and with the tests however these end.
    """
    with attached(settings, parts):
        yield {**os.environ, **environment(settings)}


def kill(settings: Settings, part: str) -> None:
    """kill -9 of a part; it is started again and runs."""
    before = part_statuses(settings)[part].pid
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def is_back() -> bool:
        now = part_statuses(settings)[part]
        return now.state == "running" and now.pid not in {None, before}

    wait_for(is_back, f"{part} is back", seconds=60)
