"""What the members of a consumer group have told the broker, as it stands in the broker's own topic.

Source: https://github.com/apache/kafka/blob/4.1.1/group-coordinator/src/main/resources/common/message, GroupMetadataKey
and GroupMetadataValue
"""

import struct
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from schemas.settings import Settings

TOPIC = "__consumer_offsets"
#: Of a key that names a group, and of a value before every field has a tag.
KEY, VALUE = 2, 3


def session_timeouts(settings: Settings, group: str) -> list[int]:
    """Milliseconds after which each member is missed; none of a group that has no members, or is none."""
    told: dict[str, Any] = {
        "group.id": "nobody", "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0
    }  # fmt: skip
    consumer, found = Consumer({**settings.kafka_client, **told}), []
    try:
        partitions = consumer.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions
        consumer.assign([TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in partitions])
        left = set(partitions)
        while left:
            message = consumer.poll(30)
            assert message is not None, "Kafka says nothing"
            if (error := message.error()) is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                left.discard(message.partition())
            elif _group(message.key() or b"") == group:
                found = _timeouts(message.value() or b"")
        return found
    finally:
        consumer.close()


def _group(key: bytes) -> str:
    reader = _Reader(key)
    return reader.text() if reader.number("h") == KEY else ""


def _timeouts(value: bytes) -> list[int]:
    if not value:
        return []
    reader = _Reader(value)
    assert reader.number("h") == VALUE
    reader.text()  # protocol type
    reader.number("i")  # generation
    reader.text()  # protocol
    reader.text()  # leader
    reader.number("q")  # moment of the state
    return [_member(reader) for _ in range(reader.number("i"))]


def _member(reader: "_Reader") -> int:
    for _ in ("id", "id that stays", "client", "host"):
        reader.text()
    reader.number("i")  # time for a rebalance
    timeout = reader.number("i")
    for _ in ("subscription", "assignment"):
        reader.skip(reader.number("i"))
    return timeout


class _Reader:
    """Fields one after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, kind: str) -> int:
        """A whole number of one of struct's kinds."""
        (value,) = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(kind)
        return int(value)

    def text(self) -> str:
        """A text, "" for none."""
        size = max(self.number("h"), 0)
        self.skip(size)
        return self._data[self._at - size : self._at].decode()

    def skip(self, size: int) -> None:
        """Passes over so many bytes."""
        self._at += max(size, 0)
