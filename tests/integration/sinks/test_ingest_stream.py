"""The client's consumer on librdkafka's mock cluster: blocks it had begun are made again, and nobody's twice."""

import contextlib
import threading
from typing import cast

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from prometheus_client import REGISTRY

from schemas.errors import HeldError, UnreachableError
from schemas.groups import clickhouse_group
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from sinks.ingest.block import Block
from sinks.ingest.inserting import Inserter
from sinks.ingest.stream import Stream
from tests.support.waiting import GIVE_UP, wait_for


class DeadError(Exception):
    """The process ends here, after the insert and before the commit."""


class Tables:
    """Stands for ClickHouse: takes a name once. It can be away, find too many bad records, and end the process."""

    def __init__(self) -> None:
        self.blocks: dict[str, list[int]] = {}
        self.tries: list[str] = []
        self.away = 0
        self.held = 0
        self.run = 0
        self.deadly = False

    def insert(self, block: Block) -> int:
        self.tries.append(block.name)
        if self.away:
            self.away -= 1
            raise UnreachableError("ClickHouse is away")
        if self.held:
            self.held -= 1
            raise HeldError("too many in a row")
        self.blocks.setdefault(block.name, [message.offset() or 0 for message in block.messages])
        if self.deadly:
            raise DeadError
        return 0

    def close(self) -> None:
        pass

    @property
    def records(self) -> int:
        return sum(map(len, self.blocks.values()))


@pytest.fixture
def broker() -> tuple[Producer, Settings]:
    """A cluster, with one topic of one partition."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none:1", "log_level": 0})
    (one,) = producer.list_topics(timeout=10).brokers.values()
    settings = Settings(kafka_bootstrap=f"{one.host}:{one.port}", ingest_seconds=0.05)
    return producer, settings


def _send(broker: tuple[Producer, Settings], count: int) -> None:
    producer, settings = broker
    for number in range(count):
        producer.produce(INTERACTIONS.name(settings), b"value %d" % number, b"1", partition=0)
    assert producer.flush(10) == 0


class Running:
    """A stream on a thread, until told to stop."""

    def __init__(self, settings: Settings, tables: Tables) -> None:
        self._stop = threading.Event()
        self._stream = Stream(settings, INTERACTIONS, cast("Inserter", tables))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(DeadError):
            self._stream.run(self._stop)

    def end(self) -> None:
        """Tells it to stop, and waits until it has."""
        self._stop.set()
        self.wait()

    def wait(self) -> None:
        """Waits until it has ended by itself."""
        self._thread.join(GIVE_UP)


def _committed(settings: Settings) -> TopicPartition:
    consumer = Consumer({"bootstrap.servers": settings.bootstrap, "group.id": clickhouse_group(settings, INTERACTIONS)})
    try:
        return consumer.committed([TopicPartition(INTERACTIONS.name(settings), 0)], timeout=10)[0]
    finally:
        consumer.close()


def test_everything_is_inserted_and_committed(broker: tuple[Producer, Settings]) -> None:
    _send(broker, 100)
    tables = Tables()
    running = Running(broker[1], tables)
    wait_for(lambda: tables.records == 100, "the first hundred")
    _send(broker, 50)
    wait_for(lambda: tables.records == 150, "the rest")
    running.end()
    era = next(iter(tables.blocks)).split("/")[2]
    assert (_committed(broker[1]).offset, _committed(broker[1]).metadata) == (150, f"{era}:")


def test_while_clickhouse_is_away_a_block_is_tried_again_as_it_is(broker: tuple[Producer, Settings]) -> None:
    _send(broker, 10)
    tables = Tables()
    tables.away = 3
    running = Running(broker[1], tables)
    wait_for(lambda: tables.records == 10, "everything")
    running.end()
    assert len(set(tables.tries[:4])) == 1


def test_what_a_dead_process_had_begun_is_made_again_under_its_name(broker: tuple[Producer, Settings]) -> None:
    _send(broker, 10)
    tables = Tables()
    tables.deadly = True
    Running(broker[1], tables).wait()
    era = tables.tries[0].split("/")[2]
    assert (_committed(broker[1]).offset, _committed(broker[1]).metadata) == (0, f"{era}:9")
    _send(broker, 10)
    tables.deadly = False
    running = Running(broker[1], tables)
    wait_for(lambda: tables.records == 20, "the rest", 60)
    running.end()
    assert tables.tries[0] == tables.tries[1]
    assert sorted(offset for offsets in tables.blocks.values() for offset in offsets) == list(range(20))


def test_behind_too_many_bad_records_it_stands_still_and_goes_on_when_they_can_be_read(
    broker: tuple[Producer, Settings], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sinks.ingest.stream.HELD_SECONDS", 0.05)
    _send(broker, 10)
    tables = Tables()
    tables.held = 3
    running = Running(broker[1], tables)
    wait_for(lambda: tables.records == 10, "everything")
    tables.run = 4  # of the next block
    _send(broker, 10)
    wait_for(lambda: tables.records == 20, "the rest")
    running.end()
    assert len(set(tables.tries[:4])) == 1
    assert len([line for line in caplog.messages if "too many in a row" in line]) == 1
    era = tables.tries[0].split("/")[2]
    assert (_committed(broker[1]).offset, _committed(broker[1]).metadata) == (20, f"{era}::4")


def test_while_it_stands_still_nothing_is_committed(
    broker: tuple[Producer, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.ingest.stream.HELD_SECONDS", 0.05)
    _send(broker, 10)
    tables = Tables()
    tables.held = 1_000_000
    running = Running(broker[1], tables)
    wait_for(lambda: len(tables.tries) > 3, "a few tries")
    held = REGISTRY.get_sample_value("c360_sinks_ingest_held", {"topic": INTERACTIONS.name(broker[1])})
    running.end()
    assert (held, tables.records, _committed(broker[1]).offset) == (1, 0, 0)
