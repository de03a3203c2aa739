"""Records as a consumer hands them out."""

import datetime as dt

from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from schemas import wire
from schemas.records import schema

TOPIC = "c360.interactions"
SCHEMA_ID = 7
NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


def interaction(number: int) -> bytes:
    """A value of the topic."""
    record = {
        "interaction_id": number, "customer_id": 1, "product_id": 2, "type": "view", "duration_seconds": 5,
        "device": "mobile", "session_id": 1, "ts": NOON,
    }  # fmt: skip
    return wire.encode(record, schema("interaction"), SCHEMA_ID)


def message(offset: int, value: bytes | None = b"", partition: int = 0, key: bytes = b"1") -> Message:
    """A record at an offset; without a value of its own, an interaction of that number."""
    content = interaction(offset) if value == b"" else value
    stamp = (TIMESTAMP_CREATE_TIME, int(NOON.timestamp() * 1000))
    return Message(TOPIC, partition, offset, key, content, timestamp=stamp)
