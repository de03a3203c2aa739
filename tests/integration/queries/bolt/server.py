"""An embedded engine with a small world in it, and the Bolt server before it: processes of their own."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.settings import Settings
from sinks.statements import tables
from tests.integration.queries.engine import HttpEngine
from tests.integration.queries.process import served
from tests.integration.queries.world import World, load, make_world
from tests.support.engine import RunningEngine, start_engine
from tests.support.ports import free_ports

USER, PASSWORD = "neo4j", "the client's ß"
WORLD_SEED = 5


@dataclass(frozen=True)
class RunningBolt:
    """Where it answers and what it is asked about."""

    port: int
    http_port: int
    metrics_port: int
    pid: int
    log: Path
    engine: RunningEngine
    world: World

    @property
    def uri(self) -> str:
        """For drivers."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """For drivers."""
        return USER, PASSWORD


@contextlib.contextmanager
def world_engine(home: Path) -> Iterator[tuple[RunningEngine, World]]:
    """The engine with a world of some hundred rows."""
    world = make_world(WORLD_SEED, customers=30, products=10, purchases=300, acts=200)
    with start_engine(home) as engine:
        client = engine.client()
        for statement in tables(Settings()):
            client.command(statement)
        load(HttpEngine(client), world)
        client.close()
        yield engine, world


@contextlib.contextmanager
def bolt_server(engine: RunningEngine, world: World, folder: Path, **more: Any) -> Iterator[RunningBolt]:
    """`python -m queries.graph.bolt` on the engine, ended by SIGTERM; `more` are settings by name."""
    port, http_port, metrics_port = free_ports(3)
    given: Mapping[str, Any] = {
        **engine.asked,
        "bolt_port": port,
        "bolt_http_port": http_port,
        "bolt_metrics_port": metrics_port,
        "bolt_password": PASSWORD,
        **more,
    }
    log = folder / "bolt.log"
    with served("queries.graph.bolt", given, log, "Bolt answers") as pid:
        yield RunningBolt(port, http_port, metrics_port, pid, log, engine, world)
