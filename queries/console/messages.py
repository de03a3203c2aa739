"""Records of a topic as they stand in Kafka, decoded by the schema that each names."""

import datetime as dt
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas import wire
from schemas.errors import UnreachableError, UsageError, WireError, no_kafka
from schemas.moments import written
from schemas.reading import TIMEOUT_SECONDS, messages, reader
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import TOPICS

#: KiB that are fetched before they are asked for: some records are shown, and no topic is read through.
LITTLE = 1024
#: Bytes of one value that are shown.
LONGEST = 4_000


@dataclass(frozen=True)
class Shown:
    """A record for a person to read: `value` is JSON, or says why it is none."""

    partition: int
    offset: int
    at: dt.datetime
    key: str
    schema_id: int | None
    value: str
    readable: bool


def newest(settings: Settings, stream: str, count: int, partition: int | None, before: int | None) -> list[Shown]:
    """The last records of a topic, or of one partition; those before an offset, where one is given; the newest first.

    Raises:
        UsageError: there is no such topic or partition.
        UnreachableError: Kafka or the registry does not answer.
    """
    topic = next((one.name(settings) for one in TOPICS if one.stream == stream), None)
    if topic is None:
        raise UsageError(f"There is no topic '{stream}'. There are: {', '.join(one.stream for one in TOPICS)}.")
    with (
        closing(reader(settings, f"{settings.topic_prefix}console", LITTLE)) as consumer,
        Registry(settings) as registry,
    ):
        try:
            found = [
                message
                for number in _partitions(consumer, topic, partition)
                for message in _tail(consumer, topic, number, count, before)
            ]
        except KafkaException as error:
            raise no_kafka(settings.bootstrap, error.args[0].str()) from None
        found.sort(key=lambda message: (message.timestamp()[1], message.offset() or 0), reverse=True)
        return [_shown(registry, message) for message in found[:count]]


def _partitions(consumer: Consumer, topic: str, wanted: int | None) -> Sequence[int]:
    there = sorted(consumer.list_topics(topic, timeout=TIMEOUT_SECONDS).topics[topic].partitions)
    if not there:
        raise UnreachableError(f"The topic {topic} is not there yet. Start the sinks first ('c360 up').")
    if wanted is None:
        return there
    if wanted not in there:
        raise UsageError(f"{topic} has no partition {wanted}: they go from 0 to {there[-1]}.")
    return [wanted]


def _tail(consumer: Consumer, topic: str, partition: int, count: int, before: int | None) -> list[Message]:
    place = TopicPartition(topic, partition)
    low, high = consumer.get_watermark_offsets(place, timeout=TIMEOUT_SECONDS)
    end = high if before is None else min(high, before)
    # Compaction and transactions leave holes: so many offsets hold so many records at most.
    start = max(low, end - count)
    if start >= end:
        return []
    consumer.assign([TopicPartition(topic, partition, start)])
    return [message for batch in messages(consumer, topic, start, end) for message in batch]


def _shown(registry: Registry, message: Message) -> Shown:
    value, key = message.value(), message.key()
    schema_id, text, readable = None, "", True
    if value is None:
        text = "no value: what is known under this key is deleted"
    else:
        try:
            schema_id = wire.schema_id_of(value)
            text = json.dumps(wire.decode(value, registry.parsed(schema_id)), default=_plain, indent=1)
        except WireError as error:
            text, readable = f"{error}: {value.hex()}", False
    return Shown(
        message.partition() or 0,
        message.offset() or 0,
        dt.datetime.fromtimestamp(message.timestamp()[1] / 1000, dt.UTC),
        "" if key is None else key.decode("utf-8", "backslashreplace"),
        schema_id,
        text if len(text) <= LONGEST else text[:LONGEST] + " ...",
        readable,
    )


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return written(value)
    return value.hex() if isinstance(value, bytes) else str(value)
