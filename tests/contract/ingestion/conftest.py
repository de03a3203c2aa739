"""The same suite for both ways in, on the embedded engine's HTTPS port: its Kafka engine, and the client beside it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ops.stack import environment
from schemas.clients import writer_client
from schemas.settings import Settings
from tests.oracle.records import Records
from tests.support.certificates import make_certificates
from tests.support.installation import Installation, installed
from tests.support.naming import named
from tests.support.ports import free_ports
from tests.support.stack import kill, own_settings, running


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Kafka, the registry and ClickHouse; ClickHouse speaks TLS."""
    folder = tmp_path_factory.mktemp("ingestion")
    made = make_certificates(folder)
    settings = own_settings(
        folder / "home", tls_certificate=str(made.certificate), tls_key=str(made.key), tls_ca=str(made.authority)
    )
    assert settings.clickhouse.startswith("https://")
    with running(settings, parts=("kafka", "registry", "clickhouse")):
        yield settings


@dataclass
class WayIn:
    """One way in on an installation of its own."""

    kind: str  # engine or client
    stack: Settings
    place: Installation
    records: Records
    folder: Path
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    metrics_port: int = 0  # of the newest

    def start(self) -> "subprocess.Popen[bytes]":
        """One more process of the client."""
        (self.metrics_port,) = free_ports(1)
        chosen = self.place.settings.model_copy(update={"ingest_metrics_port": self.metrics_port})
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ops.launcher.bound", "-m", "sinks.ingest"],
                env={**os.environ, **environment(chosen)}, stdout=log, stderr=log,
            )  # fmt: skip
        self.processes.append(process)
        return process

    @property
    def log(self) -> Path:
        """What the client's next process says."""
        return self.folder / f"ingest-{len(self.processes)}.log"

    def kill(self) -> None:
        """kill -9 of what takes records in; it is started again."""
        if self.kind == "client":
            self.processes[-1].kill()
            self.processes[-1].wait()
            self.start()
        else:
            self.kill_clickhouse()

    def kill_clickhouse(self) -> None:
        """kill -9 of ClickHouse, which is started again."""
        kill(self.stack, "clickhouse")

    def send(self) -> None:
        """Sends the records that were added since the last time."""
        self.place.send(self.records.sent)
        self.records.sent.clear()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Asks as a reader does."""
        client = writer_client(self.place.settings)
        with contextlib.closing(client):
            return [tuple(row) for row in client.query(sql, settings={"final": 1}).result_rows]


@contextlib.contextmanager
def way_in(kind: str, stack: Settings, name: str, folder: Path) -> Iterator[WayIn]:
    """An installation that takes records in by one of the two ways."""
    with installed(stack.model_copy(update={"clickhouse_ingest": kind}), name) as place:
        way = WayIn(kind, stack, place, Records(place.ids), folder)
        try:
            if kind == "client":
                way.start()
            yield way
        finally:
            for process in way.processes:
                process.terminate()
                process.wait()


@pytest.fixture(params=["engine", "client"])
def way(request: pytest.FixtureRequest, stack: Settings, tmp_path: Path) -> Iterator[WayIn]:
    """Nothing in it yet."""
    with way_in(request.param, stack, named(request), tmp_path) as made:
        yield made


@pytest.fixture
def client_way(stack: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WayIn]:
    """The client's, for what the engine has no part in."""
    with way_in("client", stack, f"only_{named(request, 40)}", tmp_path) as made:
        yield made
