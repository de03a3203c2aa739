"""Ports for tests: nobody's, each given once, also among the processes that run tests beside each other."""

import socket
import subprocess
import sys

from tests.support.ports import FIRST, LAST, free_ports


def test_none_is_given_twice() -> None:
    first, second = free_ports(20), free_ports(20)
    assert len({*first, *second}) == 40
    assert all(FIRST <= port <= LAST for port in (*first, *second))


def test_none_that_another_process_was_given() -> None:
    """Two stacks came up with one port when both had chosen it before either listened."""
    (own,) = free_ports(1)
    code = f"from tests.support import ports; ports.FIRST = ports.LAST = {own}; ports.free_ports(1)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"OSError: 1 free ports of {own}-{own} were asked for: there are 0." in done.stderr


def test_none_that_somebody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        code = f"from tests.support import ports; ports.FIRST = ports.LAST = {taken}; ports.free_ports(1)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "there are 0." in done.stderr
