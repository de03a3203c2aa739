"""Watches the way into ClickHouse from outside: lag, freshness, rows, dead letters, rollups."""

import logging
import threading
from importlib import resources

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka.admin import AdminClient

from schemas.clients import writer_client
from schemas.errors import C360Error
from schemas.lag import lag
from schemas.settings import Settings
from schemas.topics import TOPICS
from sinks import metrics

log = logging.getLogger(__name__)


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
        except C360Error as error:
            self._failed("kafka", error)
        try:
            self._look_at_tables()
        except (C360Error, ClickHouseError, OSError) as error:
            self._client = None
            self._failed("clickhouse", error)

    def _look_at_tables(self) -> None:
        # A stream that has stopped, or cannot be asked about, has no freshness: what was said of it must not stay.
        self._freshness.clear()
        self._client = self._client or writer_client(self._settings)
        database = {"database": self._settings.clickhouse_database}
        for gauge, name, parameters in (
            (self._freshness, "freshness", {}),
            (self._rows, "stored", database),
            (self._dead_letters, "dead_letters", {}),
            *([] if self._settings.clickhouse_cluster else [(self._rollup_lag, "rollup_lag", {})]),
        ):
            sql = (resources.files("sinks") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
            for label, value in self._client.query(sql, parameters=parameters).result_rows:
                gauge.labels(label).set(value)
        # From the first look on: a rise from nothing to one could not be seen as one.
        for topic in TOPICS:
            self._dead_letters.labels(topic.name(self._settings))

    def _failed(self, part: str, error: Exception) -> None:
        self._failures.labels(part).inc()
        log.warning("%s", str(error).splitlines()[0])
