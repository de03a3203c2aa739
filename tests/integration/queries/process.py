"""Servers as processes of their own, before an engine: those that answer, and those that cannot begin."""

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas.serving import raise_open_files
from tests.support.engine import stop_engine
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP, wait_for


def shown(metrics_port: int) -> str:
    """What a process shows of itself to Prometheus."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=GIVE_UP) as answer:
        return str(answer.read().decode())


@contextlib.contextmanager
def served(module: str, given: Mapping[str, Any], log: Path, says: str) -> Iterator[int]:
    """Its pid once it says in its log that it answers; ended by SIGTERM. `given` are settings by name."""
    environment = os.environ | {f"C360_{name.upper()}": str(value) for name, value in given.items()}
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.bound", "-m", module],
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: says in log.read_text() or process.poll() is not None, says, 60, every=0.05)
        assert process.poll() is None, log.read_text()
        yield process.pid
    finally:
        stop_engine(process)
    assert process.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text(), log.read_text()


@contextlib.contextmanager
def idle(port: int, number: int) -> Iterator[None]:
    """So many connections that have asked once, without a key, and then ask nothing."""
    raise_open_files()
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), GIVE_UP))
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert one.recv(12) == b"HTTP/1.1 200"
        yield


def refusal(module: str, home: Path, given: Mapping[str, str], code: int) -> str:
    """The one line a server ends with, and that code: its port is taken, if `given` has nothing that is seen first.

    Its variables begin with the last word of the module's name.
    """
    name = f"C360_{module.rpartition('.')[2].upper()}"
    http_port, metrics_port = free_ports(2)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {
            "C360_HOME": str(home),
            "C360_BOLT_HTTP_PORT": str(http_port),
            "C360_CLICKHOUSE_READER_PASSWORD": "x",
            f"{name}_PORT": str(taken.getsockname()[1]),
            f"{name}_METRICS_PORT": str(metrics_port),
            **given,
        }
        done = subprocess.run(
            [sys.executable, "-m", module],
            env=os.environ | environment, capture_output=True, text=True, timeout=GIVE_UP, check=False,
        )  # fmt: skip
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line
