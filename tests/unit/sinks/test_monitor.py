"""What the monitor says of ClickHouse, and what it no longer says once ClickHouse does not answer."""

from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge

from schemas.errors import UnreachableError
from schemas.settings import Settings
from schemas.topics import TOPICS, TRANSACTIONS
from sinks import metrics, monitor
from sinks.monitor import Monitor

SETTINGS = Settings(kafka_bootstrap="127.0.0.1:1")


NEWER = ("TOPIC_RECORDS", "HISTORY", "CERTIFICATE_EXPIRY", "RECOMMENDATIONS")


class Kept:
    """A declared metric that is one of the test's own."""

    def __init__(self, gauge: Gauge) -> None:
        self.gauge = self.counter = lambda: gauge


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> CollectorRegistry:
    """The monitor's metrics in a registry of the test's own, and a Kafka that is not asked."""
    own = CollectorRegistry()
    for metric in ("LAG", "FRESHNESS", "ROWS", "DEAD_LETTERS", "ROLLUP_LAG", "PROBE_FAILURES", *NEWER):
        declared = getattr(metrics, metric)
        kept = Gauge(declared.name, declared.meaning, declared.labels, registry=own)
        monkeypatch.setattr(metrics, metric, Kept(kept))
    monkeypatch.setattr(monitor, "lag", lambda *_: {})
    monkeypatch.setattr(monitor, "end_offsets", lambda *_: {})
    return own


class Database:
    """Answers the monitor's questions."""

    def __init__(self, dead_letters: list[tuple[str, int]], history: list[tuple[str, int]] | None = None) -> None:
        self._dead_letters = dead_letters
        self._history = history or []

    def query(self, sql: str, **_: Any) -> SimpleNamespace:
        if "freshness_seconds" in sql:
            return SimpleNamespace(result_rows=[("c360.transactions", 0.4)])
        if "history_records" in sql:
            return SimpleNamespace(result_rows=self._history)
        return SimpleNamespace(result_rows=self._dead_letters if "dead_letters" in sql else [("transactions", 12)])


def test_every_topic_has_dead_letters_from_the_first_look_on(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    monkeypatch.setattr(monitor, "writer_client", lambda _: Database([(TRANSACTIONS.name(SETTINGS), 3)]))
    Monitor(SETTINGS).look()
    found = {
        topic: registry.get_sample_value("c360_sinks_dead_letters_records", {"topic": topic.name(SETTINGS)})
        for topic in TOPICS
    }
    assert found == {topic: 3 if topic is TRANSACTIONS else 0 for topic in TOPICS}


def test_an_engine_that_does_not_answer_has_no_freshness(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    answers = True

    def client(_: Settings) -> Database:
        if not answers:
            raise UnreachableError("ClickHouse does not answer.")
        return Database([])

    def freshness() -> float | None:
        return registry.get_sample_value("c360_sinks_freshness_seconds", {"topic": "c360.transactions"})

    monkeypatch.setattr(monitor, "writer_client", client)
    watcher = Monitor(SETTINGS)
    watcher.look()
    assert freshness() == 0.4
    answers = False
    watcher._client = None
    watcher.look()
    assert freshness() is None


def test_what_is_no_longer_history_is_said_to_be_none(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    topic = TRANSACTIONS.name(SETTINGS)
    database = Database([], [(topic, 5_000)])
    monkeypatch.setattr(monitor, "writer_client", lambda _: database)
    watcher = Monitor(SETTINGS)
    for expected in (5_000, 0):
        watcher.look()
        assert registry.get_sample_value("c360_sinks_history_records", {"topic": topic}) == expected
        database._history = []


def test_records_of_a_topic_are_counted_on_when_it_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    topic = TRANSACTIONS.name(SETTINGS)
    monkeypatch.setattr(monitor, "writer_client", lambda _: Database([]))
    watcher = Monitor(SETTINGS)
    for ends, counted in (((7, 3), 10), ((7, 5), 12), ((2, 0), 14)):
        monkeypatch.setattr(
            monitor, "end_offsets", lambda *_, ends=ends: {(topic, n): end for n, end in enumerate(ends)}
        )
        watcher.look()
        assert registry.get_sample_value("c360_sinks_topic_records_total", {"topic": topic}) == counted


def test_a_certificate_that_is_gone_is_no_longer_watched(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    found = {"clickhouse.example:443": 4e9}
    monkeypatch.setattr(monitor, "writer_client", lambda _: Database([]))
    monkeypatch.setattr(monitor, "expiries", lambda _: found)
    watcher = Monitor(SETTINGS)
    for expected in (4e9, None):
        watcher.look()
        labels = {"certificate": "clickhouse.example:443"}
        assert registry.get_sample_value("c360_sinks_certificate_expiry_timestamp_seconds", labels) == expected
        found, watcher._certificates_due = {}, 0.0


def test_what_was_said_stays_while_the_next_answer_is_awaited(
    monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry
) -> None:
    seen: list[tuple[float | None, float | None]] = []

    def scrape() -> None:
        fresh = registry.get_sample_value("c360_sinks_freshness_seconds", {"topic": "c360.transactions"})
        labels = {"certificate": "clickhouse.example:443"}
        ends = registry.get_sample_value("c360_sinks_certificate_expiry_timestamp_seconds", labels)
        seen.append((fresh, ends))

    class Scraped(Database):
        def query(self, sql: str, **words: Any) -> SimpleNamespace:
            scrape()
            return super().query(sql, **words)

    def expiries(_: Settings) -> dict[str, float]:
        scrape()
        return {"clickhouse.example:443": 4e9}

    monkeypatch.setattr(monitor, "writer_client", lambda _: Scraped([]))
    monkeypatch.setattr(monitor, "expiries", expiries)
    watcher = Monitor(SETTINGS)
    watcher.look()
    seen.clear()
    watcher._certificates_due = 0.0
    watcher.look()
    assert set(seen) == {(0.4, 4e9)}
