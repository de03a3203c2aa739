"""An embedded ClickHouse of its own for a test: own port, own folder, own passwords, gone afterwards."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import clickhouse_connect
import psutil
from clickhouse_connect.driver.client import Client

from schemas.addresses import url as address
from schemas.settings import Settings
from tests.support.certificates import Certificates
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP, wait_for


@dataclass(frozen=True)
class User:
    """A name and a password."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class RunningEngine:
    """Where it answers, who may come in."""

    url: str  # http://127.0.0.1:PORT
    port: int
    database: str
    writer: User
    reader: User
    pid: int
    metrics_port: int
    home: Path
    log: Path

    @property
    def asked(self) -> dict[str, Any]:
        """The settings, by name, of whoever asks it as its reader."""
        return {
            "home": self.home,
            "clickhouse_url": self.url,
            "clickhouse_database": self.database,
            "clickhouse_reader_user": self.reader.name,
            "clickhouse_reader_password": self.reader.password,
        }

    def settings(self, **more: Any) -> Settings:
        """Those of an installation whose ClickHouse it is."""
        return Settings(**self.asked, clickhouse_writer_password=self.writer.password, **more)

    def client(self, user: User | None = None, **options: Any) -> Client:
        """clickhouse-connect as this user (the writer, if not said)."""
        chosen = user or self.writer
        return clickhouse_connect.get_client(
            dsn=self.url, username=chosen.name, password=chosen.password, database=self.database, **options
        )


@contextlib.contextmanager
def start_engine(
    home: Path, database: str = "customer360", tls: Certificates | None = None, module: str = "sinks.embedded"
) -> Iterator[RunningEngine]:
    """`python -m sinks.embedded` with its state in `home`, stopped by SIGTERM at the end; HTTPS with certificates."""
    port, metrics_port = free_ports(2)
    home.mkdir(parents=True, exist_ok=True)
    writer, reader = User("c360_writer", "writer's; pass'word"), User("c360_reader", "reader pass&word=1")
    log = home / "engine.log"
    environment = os.environ | {
        "C360_HOME": str(home),
        "C360_CLICKHOUSE_PORT": str(port),
        "C360_CLICKHOUSE_METRICS_PORT": str(metrics_port),
        "C360_CLICKHOUSE_DATABASE": database,
        "C360_CLICKHOUSE_WRITER_PASSWORD": writer.password,
        "C360_CLICKHOUSE_READER_PASSWORD": reader.password,
    }
    if tls:
        environment |= {
            "C360_TLS_CERTIFICATE": str(tls.certificate),
            "C360_TLS_KEY": str(tls.key),
            "C360_TLS_CA": str(tls.authority),
        }
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.bound", "-m", module],
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    url = address("127.0.0.1", port, tls=bool(tls))
    trusted = ssl.create_default_context(cafile=str(tls.authority)) if tls else None
    try:
        wait_for(lambda: _answers(url, process, trusted), f"the engine answers: {log.read_text()}", 120, every=0.05)
        yield RunningEngine(url, port, database, writer, reader, process.pid, metrics_port, home, log)
    finally:
        stop_engine(process)


def stop_engine(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL to one that does not end."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=GIVE_UP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def kill_engine(engine: RunningEngine) -> None:
    """kill -9; it has ended afterwards."""
    os.kill(engine.pid, signal.SIGKILL)
    wait_for_end(engine)


def wait_for_end(engine: RunningEngine) -> None:
    """Returns once its process has ended; whoever started it takes its remains away at the end."""
    process = psutil.Process(engine.pid)
    wait_for(lambda: process.status() == psutil.STATUS_ZOMBIE, "the engine ends")


def resident_bytes(pid: int) -> int:
    """Memory that a process holds."""
    return int(psutil.Process(pid).memory_info().rss)


def _answers(url: str, process: subprocess.Popen[bytes], trusted: ssl.SSLContext | None) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the engine ended with {process.returncode}")
    try:
        with urllib.request.urlopen(f"{url}/ping", timeout=5, context=trusted) as answer:
            return bool(answer.read() == b"Ok.\n")
    except (urllib.error.URLError, ConnectionError):
        return False
