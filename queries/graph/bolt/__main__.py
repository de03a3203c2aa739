"""`python -m queries.graph.bolt`: the graph for Bolt clients, as a process of its own."""

import asyncio
import contextlib
import logging
import signal

import click

from queries.graph.bolt.access import Access
from queries.graph.bolt.answers import ClickHouse
from queries.graph.bolt.graph import Graph
from queries.graph.bolt.server import Server, tls
from queries.graph.bolt.submit import Submit
from schemas.cli import run
from schemas.errors import C360Error
from schemas.exposition import serve_metrics
from schemas.serving import listening
from schemas.settings import Settings, settings

log = logging.getLogger("queries.graph.bolt")


@click.command()
def main() -> None:
    """Answers Cypher on Bolt, and on HTTP at /submitCypher, until stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    chosen = settings()
    try:
        serve_metrics(chosen.bolt_metrics_port, chosen.metrics_host)
        asyncio.run(serve(chosen))
    except OSError as error:
        ports = f"{chosen.bolt_port}, {chosen.bolt_http_port} or (for metrics) {chosen.bolt_metrics_port}"
        raise C360Error(
            f"Port {ports} of {chosen.bolt_host} cannot be used: {error.strerror}. "
            "Set C360_BOLT_PORT, C360_BOLT_HTTP_PORT, C360_BOLT_METRICS_PORT or C360_BOLT_HOST."
        ) from None


async def serve(chosen: Settings) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        access = Access(chosen.bolt_user, chosen.bolt_secret, chosen.bolt_sessions)
        clickhouse = ClickHouse(chosen)
        stack.push_async_callback(clickhouse.close)
        graph = Graph(chosen, clickhouse)
        stack.callback(graph.close)
        server = Server(chosen, graph, access)
        stack.push_async_callback(server.close)
        await server.start()
        application = Submit(graph, access).application()
        await stack.enter_async_context(
            listening(application, chosen.bolt_host, chosen.bolt_http_port, tls(chosen), shutdown_timeout=1.0)
        )
        log.info("Bolt answers on %s:%d, as %s", chosen.bolt_host, chosen.bolt_port, chosen.bolt_user)
        await graph.warm()
        await stop.wait()
        log.info("stopping")


if __name__ == "__main__":
    run(main, name="python -m queries.graph.bolt")
