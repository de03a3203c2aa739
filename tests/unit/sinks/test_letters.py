"""ClickHouse's letters are sent once, again after a failure, and nothing is asked for while nothing is noted."""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from prometheus_client import REGISTRY

from schemas import wire
from schemas.errors import UnreachableError
from schemas.letters import Letter
from schemas.records import schema
from schemas.settings import Settings
from sinks import background, letters
from sinks.letters import LetterSender
from sinks.refused import STAGE, Refused

SETTINGS = Settings(kafka_bootstrap="127.0.0.1:1")
ONE, OTHER = (Refused("c360.products", 0, offset, 1_000, "the version is negative", 2_000) for offset in (3, 9))


class Notes:
    """In ClickHouse's place: what is noted and not come round, by versions."""

    def __init__(self, *left: Refused) -> None:
        self.left, self.version, self.asked = list(left), 0, 0

    def query(self, sql: str, **_: Any) -> SimpleNamespace:
        if "system.parts" in sql:
            return SimpleNamespace(result_rows=[(f"version {self.version}",)])
        self.asked += 1
        return SimpleNamespace(result_rows=self.left)

    def close(self) -> None:
        """Nothing to end."""

    def come_round(self, *places: Refused) -> None:
        """The topic's queue has brought these letters."""
        self.left = [one for one in self.left if one not in places]
        self.version += 1


class Kafka:
    """In the producer's place: takes everything, or says why not."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes, int]] = []
        self.refuses: KafkaError | None = None

    def produce(
        self, topic: str, value: bytes, key: bytes, *, timestamp: int, on_delivery: Callable[[Any, Any], None]
    ) -> None:
        if self.refuses is None:
            self.sent.append((topic, key, value, timestamp))
        on_delivery(self.refuses, None)

    def poll(self, _: float) -> None:
        """Everything is told at once."""

    def flush(self, _: float) -> int:
        return 0


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    kept = Notes(ONE, OTHER)
    monkeypatch.setattr(background, "writer_client", lambda _: kept)
    return kept


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    def read(_: Settings, refused: Sequence[Refused], __: object) -> Iterator[tuple[Refused, Letter]]:
        for one in refused:
            yield one, Letter(*one.place, b"7", b"bytes", one.reason, STAGE)

    kept = Kafka()
    monkeypatch.setattr(letters, "Producer", lambda _: kept)
    monkeypatch.setattr(letters, "letters", read)
    return kept


def test_a_letter_is_the_record_its_place_and_the_reason(notes: Notes, kafka: Kafka) -> None:
    notes.left = [ONE]
    LetterSender(SETTINGS, 5).look()
    ((topic, key, value, timestamp),) = kafka.sent
    assert (topic, key, timestamp) == ("c360.dead-letters", b"c360.products-0-3", ONE.refused_at)
    assert wire.schema_id_of(value) == 5
    read = wire.decode(value, schema("dead_letter"))
    assert (read["key"], read["value"], read["error"]) == (b"7", b"bytes", ONE.reason)
    assert (read["topic"], read["partition"], read["offset"], read["stage"]) == ("c360.products", 0, 3, "sinks")


def test_what_is_on_its_way_is_not_sent_again_and_after_a_restart_it_is(notes: Notes, kafka: Kafka) -> None:
    sender = LetterSender(SETTINGS, 5)
    for _ in range(3):
        sender.look()
    assert len(kafka.sent) == len(notes.left)
    assert REGISTRY.get_sample_value("c360_sinks_dead_letters_unpublished_records") == 2
    notes.come_round(ONE)
    LetterSender(SETTINGS, 5).look()
    assert [key for _, key, _, _ in kafka.sent[2:]] == [b"c360.products-0-9"]


def test_at_rest_nothing_is_asked_for_but_the_version(notes: Notes, kafka: Kafka) -> None:
    sender = LetterSender(SETTINGS, 5)
    sender.look()
    notes.come_round(ONE, OTHER)
    sender.look()
    before = notes.asked
    for _ in range(5):
        sender.look()
    assert notes.asked == before
    notes.left, notes.version = [ONE._replace(offset=11)], 7
    sender.look()
    assert len(kafka.sent) == 3


def test_the_same_place_noted_again_is_sent_again_only_once_it_has_come_round(notes: Notes, kafka: Kafka) -> None:
    sender = LetterSender(SETTINGS, 5)
    sender.look()
    notes.left = [ONE._replace(reason="in other words", refused_at=1)]
    sender.look()
    assert len(kafka.sent) == 2


def test_a_cluster_has_no_version_and_is_asked_each_time(notes: Notes, kafka: Kafka) -> None:
    notes.left = []
    sender = LetterSender(SETTINGS.model_copy(update={"clickhouse_cluster": "c360"}), 5)
    for expected in (1, 2):
        sender.look()
        assert notes.asked == expected
    assert not kafka.sent


def test_what_kafka_does_not_take_now_is_sent_later_and_what_it_never_takes_is_not(
    notes: Notes, kafka: Kafka, caplog: pytest.LogCaptureFixture
) -> None:
    notes.left = [ONE]
    sender = LetterSender(SETTINGS, 5)
    kafka.refuses = KafkaError(KafkaError._MSG_TIMED_OUT)
    sender.look()
    kafka.refuses = None
    sender.look()
    assert len(kafka.sent) == 1
    assert "c360.products/0/3" in caplog.text
    notes.left, notes.version = [OTHER], 1
    kafka.refuses = KafkaError(KafkaError.MSG_SIZE_TOO_LARGE)
    sender.look()
    kafka.refuses = None
    sender.look()
    assert len(kafka.sent) == 1


@pytest.mark.parametrize(
    "error", [UnreachableError("ClickHouse does not answer."), KafkaException(KafkaError(KafkaError._TRANSPORT))]
)
@pytest.mark.usefixtures("notes")
def test_who_is_away_is_said_and_asked_again(
    kafka: Kafka, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def away(_: Settings) -> Notes:
        raise error

    sender = LetterSender(SETTINGS, 5)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(background, "writer_client", away)
        sender.look()
    assert caplog.records[-1].levelname == "WARNING"
    sender.look()
    assert len(kafka.sent) == 2
