"""The engine's own figures for Prometheus, asked at each scrape."""

import threading
from collections.abc import Iterator

import psutil
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from schemas.metrics import MetricDef
from sinks.embedded.engine import Engine
from sinks.embedded.metrics import EVENTS, KAFKA_CONSUMERS, MERGES, PARTS, RESIDENT

_GAUGES = {"PartsActive": PARTS, "Merge": MERGES, "KafkaConsumers": KAFKA_CONSUMERS}
_EVENTS = (
    "FailedInsertQuery",
    "FailedQuery",
    "FailedSelectQuery",
    "InsertedBytes",
    "InsertedRows",
    "InsertQuery",
    "KafkaCommitFailures",
    "KafkaCommits",
    "KafkaMessagesFailed",
    "KafkaMessagesRead",
    "KafkaRebalanceErrors",
    "KafkaRowsRejected",
    "MergedRows",
    "OSCPUVirtualTimeMicroseconds",
    "Query",
    "SelectQuery",
)


class EngineFigures(Collector):
    """Asks on a connection of its own, which is closed with the engine's process."""

    def __init__(self, engine: Engine) -> None:
        self._connection = engine.connect("c360_writer")
        self._lock = threading.Lock()

    def describe(self) -> list[Metric]:
        """Nothing: what there is, is found at each scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The gauges and counters of now."""
        yield _gauge(RESIDENT, float(psutil.Process().memory_info().rss))
        for name, value in self._rows("SELECT metric, value FROM system.metrics").items():
            if name in _GAUGES:
                yield _gauge(_GAUGES[name], value)
        counted = self._rows("SELECT event, value FROM system.events")
        events = CounterMetricFamily(EVENTS.name, EVENTS.meaning, labels=EVENTS.labels)
        for name in _EVENTS:
            events.add_metric([name], counted.get(name, 0.0))
        yield events

    def close(self) -> None:
        """No more figures."""
        with self._lock:
            self._connection.close()

    def _rows(self, sql: str) -> dict[str, float]:
        with self._lock:
            lines = self._connection.query(sql, "TSV").bytes().decode().splitlines()
        return {name: float(value) for name, value in (line.split("\t") for line in lines)}


def _gauge(definition: MetricDef, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(definition.name, definition.meaning, value=value)
