"""`python -m queries.console`: the web console, as a process of its own."""

import asyncio
import logging
import socket

import click

from queries.api.server import Server, listening
from queries.console.server import server
from queries.console.services import Services
from schemas.cli import run
from schemas.errors import C360Error
from schemas.exposition import serve_metrics
from schemas.settings import Settings, settings

log = logging.getLogger("queries.console")


@click.command()
def main() -> None:
    """Serves the web console until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Every request would be a line of ClickHouse's connections.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    chosen = settings()
    serving = server(chosen, Services.of(chosen))
    with _taken(chosen) as port:
        asyncio.run(_serve(serving, port, chosen))


async def _serve(serving: Server, port: socket.socket, chosen: Settings) -> None:
    log.info("the console answers on %s", chosen.console_url)
    await serving.serve(sockets=[port])


def _taken(chosen: Settings) -> socket.socket:
    """The port, taken before anything else begins.

    Raises:
        C360Error: it cannot be had.
    """
    try:
        serve_metrics(chosen.console_metrics_port, chosen.metrics_host)
        return listening(chosen.console_host, chosen.console_port)
    except OSError as error:
        raise C360Error(
            f"Port {chosen.console_port} or (for metrics) {chosen.console_metrics_port} of {chosen.console_host} "
            f"cannot be used: {error.strerror}. Set C360_CONSOLE_PORT, C360_CONSOLE_METRICS_PORT or C360_CONSOLE_HOST."
        ) from None


if __name__ == "__main__":
    run(main, name="python -m queries.console")
