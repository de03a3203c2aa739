"""Free ports, so that several stacks can run beside each other."""

import contextlib
import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path

#: Below where systems take the ports of outgoing connections from (Linux: 32768), so that none of these is in the way.
FIRST, LAST = 20_000, 32_767

# A port is of use a while after it was chosen: a JVM takes seconds to bind it. Until this process ends, its lock on a
# file says to the other test processes of this user that it is given.
_given: dict[int, int] = {}


def free_ports(count: int) -> list[int]:
    """That many ports of 127.0.0.1 which nobody listens on just now, and which no other test is given.

    They stay this process's until it ends; none is given twice.
    """
    folder = Path(tempfile.gettempdir()) / f"c360-test-ports.{os.getuid()}"
    folder.mkdir(exist_ok=True)
    found: list[int] = []
    for port in random.SystemRandom().sample(range(FIRST, LAST + 1), LAST - FIRST + 1):
        if len(found) == count:
            break
        if port not in _given and _is_unused(port) and _reserved(folder, port):
            found.append(port)
    if len(found) < count:
        raise OSError(f"{count} free ports of {FIRST}-{LAST} were asked for: there are {len(found)}.")
    return found


def _reserved(folder: Path, port: int) -> bool:
    file = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    _given[port] = file
    return True


def _is_unused(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False
