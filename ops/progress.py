"""How far the rest of the path is behind Kafka: what is not stored, not counted, not published yet."""

from collections import Counter
from importlib import resources

from clickhouse_connect.driver.client import Client
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from schemas.clients import reader_client
from schemas.groups import clickhouse_group
from schemas.lag import committed, end_offsets
from schemas.scrape import scrape
from schemas.settings import Settings
from schemas.topics import (
    CHURN_ALERTS,
    CUSTOMER_FEATURES,
    CUSTOMERS,
    EXTERNAL_IDS,
    INTERACTIONS,
    PRODUCTS,
    TRANSACTIONS,
)

STREAMS = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS, CUSTOMER_FEATURES, CHURN_ALERTS, EXTERNAL_IDS)


class Progress:
    """Looks at the path between Kafka and what can be asked; keeps its connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin = AdminClient({**settings.kafka_client, "log_level": 0})
        self._client: Client | None = None

    def to_store(self) -> int:
        """Records in Kafka that ClickHouse has not stored."""
        return sum(self.unstored().values())

    def unstored(self) -> dict[str, int]:
        """The same by the name of the topic, of those that have any."""
        self._client = self._client or reader_client(self._settings)
        rows = self._client.query(_sql("stored_offsets")).result_rows
        stored = {(topic, partition): offset + 1 for topic, partition, offset in rows}
        ends = end_offsets(self._admin, [topic.name(self._settings) for topic in STREAMS])
        behind = {key for key, end in ends.items() if end > stored.get(key, 0)}
        committed_too = self._committed(behind)
        left = Counter[str]()
        for key in behind:
            left[key[0]] += max(0, ends[key] - max(stored.get(key, 0), committed_too.get(key, 0)))
        return dict(+left)

    def _committed(self, partitions: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """What Kafka's own books say: the log of blocks forgets after a week, and has nothing of records without a
        value, which are taken in and stored nowhere."""
        found: dict[tuple[str, int], int] = {}
        for topic in STREAMS:
            asked = [TopicPartition(*key) for key in sorted(partitions) if key[0] == topic.name(self._settings)]
            found |= committed(self._settings, clickhouse_group(self._settings, topic), asked)
        return found

    def to_count(self) -> int | None:
        """Records in Kafka that are not in the features yet; None while the worker doesn't say."""
        return self._worker("c360_stream_processors_lag_records")

    def to_publish(self) -> int | None:
        """Customers whose changed features are not on their topic yet; None while the worker doesn't say."""
        return self._worker("c360_stream_processors_features_backlog_rows")

    def done(self) -> bool:
        """Whether everything in Kafka is stored, counted and published."""
        return self.to_count() == 0 and self.to_publish() == 0 and self.to_store() == 0

    def _worker(self, metric: str) -> int | None:
        values = scrape(self._settings.stream_processors_metrics_port).get(metric)
        return int(sum(values.values())) if values else None


def _sql(name: str) -> str:
    return (resources.files("ops") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
