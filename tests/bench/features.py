"""One worker on one core draining the history of a simulated world, beside Faust as it comes and Quix Streams.

The events are as dense in time as the client's history, so that tiles, days and alerts cost what they cost there. The
worker reads the customers too, publishes, alerts and takes snapshots meanwhile; its peers keep the features alone, and
get an event at a time on a core of their own from the same topics. Faust and Quix have fewer events to work through.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from confluent_kafka import Consumer, TopicPartition

from producers.backfill.history import DAYS, MIX
from schemas.settings import Settings
from stream_processors.intake import EVENTS, INPUTS
from tests.bench.quix import installed
from tests.support.simulator import simulate
from tests.support.stack import own_settings, running

PEER_EVENTS = 200_000
#: Days that so many events would take in the client's history.
PER_EVENT = DAYS / (MIX["interactions"] + MIX["transactions"])
_BOUND = [sys.executable, "-m", "ops.launcher.bound"]


def run(events: int = 10_000_000, customers: int = 1_000_000, peer_events: int = PEER_EVENTS) -> dict[str, Any]:
    """The figures: events/s by the clock and by processor time, microseconds of that an event by stage.

    The ratios are by processor time, which other work on the machine leaves alone; `..._by_clock` are the others.
    `decide` in the stages is what alerts cost. `snapshot_share` is processor time of snapshots over the clock.
    `restart_seconds` is from the start of a process, after one that was told to stop, until nothing is left to count;
    `restart_killed_seconds` the same after kill -9, where the group first waits for the one that was killed.
    """
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        quix = installed.python(settings.cache)
        with running(settings, parts=("kafka", "registry")) as variables:
            fill(variables, events, customers)
            counts = {topic.stream: _records(settings, topic.name(settings)) for topic in INPUTS}
            drained = sum(counts[topic.stream] for topic in EVENTS)
            figures = _ours({**variables, "C360_HOME": f"{folder}/worker"}, drained, sum(counts.values()))
            fewer = min(peer_events, drained)
            command = ["-m", "tests.bench.faust_drain", "stock", str(fewer), "one-core"]
            stock = _peer([sys.executable, *command], {**variables, "C360_HOME": f"{folder}/stock"})
            command = ["-m", "tests.bench.quix.agent", str(fewer)]
            peer = _peer([str(quix), *command], {**variables, "C360_HOME": f"{folder}/quix"})
    per_second = figures.pop("per_second")
    return {
        "events_per_second": round(per_second),
        "ratio_to_stock": round(figures["per_cpu_second"] / stock["per_cpu_second"], 1),
        "ratio_to_quix": round(figures["per_cpu_second"] / peer["per_cpu_second"], 1),
        "ratio_to_stock_by_clock": round(per_second / stock["per_second"], 1),
        "ratio_to_quix_by_clock": round(per_second / peer["per_second"], 1),
        **figures,
        "per_cpu_second": round(figures["per_cpu_second"]),
        "stock": {name: round(value) for name, value in stock.items()},
        "quix": {name: round(value) for name, value in peer.items()} | {"version": installed.version(quix)},
        "records": counts,
    }


def fill(variables: Mapping[str, str], events: int, customers: int) -> None:
    """So many events in the topics, as dense in time as the client's history, which end now."""
    span = timedelta(days=events * PER_EVENT)
    start = datetime.now(UTC) - span
    world = ["--customers", str(customers), "--products", str(max(customers // 20, 1))]
    length = ["--events", str(events), "--duration", f"{round(span.total_seconds())}s", "--start", start.isoformat()]
    account = simulate(variables, *world, *length, "--rate", "max", seconds=1800)
    if account["failed"]:
        raise RuntimeError(f"the topics could not be filled: {account}")


def _records(settings: Settings, topic: str) -> int:
    """Records of a topic, by its offsets."""
    consumer = Consumer({**settings.kafka_client, "group.id": "bench"})
    try:
        partitions = consumer.list_topics(topic, 15).topics[topic].partitions
        return sum(consumer.get_watermark_offsets(TopicPartition(topic, one), 15)[1] for one in partitions)
    finally:
        consumer.close()


def _ours(variables: Mapping[str, str], events: int, records: int) -> dict[str, Any]:
    with _worker(variables, "drain", events) as (worker, said):
        figures = _figures(said)
        worker.kill()
    killed, _ = _restarted(variables, records)
    restart, again = _restarted(variables, records)
    return {
        **figures,
        "restart_seconds": restart,
        "restart_killed_seconds": killed,
        "rss_mb": max(figures["rss_mb"], again["rss_mb"]),
    }


def _restarted(variables: Mapping[str, str], records: int) -> tuple[float, dict[str, Any]]:
    began = time.monotonic()
    with _worker(variables, "restart", records) as (_, said):
        figures = _figures(said)
        return round(time.monotonic() - began, 2), figures


@contextlib.contextmanager
def _worker(variables: Mapping[str, str], mode: str, count: int) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """A worker and what it says; it is told to stop at the block's end."""
    command = [*_BOUND, "-m", "tests.bench.features_worker", mode, str(count)]
    with subprocess.Popen(command, env=dict(variables), stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        try:
            yield worker, worker.stdout
        finally:
            worker.terminate()
            worker.wait(60)


def _figures(said: IO[str]) -> dict[str, Any]:
    for line in said:
        if line.startswith("{"):
            figures: dict[str, Any] = json.loads(line)
            return figures
    raise RuntimeError("the worker ended before it had counted everything; its log is above")


def _peer(command: list[str], variables: Mapping[str, str]) -> dict[str, float]:
    Path(variables["C360_HOME"]).mkdir()
    done = subprocess.run(command, env=dict(variables), stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
