"""The facts as Kafka has them: every record that was sent, decoded apart from ClickHouse."""

from collections.abc import Iterable

import numpy as np
import polars as pl
from confluent_kafka import Message

from schemas.codec.decode import ColumnDecoder, Decoded
from schemas.records import symbols
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic
from tests.oracle.reports.facts import Facts, facts
from tests.support.installation import Sent
from tests.support.partitions import partitions

#: The fields that reports speak of, and what each is in a frame.
FIELDS: dict[Topic, dict[str, pl.DataType]] = {
    CUSTOMERS: {
        "customer_id": pl.Int64(),
        "name": pl.String(),
        "segment": pl.Enum(symbols("customer", "segment")),
        "registration_date": pl.Date(),
        "acquisition_channel": pl.Enum(symbols("customer", "acquisition_channel")),
        "version": pl.Int64(),
        "deleted": pl.Boolean(),
    },
    PRODUCTS: {
        "product_id": pl.Int64(),
        "name": pl.String(),
        "category": pl.String(),
        "brand": pl.String(),
        "price": pl.Int64(),
        "stock_quantity": pl.Int64(),
        "version": pl.Int64(),
        "deleted": pl.Boolean(),
    },
    TRANSACTIONS: {
        "transaction_id": pl.Int64(),
        "customer_id": pl.Int64(),
        "product_id": pl.Int64(),
        "amount": pl.Int64(),
        "quantity": pl.Int64(),
        "status": pl.Enum(symbols("transaction", "status")),
        "ts": pl.Datetime("ms", "UTC"),
    },
    INTERACTIONS: {
        "interaction_id": pl.Int64(),
        "customer_id": pl.Int64(),
        "product_id": pl.Int64(),
        "type": pl.Enum(symbols("interaction", "type")),
        "duration_seconds": pl.Int64(),
        "ts": pl.Datetime("ms", "UTC"),
    },
}


def messages(settings: Settings, topic: Topic) -> list[Message]:
    """Everything in a topic, each partition in its order."""
    return [message for _, batches in partitions(settings, topic) for batch in batches for message in batch]


def facts_of(settings: Settings, sent: Iterable[Sent] = ()) -> Facts:
    """The facts in an installation's topics.

    `sent` are records that are there, or were: compaction keeps a key's last record, which may be of an older version.
    """
    earlier = list(sent)
    with Registry(settings) as registry:
        return facts(*(_frame(settings, registry, topic, earlier) for topic in FIELDS))


def _frame(settings: Settings, registry: Registry, topic: Topic, sent: list[Sent]) -> pl.DataFrame:
    decoder = ColumnDecoder(topic.record, registry.register(topic), registry.parsed, list(FIELDS[topic]))
    held = [message.value() for message in messages(settings, topic)]
    values = [*held, *(value for other, _, value, _ in sent if other is topic)]
    # A record without a value is there for compaction, and says nothing that was not said before.
    decoded = decoder.decode([value for value in values if value is not None])
    if decoded.bad:
        raise AssertionError(f"{topic.stream}: {decoded.bad[0].reason}")
    frame = pl.DataFrame([_series(decoded, name, kind) for name, kind in FIELDS[topic].items()])
    return frame.rename({"amount": "cents"}, strict=False)


def _series(decoded: Decoded, name: str, kind: pl.DataType) -> pl.Series:
    column = decoded.columns.get(name, np.empty(0, np.int64))
    if isinstance(kind, pl.String):
        return pl.Series(name, [text.decode() for text in column.tolist()], pl.String)
    if isinstance(kind, pl.Enum):
        return pl.Series(name, kind.categories).gather(column.astype(np.uint32)).rename(name)
    if isinstance(kind, pl.Date):
        return pl.Series(name, column.astype(np.int32)).cast(kind)
    return pl.Series(name, column).cast(kind)
