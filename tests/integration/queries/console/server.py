"""The console as a process of its own, before an embedded engine with a small world."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.addresses import url as address
from tests.integration.queries.process import served
from tests.integration.queries.world import World
from tests.support.engine import RunningEngine
from tests.support.ports import free_ports

PASSWORD = "the password of these tests"


@dataclass(frozen=True)
class RunningConsole:
    """Where it answers and what it is about."""

    url: str
    metrics_port: int
    log: Path
    engine: RunningEngine
    world: World


@contextlib.contextmanager
def console_server(engine: RunningEngine, world: World, folder: Path, **more: Any) -> Iterator[RunningConsole]:
    """`python -m queries.console` on the engine, ended by SIGTERM; `more` are settings by name."""
    port, metrics_port, *nobodys = free_ports(6)
    given: Mapping[str, Any] = {
        **engine.asked,
        "console_port": port,
        "console_metrics_port": metrics_port,
        "console_password": PASSWORD,
        # Nothing else is up.
        "kafka_port": nobodys[0],
        "sinks_metrics_port": nobodys[1],
        "stream_processors_metrics_port": nobodys[2],
        "producers_metrics_port": nobodys[3],
        **more,
    }
    log = folder / "console.log"
    url = address("127.0.0.1", port, tls="console_tls_certificate" in more)
    with served("queries.console", given, log, "the console answers"):
        yield RunningConsole(url, metrics_port, log, engine, world)
