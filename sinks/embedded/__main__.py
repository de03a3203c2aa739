"""`python -m sinks.embedded`: the embedded ClickHouse as a process of its own."""

import asyncio
import logging
import signal
import ssl

import click
from prometheus_client import REGISTRY

from schemas.cli import run
from schemas.errors import C360Error
from schemas.exposition import serve_metrics
from schemas.private import private
from schemas.serving import listening
from schemas.settings import Settings, settings
from schemas.tls import serving
from sinks.embedded.engine import Engine, open_engine
from sinks.embedded.figures import EngineFigures
from sinks.embedded.server import Server
from sinks.embedded.torn import forget_names, put_aside
from sinks.embedded.users import Users
from sinks.embedded.writes import Writes, wait_for_room
from sinks.statements import WINDOW, ingestion_objects, is_by_client, rollup_objects, view_objects

log = logging.getLogger("sinks.embedded")

#: Bytes of a request's first line, and of each of its headers: anybody may send them.
LONGEST_URL = 1 << 18
LONGEST_HEADER = 1 << 13
#: Bytes of a body that are read before they are wanted; twice as many may wait.
READ_AHEAD = 1 << 17
#: Seconds that requests may still take once the process is told to end.
GRACE = 2.0


@click.command()
def main() -> None:
    """Serves ClickHouse's HTTP interface on 127.0.0.1 until stopped, by TLS where a certificate is set."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    chosen = settings()
    secure = serving(chosen.tls_certificate, chosen.tls_key, ("C360_TLS_CERTIFICATE", "C360_TLS_KEY"))
    users = Users(
        (chosen.clickhouse_writer_user, chosen.writer_password), (chosen.clickhouse_reader_user, chosen.reader_password)
    )
    folder = private(chosen.home / "clickhouse")
    wait_for_room(folder)
    made_anew, way_in = {*rollup_objects(), *view_objects()}, set(ingestion_objects(chosen))
    engine = open_engine(
        folder,
        database=chosen.clickhouse_database,
        authority=chosen.tls_ca,
        before=lambda mine: put_aside(mine, made_anew, way_in),
    )
    figures, writes = EngineFigures(engine), Writes(engine, folder)
    try:
        writes.start()
        forget_names(engine, folder, WINDOW if is_by_client(chosen) else 0)
        REGISTRY.register(figures)
        serve_metrics(chosen.clickhouse_metrics_port, chosen.metrics_host)
        asyncio.run(serve(engine, writes, users, chosen, secure))
    except OSError as error:
        raise C360Error(
            f"Port {chosen.clickhouse_port} or {chosen.clickhouse_metrics_port} of 127.0.0.1 cannot be used: "
            f"{error.strerror}. Set C360_CLICKHOUSE_PORT or C360_CLICKHOUSE_METRICS_PORT."
        ) from None
    finally:
        figures.close()
        writes.close()
        engine.close()


async def serve(engine: Engine, writes: Writes, users: Users, chosen: Settings, secure: ssl.SSLContext | None) -> None:
    """Serves until SIGTERM or SIGINT; then SELECTs are ended and INSERTs may finish."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = Server(engine, writes, users, chosen.clickhouse_database)
    try:
        async with listening(
            server.application(),
            "127.0.0.1",
            chosen.clickhouse_port,
            secure,
            auto_decompress=False,
            shutdown_timeout=GRACE,
            max_line_size=LONGEST_URL,
            max_field_size=LONGEST_HEADER,
            read_bufsize=READ_AHEAD,
        ):
            log.info("ClickHouse answers on %s://127.0.0.1:%d", "https" if secure else "http", chosen.clickhouse_port)
            await stop.wait()
            log.info("stopping")
            await server.end_selects()
    finally:
        await server.close()


run(main, name="python -m sinks.embedded")
