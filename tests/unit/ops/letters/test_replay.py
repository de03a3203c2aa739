"""What is noted before and after letters are sent, and what is found of those begun; Kafka is librdkafka's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer, TopicPartition

from ops.letters.letters import Chosen, Identity, Letter
from ops.letters.replay import BEGUN, SENT, Replay, letter_of
from schemas.reading import messages, reader
from schemas.settings import Settings

TOPIC = "c360.transactions"
PLACE = (TOPIC, 2)
STAMP = 1_700_000_000_123


class Notes:
    """In ClickHouse's place; `dies` is raised where letters are noted as sent."""

    def __init__(self, dies: BaseException | None = None) -> None:
        self.rows: list[list[Any]] = []
        self._dies = dies

    def insert(self, table: str, rows: list[list[Any]], **_: object) -> None:
        assert table == "dead_letter_replays"
        if self._dies is not None and rows[0][4] == SENT:
            raise self._dies
        self.rows += rows

    @property
    def states(self) -> list[tuple[int, str, int, int]]:
        return [(row[2], row[4], row[5], row[6]) for row in self.rows]


Start = Callable[[Notes], Replay]


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A broker with the topic, where a stranger's record is the first."""
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "none:1", "log_level": 0})
    (one,) = producer.list_topics(timeout=10).brokers.values()
    producer.produce(TOPIC, b"stranger", b"1", partition=2)
    assert producer.flush(10) == 0
    yield Settings(kafka_bootstrap=f"{one.host}:{one.port}", home=tmp_path)
    assert producer.flush(10) == 0  # it holds the broker


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    made: list[Replay] = []

    def started(notes: Notes) -> Replay:
        made.append(Replay(settings, cast("Client", notes)))
        return made[-1]

    yield started
    for one in made:
        one.close()


def letter(offset: int) -> Letter:
    return Letter(Identity(*PLACE, offset), STAMP, b"42", b"value %d" % offset)


def begun(offset: int, search_from: int) -> Chosen:
    return Chosen(Identity(*PLACE, offset), 7, BEGUN, search_from, -1)


def test_a_letter_is_sent_as_it_was_and_noted_before_and_after(settings: Settings, start: Start) -> None:
    notes = Notes()
    replay = start(notes)
    ends = replay.ends({PLACE, (TOPIC, 99), ("nobody's", 0)})
    assert ends == {PLACE: 1}
    replay.send([letter(7), letter(8)], ends)
    assert notes.states == [(7, BEGUN, 1, -1), (8, BEGUN, 1, -1), (7, SENT, 1, 1), (8, SENT, 2, 2)]
    consumer = reader(settings, "test")
    consumer.assign([TopicPartition(TOPIC, 2, 0)])
    stranger, *sent = [one for batch in messages(consumer, TOPIC, 0, 3) for one in batch]
    consumer.close()
    assert letter_of(stranger) == b""
    assert [(one.key(), one.value(), one.timestamp()[1]) for one in sent] == [
        (b"42", b"value 7", STAMP), (b"42", b"value 8", STAMP),
    ]  # fmt: skip
    assert [letter_of(one) for one in sent] == [b"c360.transactions/2/7", b"c360.transactions/2/8"]


def test_what_arrived_before_a_death_is_found_and_what_did_not_is_not(start: Start) -> None:
    notes = Notes(dies=RuntimeError("the process ends here"))
    dying = start(notes)
    with pytest.raises(RuntimeError):
        dying.send([letter(7)], dying.ends({PLACE}))
    assert notes.states == [(7, BEGUN, 1, -1)]
    later = start(Notes())
    assert later.arrived([begun(7, 1), begun(8, 1)]) == {Identity(*PLACE, 7): 1}
    # One that was begun anew after it had arrived once is another.
    assert later.arrived([begun(7, 2)]) == {}
    assert later.arrived([]) == {}


def test_ctrl_c_notes_what_has_arrived_by_then(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    replay = start(notes)
    ends = replay.ends({PLACE})
    producer = replay._producer

    def interrupted(_: float) -> int:
        assert producer.flush(10) == 0
        raise KeyboardInterrupt

    monkeypatch.setattr(replay, "_producer", SimpleNamespace(produce=producer.produce, flush=interrupted))
    with pytest.raises(KeyboardInterrupt):
        replay.send([letter(7)], ends)
    assert notes.states == [(7, BEGUN, 1, -1), (7, SENT, 1, 1)]


def test_what_kafka_refuses_stays_begun_and_is_said(start: Start) -> None:
    notes = Notes()
    replay = start(notes)
    large = Letter(Identity(*PLACE, 9), STAMP, b"42", bytes(3 << 20))
    replay.send([large, letter(7)], replay.ends({PLACE}))
    assert [(one.identity.offset, "large" in one.reason) for one in replay.failed] == [(9, True)]
    assert notes.states == [(9, BEGUN, 1, -1), (7, BEGUN, 1, -1), (7, SENT, 1, 1)]
