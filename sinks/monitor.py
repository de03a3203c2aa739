"""Watches the way into ClickHouse from outside: lag, freshness, rows, dead letters, rollups."""

import logging
import threading
import time

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from prometheus_client import Gauge

from schemas.clients import writer_client
from schemas.errors import C360Error, first_line
from schemas.lag import end_offsets, lag
from schemas.settings import Settings
from schemas.topics import TOPICS
from sinks import metrics
from sinks.certificates import expiries
from sinks.statements import sql

log = logging.getLogger(__name__)

CERTIFICATES_EVERY_SECONDS = 600.0


class Monitor:
    """Looks every few seconds, and says in its metrics what it saw."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AdminClient({**settings.kafka_client, "log_level": 0})
        self._client: Client | None = None
        self._lag = metrics.LAG.gauge()
        self._freshness = metrics.FRESHNESS.gauge()
        self._rows = metrics.ROWS.gauge()
        self._dead_letters = metrics.DEAD_LETTERS.gauge()
        self._rollup_lag = metrics.ROLLUP_LAG.gauge()
        self._failures = metrics.PROBE_FAILURES.counter()
        self._records = metrics.TOPIC_RECORDS.counter()
        self._history = metrics.HISTORY.gauge()
        self._recommendations = metrics.RECOMMENDATIONS.gauge()
        self._certificates = metrics.CERTIFICATE_EXPIRY.gauge()
        self._counted: dict[str, int] = {}  # records by topic, as the counter has them
        self._certificates_due = 0.0
        for part in ("kafka", "clickhouse"):
            self._failures.labels(part)

    def run(self, stop: threading.Event, every_seconds: float = 5.0) -> None:
        """Looks until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(every_seconds)

    def look(self) -> None:
        """One look at everything; what does not answer is counted, said, and looked at again the next time."""
        try:
            for (group, topic), records in lag(self._settings, self._admin).items():
                self._lag.labels(group, topic).set(records)
            self._look_at_topics()
        except (C360Error, KafkaException) as error:
            self._failed("kafka", error)
        try:
            self._look_at_tables()
        except (C360Error, ClickHouseError, OSError) as error:
            self._client = None
            self._failed("clickhouse", error)

        if time.monotonic() >= self._certificates_due:
            self._certificates_due = time.monotonic() + CERTIFICATES_EVERY_SECONDS
            _say_alone(self._certificates, expiries(self._settings))

    def _look_at_topics(self) -> None:
        ends: dict[str, int] = {}
        for (topic, _), offset in end_offsets(self._admin, [topic.name(self._settings) for topic in TOPICS]).items():
            ends[topic] = ends.get(topic, 0) + offset
        for topic, records in ends.items():
            # A topic that was made anew begins at 0: what it has is new.
            before = self._counted.get(topic, 0)
            self._records.labels(topic).inc(records - before if records >= before else records)
            self._counted[topic] = records

    def _look_at_tables(self) -> None:
        # A stream that has stopped, or cannot be asked about, has no freshness: what was said of it must not stay.
        fresh: dict[str, float] = {}
        try:
            fresh = dict(self._rows_of("freshness"))
        finally:
            _say_alone(self._freshness, fresh)
        database = {"database": self._settings.clickhouse_database}
        for gauge, name, parameters in (
            (self._rows, "stored", database),
            (self._dead_letters, "dead_letters", {}),
            *([] if self._settings.clickhouse_cluster else [(self._rollup_lag, "rollup_lag", {})]),
        ):
            for label, value in self._rows_of(name, parameters):
                gauge.labels(label).set(value)
        _say_alone(self._recommendations, dict(self._rows_of("recommendations")))
        history = dict(self._rows_of("history"))
        for name in (topic.name(self._settings) for topic in TOPICS):
            self._history.labels(name).set(history.get(name, 0))
            # From the first look on: a rise from nothing to one could not be seen as one.
            self._dead_letters.labels(name)

    def _rows_of(self, name: str, parameters: dict[str, str] | None = None) -> list[tuple[str, float]]:
        """Label and value, as sinks/sql/{name}.sql answers them."""
        self._client = self._client or writer_client(self._settings)
        return [(label, value) for label, value in self._client.query(sql(name), parameters=parameters).result_rows]

    def _failed(self, part: str, error: Exception) -> None:
        self._failures.labels(part).inc()
        log.warning("%s", first_line(error))


def _say_alone(gauge: Gauge, values: dict[str, float]) -> None:
    """These labels and no other. Asked for before: whoever scrapes during a slow answer sees what was said last."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)
