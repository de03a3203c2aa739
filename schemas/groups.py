"""Who reads what: the consumer groups, named in the one place where their lag is looked up too."""

from schemas.settings import Settings
from schemas.topics import (
    CHURN_ALERTS,
    CUSTOMER_FEATURES,
    CUSTOMERS,
    DEAD_LETTERS,
    EXTERNAL_IDS,
    INTERACTIONS,
    PRODUCTS,
    TRANSACTIONS,
    Topic,
)

#: What ClickHouse takes in, each stream by a group of its own.
STORED = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS, CUSTOMER_FEATURES, CHURN_ALERTS, DEAD_LETTERS, EXTERNAL_IDS)

#: What the stream processors read.
PROCESSED = (CUSTOMERS, TRANSACTIONS, INTERACTIONS)


def clickhouse_group(settings: Settings, topic: Topic) -> str:
    """The group by which one database takes one topic in."""
    return f"{settings.topic_prefix}clickhouse-{settings.clickhouse_database}-{topic.stream}"


def stream_processors_group(settings: Settings) -> str:
    """The group of all workers, which is also the Faust app's id."""
    return f"{settings.topic_prefix}stream-processors"


def groups(settings: Settings) -> dict[str, tuple[Topic, ...]]:
    """Every group with the topics it reads."""
    return {
        **{clickhouse_group(settings, topic): (topic,) for topic in STORED},
        stream_processors_group(settings): PROCESSED,
    }
