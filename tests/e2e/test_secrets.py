"""What a running stack shows of itself: it listens on loopback alone, and no password stands where others look."""

import subprocess
import sys

import psutil
import pytest

from schemas.settings import Settings
from tests.e2e.conftest import Stack
from tests.support.secrecy import command_lines, logs, metrics, metrics_ports, passwords, processes, shown

LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture(scope="module")
def installations(stack: Stack) -> list[Settings]:
    """This one, and the one elsewhere if there is one; after each of the ways to ask has been used once."""
    for words in (["sql", "1"], ["status"]):
        command = [sys.executable, "-m", "ops.cli", *words]
        subprocess.run(command, env=stack.environment, capture_output=True, check=True, timeout=120)
    return [one for one in (stack.settings, stack.remote) if one is not None]


def test_nothing_listens_beyond_this_machine(installations: list[Settings]) -> None:
    listening = {
        (name, connection.laddr.ip)
        for name, process in processes(installations)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {"bolt", "sinks", "stream_processors"} <= {name for name, _ in listening}
    assert [(name, address) for name, address in listening if address.removeprefix("::ffff:") not in LOOPBACK] == []


def test_no_password_stands_in_a_list_of_processes(installations: list[Settings]) -> None:
    found = list(processes(installations))
    assert len({name for name, _ in found}) > 2
    assert shown(passwords(installations), command_lines(found)) == []


def test_no_password_stands_in_a_log_or_among_the_metrics(installations: list[Settings]) -> None:
    ports = metrics_ports(installations[0])
    assert len(ports) > 2
    assert shown(passwords(installations), logs(installations) | metrics(ports)) == []
