"""Are the ports of the parts free? If not: which, whose, and which setting changes it."""

import contextlib
import socket
from collections.abc import Iterable

import psutil

from ops.stack.parts import PARTS, Part
from schemas.errors import C360Error, SettingError
from schemas.settings import Settings


def check_distinct(settings: Settings, parts: Iterable[Part]) -> None:
    """Refuses settings that give one port twice.

    Raises:
        SettingError: with both variables' names.
    """
    seen: dict[int, str] = {}
    for part in parts:
        for field in part.ports:
            port = getattr(settings, field)
            if port in seen:
                raise SettingError(
                    f"{_variable(seen[port])} and {_variable(field)} both have the value {port}: give each its own."
                )
            seen[port] = field


def check_free(settings: Settings, parts: Iterable[Part]) -> None:
    """Refuses to start where somebody else already listens.

    Raises:
        C360Error: naming the port, the part that needs it, its setting and, where it can be seen, who listens.
    """
    for part in parts:
        for field in part.ports:
            if not is_free(getattr(settings, field)):
                raise C360Error(taken(settings, part, field))


def taken(settings: Settings, part: Part, field: str) -> str:
    """What to say about a taken port."""
    port = getattr(settings, field)
    return (
        f"Port {port}, which {part.title} needs, is taken{_by(port)}. "
        f"End what listens there, or set {_variable(field)} to another port."
    )


def is_free(port: int) -> bool:
    """Whether a server may listen on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answering(settings: Settings, parts: Iterable[Part] = PARTS) -> list[str]:
    """Titles of the parts that answer."""
    return [part.title for part in parts if part.probe(settings).answers()]


def _variable(field: str) -> str:
    return f"C360_{field.upper()}"


def _by(port: int) -> str:
    # Whose port it is can be seen only for one's own processes, or by root.
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid:
                    return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
                break
    return ""
