"""The API, or the web console, as a process of its own: what it logs, its ports, its end."""

import asyncio
import logging
import socket
from collections.abc import Callable

from queries.api.listening import Door, Server, listening
from schemas.errors import C360Error
from schemas.exposition import serve_metrics
from schemas.logs import log_lines
from schemas.serving import raise_open_files
from schemas.settings import Settings, settings


def serve(name: str, called: str, made: Callable[[Settings], Server]) -> None:
    """Answers on the port of the settings that begin with `name`, until stopped; the log calls it `called`.

    Raises:
        C360Error: a setting, or a port, cannot be used.
    """
    # Every request would be a line: of the browsers' and clients' connections, and of those to the schema registry.
    log_lines(quiet=["uvicorn.error", "httpx2"])
    raise_open_files()
    chosen = settings()
    server, door = made(chosen), Door.of(chosen, name)
    with _taken(door, chosen.metrics_host) as port:
        asyncio.run(_serve(server, port, f"{called} answers on {door.url}", logging.getLogger(f"queries.{name}")))


async def _serve(server: Server, port: socket.socket, said: str, log: logging.Logger) -> None:
    log.info("%s", said)
    await server.serve(sockets=[port])


def _taken(door: Door, metrics_host: str) -> socket.socket:
    """The port, taken before anything else begins.

    Raises:
        C360Error: it cannot be had.
    """
    try:
        serve_metrics(door.metrics_port, metrics_host)
        return listening(door.host, door.port)
    except OSError as error:
        variables = [door.variable(field) for field in ("port", "metrics_port", "host")]
        raise C360Error(
            f"Port {door.port} or (for metrics) {door.metrics_port} of {door.host} cannot be used: {error.strerror}. "
            f"Set {variables[0]}, {variables[1]} or {variables[2]}."
        ) from None
