"""The API as a process of its own, before an embedded engine with a small world and its rollups."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from schemas.addresses import url as address
from tests.integration.queries.bolt.server import world_engine
from tests.integration.queries.engine import HttpEngine
from tests.integration.queries.process import served
from tests.integration.queries.rolled import make_rollups, roll_up
from tests.integration.queries.world import World
from tests.support.engine import RunningEngine
from tests.support.ports import free_ports

KEY = "the key of these tests"


@dataclass(frozen=True)
class RunningApi:
    """Where it answers and what it is asked about."""

    url: str
    port: int
    metrics_port: int
    pid: int
    log: Path
    engine: RunningEngine
    world: World

    def client(self, **options: Any) -> httpx2.Client:
        """A client with the key."""
        return httpx2.Client(base_url=self.url, headers={"X-API-Key": KEY}, timeout=300, **options)


@contextlib.contextmanager
def rolled_engine(home: Path) -> Iterator[tuple[RunningEngine, World]]:
    """The engine with a world of some hundred rows, rolled up."""
    with world_engine(home) as (engine, world):
        client = engine.client()
        make_rollups(HttpEngine(client))
        roll_up(HttpEngine(client))
        client.close()
        yield engine, world


@contextlib.contextmanager
def api_server(engine: RunningEngine, world: World, folder: Path, **more: Any) -> Iterator[RunningApi]:
    """`python -m queries.api` on the engine, ended by SIGTERM; `more` are settings by name."""
    port, metrics_port = free_ports(2)
    given: Mapping[str, Any] = {
        **engine.asked,
        "api_port": port,
        "api_metrics_port": metrics_port,
        "api_key": KEY,
        "api_requests_per_second": 10_000,
        **more,
    }
    log = folder / "api.log"
    url = address("127.0.0.1", port, tls="api_tls_certificate" in more)
    with served("queries.api", given, log, "the API answers") as pid:
        yield RunningApi(url, port, metrics_port, pid, log, engine, world)
