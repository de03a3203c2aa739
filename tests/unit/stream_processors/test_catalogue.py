"""The products as a worker knows them; the consumer is a list of records."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka import KafkaError

from schemas import records, wire
from schemas.errors import UnreachableError
from schemas.settings import Settings
from schemas.topics import TOPICS
from stream_processors.catalogue import Catalogue

SCHEMA = 3


class Record:
    """A consumer's message, or the end of its partition."""

    def __init__(self, value: bytes | None, partition: int = 0, error: int | None = None) -> None:
        self._value, self._partition = value, partition
        self._error = None if error is None else KafkaError(error)

    def value(self) -> bytes | None:
        return self._value

    def partition(self) -> int:
        return self._partition

    def error(self) -> KafkaError | None:
        return self._error


class Consumer:
    """Hands out what lies there, without waiting."""

    def __init__(self, _: dict[str, Any]) -> None:
        self.lying: list[Record] = []
        self.assigned: list[Any] = []

    def assign(self, partitions: list[Any]) -> None:
        self.assigned = partitions

    def consume(self, most: int, timeout: float) -> list[Record]:
        assert timeout == 0
        taken, self.lying = self.lying[:most], self.lying[most:]
        return taken


def product(ident: int, category: str, version: int, *, deleted: bool = False, schema: int = SCHEMA) -> Record:
    fields = {
        "product_id": ident, "name": "n", "category": category, "brand": "b", "price": Decimal("1.00"),
        "stock_quantity": 1, "launch_date": date(2020, 1, 1), "version": version, "deleted": deleted,
    }  # fmt: skip
    return Record(wire.encode(fields, records.schema("product"), schema))


def end(partition: int) -> Record:
    return Record(None, partition, KafkaError._PARTITION_EOF)


class Fixture:
    """A catalogue and what lies before it."""

    def __init__(self) -> None:
        self.registry = True
        self.catalogue = Catalogue(Settings(), {topic.stream: SCHEMA for topic in TOPICS}, self._writer, 2)
        self.consumer: Any = self.catalogue._consumer

    def _writer(self, _: int) -> Any:
        if not self.registry:
            raise UnreachableError("no registry")
        return records.schema("product")

    def read(self, *records_: Record) -> dict[int, str]:
        """What is listed after these."""
        self.consumer.lying += records_
        self.catalogue.poll()
        products, codes, names = self.catalogue.listed()
        return {ident: names[code] for ident, code in zip(products.tolist(), codes.tolist(), strict=True)}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Fixture:
    monkeypatch.setattr("stream_processors.catalogue.Consumer", Consumer)
    return Fixture()


def test_it_is_complete_once_every_partition_was_read_to_its_end(held: Fixture) -> None:
    assert [partition.partition for partition in held.consumer.assigned] == [0, 1]
    assert held.read() == {}
    assert held.read(product(1, "Home", 1), end(0)) == {1: "Home"}
    assert not held.catalogue.complete
    held.read(Record(None, 1, KafkaError._ALL_BROKERS_DOWN))
    assert not held.catalogue.complete
    held.read(end(1))
    assert held.catalogue.complete


def test_the_highest_version_wins_and_only_a_change_of_category_is_one(held: Fixture) -> None:
    assert held.read(product(1, "Home", 5), product(2, "Books", 1)) == {1: "Home", 2: "Books"}
    before = held.catalogue.generation
    assert held.read(product(1, "Toys", 4), product(1, "Home", 6), product(3, "Home", 1, deleted=True)) == {
        1: "Home",
        2: "Books",
    }
    assert held.catalogue.generation == before
    assert held.read(product(1, "Garten & Küche", 7), product(2, "Books", 2, deleted=True)) == {1: "Garten & Küche"}
    assert held.read(product(2, "Books", 1)) == {1: "Garten & Küche"}
    assert held.catalogue.generation > before


def test_what_is_no_product_is_passed_over(held: Fixture) -> None:
    assert held.read(Record(None), Record(b"rubbish"), product(0, "Home", 1), product(1 << 33, "Home", 1)) == {}


def test_records_of_another_schema_wait_for_the_registry(held: Fixture) -> None:
    held.registry = False
    assert held.read(product(1, "Home", 1, schema=9), end(0), end(1)) == {}
    assert not held.catalogue.complete
    held.registry = True
    assert held.read() == {1: "Home"}
    assert held.catalogue.complete
