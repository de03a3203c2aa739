"""Records of a topic, the newest first, decoded by the schema that each names; Kafka is one of these tests' own."""

import datetime as dt
import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import fastavro
import pytest
from confluent_kafka import TopicPartition

from queries.console import messages as module
from queries.console.messages import newest
from schemas import wire
from schemas.errors import UnreachableError, UsageError, WireError
from schemas.settings import Settings
from schemas.topics import TRANSACTIONS

HERE = Settings()
NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
SCHEMA = fastavro.parse_schema(
    {
        "type": "record",
        "name": "Sale",
        "fields": [
            {"name": "number", "type": "long"},
            {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "raw", "type": "bytes"},
        ],
    }
)
SCHEMA_ID = 7


class Record:
    """A message as confluent_kafka has them; each is a second after the one before."""

    def __init__(self, partition: int, offset: int, value: bytes | None, key: bytes | None = b"k") -> None:
        self._partition, self._offset, self._value, self._key = partition, offset, value, key

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes | None:
        return self._key

    def error(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        at = NOON + dt.timedelta(seconds=self._offset, milliseconds=self._partition)
        return 1, int(at.timestamp() * 1000)


class Kafka:
    """A topic with the records of each partition from offset 10 on."""

    def __init__(self, *partitions: list[Record]) -> None:
        self._partitions = partitions
        self._left: list[Record] = []
        self.closed = False

    def list_topics(self, topic: str, timeout: float) -> Any:
        assert timeout > 0
        there = dict.fromkeys(range(len(self._partitions)))
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=there)})

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        return 10, 10 + len(self._partitions[place.partition])

    def assign(self, places: list[TopicPartition]) -> None:
        (place,) = places
        self._left = self._partitions[place.partition][max(0, place.offset - 10) :]

    def consume(self, count: int, _: float) -> list[Record]:
        got, self._left = self._left[:count], self._left[count:]
        return got

    def close(self) -> None:
        self.closed = True


def encoded(number: int) -> bytes:
    record = {"number": number, "amount": Decimal("1.50"), "at": NOON, "raw": b"\x01\xff"}
    return wire.encode(record, SCHEMA, SCHEMA_ID)


def partition(number: int, count: int) -> list[Record]:
    return [Record(number, 10 + at, encoded(at)) for at in range(count)]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    class Registry:
        def __init__(self, _: Settings) -> None:
            pass

        def __enter__(self) -> "Registry":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def parsed(self, schema_id: int) -> Any:
            if schema_id != SCHEMA_ID:
                raise WireError(f"no schema {schema_id}")
            return SCHEMA

    monkeypatch.setattr(module, "Registry", Registry)


def seen(monkeypatch: pytest.MonkeyPatch, kafka: Kafka, *asked: Any) -> list[module.Shown]:
    monkeypatch.setattr(module, "reader", lambda *_: kafka)
    try:
        return newest(HERE, TRANSACTIONS.stream, *asked)
    finally:
        assert kafka.closed


@pytest.mark.usefixtures("registry")
def test_the_newest_of_all_partitions_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, Kafka(partition(0, 5), [], partition(2, 3)), 4, None, None)
    assert [(one.partition, one.offset) for one in found] == [(0, 14), (0, 13), (2, 12), (0, 12)]
    assert found[0].at == NOON + dt.timedelta(seconds=14)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("number", "before", "offsets"),
    [(0, None, [14, 13]), (0, 12, [11, 10]), (0, 99, [14, 13]), (0, 10, []), (1, 1, [])],
)
def test_those_of_a_partition_end_before_an_offset(
    monkeypatch: pytest.MonkeyPatch, number: int, before: int | None, offsets: list[int]
) -> None:
    kafka = Kafka(partition(0, 5), partition(1, 5))
    assert [one.offset for one in seen(monkeypatch, kafka, 2, number, before)] == offsets


@pytest.mark.usefixtures("registry")
def test_each_is_decoded_by_the_schema_that_it_names_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [
        Record(0, 10, encoded(5)),
        Record(0, 11, None, b"\xff"),
        Record(0, 12, b"\x00\x00\x00\x00\x09more", None),
        Record(0, 13, b"no frame"),
        Record(0, 14, wire.frame(SCHEMA_ID) + b"\x02" * 3),
    ]
    found = {one.offset: one for one in seen(monkeypatch, Kafka(records), 9, None, None)}
    assert json.loads(found[10].value) == {
        "number": 5, "amount": "1.50", "at": "2026-01-31T12:00:00.000Z", "raw": "01ff"
    }  # fmt: skip
    assert (found[10].key, found[10].schema_id, found[10].readable) == ("k", SCHEMA_ID, True)
    assert (found[11].key, found[11].readable) == ("\\xff", True)
    assert "deleted" in found[11].value
    assert (found[12].key, found[12].schema_id, found[12].readable) == ("", 9, False)
    assert found[12].value.startswith("no schema 9")
    for offset in (13, 14):
        assert not found[offset].readable
        assert found[offset].value.endswith((b"no frame".hex(), "020202"))


@pytest.mark.usefixtures("registry")
def test_a_long_value_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = seen(monkeypatch, Kafka([Record(0, 10, b"x" * 100_000)]), 1, None, None)
    assert len(one.value) == module.LONGEST + len(" ...")


@pytest.mark.usefixtures("registry")
def test_what_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="has no partition 2: they go from 0 to 1"):
        seen(monkeypatch, Kafka([], []), 1, 2, None)
    with pytest.raises(UnreachableError, match="is not there yet"):
        seen(monkeypatch, Kafka(), 1, None, None)
    with pytest.raises(UsageError, match="There is no topic 'nothing'"):
        newest(HERE, "nothing", 1, None, None)
