"""`python -m sinks.ingest`: takes events in for a ClickHouse that cannot reach Kafka; more of it share partitions."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import click
from confluent_kafka import KafkaException

from schemas.cli import run
from schemas.errors import C360Error, SettingError
from schemas.exposition import serve_metrics
from schemas.groups import STORED
from schemas.logs import log_lines
from schemas.registry import Registry
from schemas.settings import Settings, settings
from sinks.background import told_to_end
from sinks.ingest.inserting import Inserter
from sinks.ingest.sorting import Sorter
from sinks.ingest.stream import Stream
from sinks.statements import is_by_client

log = logging.getLogger("sinks.ingest")


@click.command()
def main() -> None:
    """Reads the topics as a consumer group and inserts them, each record once, until stopped."""
    log_lines()
    for name in ("httpx2", "clickhouse_connect"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it says is said here in one line
    chosen = settings()
    if not is_by_client(chosen):
        raise SettingError(
            "C360_CLICKHOUSE_INGEST has the value 'engine': ClickHouse reads Kafka itself, and each record would be "
            "taken in twice. Set it to 'client' for all parts, and run 'python -m sinks' once."
        )
    stop = told_to_end()
    serve_metrics(chosen.ingest_metrics_port, chosen.metrics_host)
    with Registry(chosen) as registry:
        streams = _streams(chosen, registry)
        log.info("takes in %s", ", ".join(topic.name(chosen) for topic in STORED))
        _all(streams, stop)


def _streams(chosen: Settings, registry: Registry) -> list[Stream]:
    made = []
    for topic in STORED:
        sorter = Sorter(topic, registry.register(topic), registry)
        made.append(Stream(chosen, topic, Inserter(chosen, topic, sorter)))
    return made


def _all(streams: list[Stream], stop: threading.Event) -> None:
    """Runs all until told to stop, or until one of them cannot go on: then none does."""
    with ThreadPoolExecutor(len(streams)) as threads:
        runs: list[Callable[[threading.Event], None]] = [stream.run for stream in streams]
        futures = [threads.submit(run_one, stop) for run_one in runs]
        wait(futures, return_when=FIRST_COMPLETED)
        stop.set()
    for future in futures:
        try:
            future.result()
        except KafkaException as error:
            raise C360Error(f"Kafka: {error.args[0].str()}. Started again, it goes on where it was.") from None


run(main, name="python -m sinks.ingest")
