"""What a stream does with the partitions it is given."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS
from sinks.ingest.inserting import Inserter
from sinks.ingest.stream import Stream, _options
from tests.unit.sinks.ingest.messages import TOPIC


class Group:
    """In a consumer's place: gives out two partitions, and does not know what is committed of the second."""

    def __init__(self) -> None:
        self.closed = False
        self.assigned: list[object] = []

    def subscribe(self, _: list[str], on_assign: Callable[..., None], **__: object) -> None:
        self._on_assign = on_assign

    def consume(self, *_: object) -> list[Message]:
        self._on_assign(self, [])
        return []

    def committed(self, *_: object, **__: object) -> list[SimpleNamespace]:
        error = KafkaError(KafkaError.NOT_COORDINATOR)
        return [
            SimpleNamespace(topic=TOPIC, partition=0, offset=40, metadata="0a1b2c3d:", error=None),
            SimpleNamespace(topic=TOPIC, partition=1, offset=-1001, metadata="", error=error),
        ]

    def get_watermark_offsets(self, *_: object, **__: object) -> tuple[int, int]:
        return 0, 50

    def assign(self, partitions: list[object]) -> None:
        self.assigned = partitions

    def close(self) -> None:
        self.closed = True


def test_a_partition_of_which_nobody_says_what_is_committed_is_not_read_from_its_beginning() -> None:
    group = Group()
    inserter = cast("Inserter", SimpleNamespace(close=lambda: None))
    stream = Stream(Settings(), INTERACTIONS, inserter, cast("Consumer", group))
    with pytest.raises(KafkaException) as raised:
        stream.run(threading.Event())
    assert raised.value.args[0].code() == KafkaError.NOT_COORDINATOR
    assert (group.assigned, group.closed) == ([], True)


def test_the_client_s_consumers_tell_kafka_to_miss_them_after_6_s() -> None:
    assert _options(Settings(), TRANSACTIONS)["session.timeout.ms"] == "6000"
