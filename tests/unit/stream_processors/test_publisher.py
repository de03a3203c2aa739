"""The worker's producer, against librdkafka's own broker: what cannot be sent stops nobody."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas import wire
from schemas.erasure import erasure
from schemas.records import schema
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, DEAD_LETTERS, LETTER_BYTES, TOPICS
from stream_processors.metrics import Collectors
from stream_processors.publisher import Publisher


@pytest.fixture
def publisher(collectors: Collectors, tmp_path: Path) -> Publisher:
    here = Settings(home=tmp_path, kafka_options={"test.mock.num.brokers": "1"})
    return Publisher(here, {topic.stream: 1 for topic in TOPICS}, collectors)


def record(size: int) -> Any:
    return SimpleNamespace(
        topic="c360.interactions", partition=3, offset=7, timestamp=0, key=b"7", value=b"\x01" * size
    )


def undelivered() -> float:
    name = "c360_stream_processors_undelivered_total"
    return REGISTRY.get_sample_value(name, {"topic": DEAD_LETTERS.name(Settings())}) or 0.0


def test_a_bad_record_as_large_as_kafka_allows_is_a_dead_letter(publisher: Publisher) -> None:
    publisher.dead_letter("c360.interactions", 0, record(1_048_000), "the first byte is 1, not 0")
    epoch = publisher.close_epoch()
    assert publisher.flush(10) == 0
    assert (epoch.left, undelivered()) == (0, 0)
    assert DEAD_LETTERS.config(Settings())["max.message.bytes"] == str(LETTER_BYTES)


def test_a_letter_that_kafka_can_never_take_is_counted_and_the_next_one_sent(publisher: Publisher) -> None:
    publisher.dead_letter("c360.interactions", 0, record(2 * LETTER_BYTES), "the first byte is 1, not 0")
    publisher.dead_letter("c360.interactions", 0, record(10), "the first byte is 1, not 0")
    epoch = publisher.close_epoch()
    assert publisher.flush(10) == 0
    assert (epoch.left, undelivered()) == (0, 1)


def test_who_is_erased_for_good_is_so_by_the_last_record_of_the_key(
    publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, bytes, bytes]] = []
    recorder = SimpleNamespace(produce=lambda topic, value, key, **_: sent.append((topic, value, key)))
    monkeypatch.setattr(publisher, "_producer", recorder)
    publisher.erased_again(17)
    ((topic, value, key),) = sent
    assert (topic, key) == (CUSTOMERS.name(Settings()), b"17")
    assert wire.decode(value, schema(CUSTOMERS.record)) == erasure(17)
