"""`python -m queries.api`: the API, as a process of its own."""

import asyncio
import logging
import socket

import click

from queries.api.server import Server, listening, server
from queries.api.services import Services
from schemas.cli import run
from schemas.errors import C360Error
from schemas.exposition import serve_metrics
from schemas.settings import Settings, settings

log = logging.getLogger("queries.api")


@click.command()
def main() -> None:
    """Answers over HTTP until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # Every request would be a line of ClickHouse's connections.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    chosen = settings()
    serving = server(chosen, Services.of(chosen))
    with _taken(chosen) as port:
        asyncio.run(_serve(serving, port, chosen))


async def _serve(serving: Server, port: socket.socket, chosen: Settings) -> None:
    scheme = "https" if chosen.api_tls_certificate else "http"
    log.info("the API answers on %s://%s:%d", scheme, chosen.api_host, chosen.api_port)
    await serving.serve(sockets=[port])


def _taken(chosen: Settings) -> socket.socket:
    """The port, taken before anything else begins.

    Raises:
        C360Error: it cannot be had.
    """
    try:
        serve_metrics(chosen.api_metrics_port, chosen.metrics_host)
        return listening(chosen.api_host, chosen.api_port)
    except OSError as error:
        raise C360Error(
            f"Port {chosen.api_port} or (for metrics) {chosen.api_metrics_port} of {chosen.api_host} cannot be used: "
            f"{error.strerror}. Set C360_API_PORT, C360_API_METRICS_PORT or C360_API_HOST."
        ) from None


if __name__ == "__main__":
    run(main, name="python -m queries.api")
