"""Whether what was acknowledged is there: ids from the producer, from the topics and from SQL, compared.

Ids are read with fastavro, not with the decoder under test.
"""

import time
from dataclasses import dataclass

import numpy as np
from confluent_kafka import Consumer, TopicPartition
from numpy.typing import NDArray

from schemas import wire
from schemas.clients import reader_client
from schemas.errors import WireError
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS, Topic


@dataclass(frozen=True)
class Audit:
    """What one stream's three lists of ids say about each other; all are numbers of records."""

    acknowledged: int
    missing_in_topic: int
    missing_in_table: int
    duplicates_visible: int
    repeats_in_topic: int

    @property
    def lost(self) -> int:
        """Acknowledged, but not there."""
        return max(self.missing_in_topic, self.missing_in_table)


def audit(settings: Settings, topic: Topic, acknowledged: NDArray[np.uint64]) -> Audit:
    """Compares the acknowledged ids of a stream (transactions or interactions) with topic and table."""
    in_topic = topic_ids(settings, topic)
    in_table = table_ids(settings, topic)
    unique_topic = np.unique(in_topic)
    unique_table = np.unique(in_table)
    return Audit(
        acknowledged=len(acknowledged),
        missing_in_topic=len(np.setdiff1d(acknowledged, unique_topic)),
        missing_in_table=len(np.setdiff1d(acknowledged, unique_table)),
        duplicates_visible=len(in_table) - len(unique_table),
        repeats_in_topic=len(in_topic) - len(unique_topic),
    )


def table_ids(settings: Settings, topic: Topic) -> NDArray[np.uint64]:
    """The ids a reader sees, repeats included if he sees any."""
    client = reader_client(settings)
    column = {TRANSACTIONS: "transaction_id", INTERACTIONS: "interaction_id"}[topic]
    table = client.query_arrow(f"SELECT {column} AS id FROM {topic.stream}")
    return np.asarray(table.column("id").to_numpy(), dtype=np.uint64)


def topic_ids(settings: Settings, topic: Topic) -> NDArray[np.uint64]:
    """The id in every record of a topic from its beginning to its present end; what is no record is passed over."""
    name = topic.name(settings)
    consumer = Consumer(
        {
            **settings.kafka_client,
            "group.id": "audit",
            "enable.auto.commit": False,
            "enable.partition.eof": False,
            "auto.offset.reset": "earliest",
            "fetch.max.bytes": 64 << 20,
            "queued.max.messages.kbytes": 262144,
        }
    )
    partitions = [TopicPartition(name, number, 0) for number in consumer.list_topics(name).topics[name].partitions]
    left = {}
    for partition in partitions:
        low, high = consumer.get_watermark_offsets(partition)
        if high > low:
            left[partition.partition] = high
    consumer.assign([partition for partition in partitions if partition.partition in left])
    ids: list[int] = []
    last = time.monotonic()
    while left:
        # A call waits for as many records as asked, or for its time: the last ones of a topic are fewer.
        messages = consumer.consume(20_000, timeout=0.5)
        if messages:
            last = time.monotonic()
        elif time.monotonic() > last + 30.0:
            raise AssertionError(f"{name} ends before its end: {left} not reached in 30 s")
        for message in messages:
            value = message.value()
            if value is not None:
                found = _first_long(value)
                if found is not None and found >= 0:
                    ids.append(found)
            number, offset = message.partition(), message.offset()
            assert number is not None
            assert offset is not None
            if offset + 1 >= left.get(number, 1 << 62):
                del left[number]
    consumer.close()
    return np.asarray(ids, dtype=np.uint64)


def _first_long(value: bytes) -> int | None:
    """The zigzag varint behind the header, which is the id in every event's schema."""
    try:
        wire.schema_id_of(value)
    except WireError:
        return None
    shift = result = 0
    for byte in value[wire.HEADER.size :]:
        result |= (byte & 127) << shift
        if byte < 128:
            return (result >> 1) ^ -(result & 1)
        shift += 7
    return None
