"""`python -m sinks`: brings ClickHouse up to this version's DDL, then watches the way in."""

import logging

import click
from prometheus_client import REGISTRY

from schemas.cli import run
from schemas.clients import writer_client
from schemas.exposition import serve_metrics
from schemas.logs import log_lines
from schemas.provision import provision
from schemas.settings import settings
from schemas.topics import DEAD_LETTERS
from sinks.background import Background, told_to_end
from sinks.cluster import on_cluster
from sinks.erasure import Eraser, erase_again
from sinks.letters import LetterSender
from sinks.limit import Limit
from sinks.machine import MachineFigures
from sinks.migrate import migrate
from sinks.monitor import Monitor
from sinks.reread import Reread
from sinks.stalled import Stalled
from sinks.statements import is_by_client

log = logging.getLogger("sinks")


@click.command()
@click.option("--migrate-only", is_flag=True, help="Apply the DDL and end.")
def main(migrate_only: bool) -> None:
    """Lays topics, schemas and tables down, then serves metrics about lag and freshness until stopped."""
    log_lines(quiet=["httpx2"])  # a line for each request to the registry says nothing
    stop = told_to_end()
    ids = provision(settings())
    writer_client(settings(), database="default").command(
        f"CREATE DATABASE IF NOT EXISTS {settings().clickhouse_database}{on_cluster(settings().clickhouse_cluster)}"
    )
    client = writer_client(settings())
    anew = migrate(client, settings())
    log.info("tables are up to date; the way in from Kafka %s", "was made anew" if anew else "is unchanged")
    erase_again(client, settings())
    if migrate_only:
        return
    REGISTRY.register(MachineFigures(settings().home))
    serve_metrics(settings().sinks_metrics_port, settings().metrics_host)
    beside: list[Background] = [Eraser(settings()), LetterSender(settings(), ids[DEAD_LETTERS.stream])]
    if not is_by_client(settings()):
        beside += [Limit(settings()), Stalled(settings())]
    # A cluster's servers have torn parts from each other, and no rollups.
    if not settings().clickhouse_cluster:
        beside.append(Reread(settings()))
    for each in beside:
        each.start(stop)
    Monitor(settings()).run(stop)
    for each in beside:
        each.end()


run(main, name="python -m sinks")
