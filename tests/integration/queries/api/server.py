"""The API as a process of its own, before an embedded engine with a small world and its rollups."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from clickhouse_connect.driver.client import Client

from queries.database import Table, table_of
from tests.integration.queries.bolt.server import world_engine
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


class _Engine:
    """What tests.integration.queries.rolled needs, over HTTP."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def execute(self, sql: str) -> object:
        return self._client.command(sql)

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        del parameters, settings
        return table_of(self._client.query(sql))


@contextlib.contextmanager
def rolled_engine(home: Path) -> Iterator[tuple[RunningEngine, World]]:
    """The engine with a world of some hundred rows, rolled up."""
    with world_engine(home) as (engine, world):
        client = engine.client()
        make_rollups(_Engine(client))
        roll_up(_Engine(client))
        client.close()
        yield engine, world


@contextlib.contextmanager
def api_server(engine: RunningEngine, world: World, folder: Path, **more: Any) -> Iterator[RunningApi]:
    """`python -m queries.api` on the engine, ended by SIGTERM; `more` are settings by name."""
    port, metrics_port = free_ports(2)
    given: Mapping[str, Any] = {
        "home": engine.home,
        "clickhouse_url": engine.url,
        "clickhouse_reader_password": engine.reader.password,
        "api_port": port,
        "api_metrics_port": metrics_port,
        "api_key": KEY,
        "api_requests_per_second": 10_000,
        **more,
    }
    log = folder / "api.log"
    scheme = "https" if "api_tls_certificate" in more else "http"
    with served("queries.api", given, log, "the API answers") as pid:
        yield RunningApi(f"{scheme}://127.0.0.1:{port}", port, metrics_port, pid, log, engine, world)
