"""The topics: name, record, key, clean-up. The one place that says so."""

from dataclasses import dataclass
from typing import Literal

from schemas.settings import Settings

#: Longest lead of a record's timestamp over the broker's clock that Kafka accepts (its own default), in ms.
TIMESTAMP_LEAD_MS = 3_600_000
#: 2000-01-01 UTC, ms: an event dated before is an error of a clock, and a dead letter.
EARLIEST_MS = 946_684_800_000
#: A dead letter holds a whole record of another topic, which may itself be as large as Kafka allows (1 MiB by default).
LETTER_BYTES = 1 << 21


@dataclass(frozen=True)
class Topic:
    """One topic of the contract; `stream` is its name without the prefix, `record` names schemas/avro/{record}.avsc."""

    stream: str
    record: str
    key: str
    cleanup: Literal["compact", "delete"]
    partitions: int | None = None  # None: C360_TOPIC_PARTITIONS
    max_bytes: int | None = None  # None: as the brokers have it

    def name(self, settings: Settings) -> str:
        """The topic's name in Kafka."""
        return settings.topic_prefix + self.stream

    def subject(self, settings: Settings) -> str:
        """The subject of its values in the registry (TopicNameStrategy)."""
        return self.name(settings) + "-value"

    def count(self, settings: Settings) -> int:
        """How many partitions it has at least."""
        return self.partitions or settings.topic_partitions

    def config(self, settings: Settings) -> dict[str, str]:
        """Topic-level settings in Kafka's own words."""
        size = {} if self.max_bytes is None else {"max.message.bytes": str(self.max_bytes)}
        kept = {"retention.ms": "-1", "retention.bytes": "-1"}
        if self.cleanup == "delete":
            kept["retention.ms"] = str(settings.topic_retention_ms)
            if settings.topic_retention_bytes >= 0:
                # Kafka's is for each partition.
                kept["retention.bytes"] = str(settings.topic_retention_bytes // self.count(settings))
        return {
            **size,
            **kept,
            "cleanup.policy": self.cleanup,
            "message.timestamp.type": "CreateTime",
            "message.timestamp.after.max.ms": str(TIMESTAMP_LEAD_MS),
        }


CUSTOMERS = Topic("customers", "customer", "customer_id", "compact")
PRODUCTS = Topic("products", "product", "product_id", "compact")
TRANSACTIONS = Topic("transactions", "transaction", "customer_id", "delete")
INTERACTIONS = Topic("interactions", "interaction", "customer_id", "delete")
CUSTOMER_FEATURES = Topic("customer-features", "customer_feature", "customer_id", "compact")
CHURN_ALERTS = Topic("churn-alerts", "churn_alert", "customer_id", "delete")
DEAD_LETTERS = Topic("dead-letters", "dead_letter", "topic-partition-offset", "delete", max_bytes=LETTER_BYTES)
SOURCES = Topic("sources", "source", "name", "compact", partitions=1)
EXTERNAL_IDS = Topic("external-ids", "external_id", "kind, text, number, content", "compact", partitions=1)

TOPICS = (
    CUSTOMERS,
    PRODUCTS,
    TRANSACTIONS,
    INTERACTIONS,
    CUSTOMER_FEATURES,
    CHURN_ALERTS,
    DEAD_LETTERS,
    SOURCES,
    EXTERNAL_IDS,
)
