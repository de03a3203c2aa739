"""What ClickHouse alone refuses is a letter in the topic as well as in the table, whole, whichever way it came in."""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from schemas import wire
from schemas.clients import writer_client
from schemas.lag import end_offsets
from schemas.reading import messages, reader
from schemas.records import schema
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, PRODUCTS, TRANSACTIONS, Topic
from sinks.letters import LetterSender
from tests.contract.ingestion.conftest import WayIn
from tests.support.waiting import wait_for

BEFORE_2000 = dt.datetime(1999, 1, 1, tzinfo=dt.UTC)
NEGATIVE = "the version is negative"
AT = 1_735_732_800_000
#: Topic, key, value.
Record = tuple[Topic, bytes | None, bytes | None]


def in_topic(settings: Settings) -> list[dict[str, Any]]:
    """Every letter of the topic, with its key as `name`."""
    name, found = DEAD_LETTERS.name(settings), []
    with contextlib.closing(reader(settings, "letters-test")) as consumer:
        for (_, partition), end in end_offsets(AdminClient({**settings.kafka_client}), [name]).items():
            consumer.assign([TopicPartition(name, partition, 0)])
            for batch in messages(consumer, name, 0, end):
                for message in batch:
                    letter = wire.decode(message.value() or b"", schema(DEAD_LETTERS.record))
                    found.append({**letter, "name": message.key()})
    return found


def places(settings: Settings) -> Counter[tuple[str, int, int]]:
    return Counter((one["topic"], one["partition"], one["offset"]) for one in in_topic(settings))


def sent(way: WayIn) -> list[Record]:
    """Products that nobody else reports, with a wrong version and of no schema; events that the stream processors would
    refuse too, without a key (which a compacted topic would not take) and of a time that makes no sense."""
    way.records.product(3)
    way.records.product(5, version=-1)
    way.records.buy(1, 1, BEFORE_2000)
    good, nonsense, early = ((one[0], one[1], one[2]) for one in way.records.sent)
    way.records.sent.clear()
    bad: list[Record] = [nonsense, (PRODUCTS, b"6", b"\xff\x00garbage"), (TRANSACTIONS, None, b"no key"), early]
    producer = Producer({**way.place.settings.kafka_client, "partitioner": "murmur2_random"})
    for topic, key, value in [good, *bad]:
        producer.produce(topic.name(way.place.settings), value, key, timestamp=AT)
    assert producer.flush(60) == 0
    return bad


@pytest.fixture
def client(way: WayIn) -> Iterator[Client]:
    with contextlib.closing(writer_client(way.place.settings)) as made:
        yield made


def sender(way: WayIn) -> LetterSender:
    """A process that begins."""
    return LetterSender(way.place.settings, way.place.ids[DEAD_LETTERS.stream])


def noted(way: WayIn, count: int, *, published: bool) -> bool:
    """Whether so many records are noted, and their letters have come round."""
    rows = way.rows("SELECT count(), countIf(published) FROM refused_records")
    return rows == [(count, count if published else 0)]


def test_letters_are_in_topic_and_table(way: WayIn, client: Client) -> None:
    bad, settings = sent(way), way.place.settings
    wait_for(lambda: noted(way, len(bad), published=False), "what is refused is noted", 60)
    first = sender(way)
    first.look()
    wait_for(lambda: noted(way, len(bad), published=True), "the letters have come round", 60)
    letters = in_topic(settings)
    assert Counter((one["key"], one["value"]) for one in letters) == Counter((key, value) for _, key, value in bad)
    for one in letters:
        assert one["stage"] == "sinks"
        assert one["name"] == f"{one['topic']}-{one['partition']}-{one['offset']}".encode()
        assert one["record_ts"] == dt.datetime.fromtimestamp(AT / 1000, dt.UTC)
    reasons = {one["value"]: one["error"] for one in letters}
    assert reasons[bad[0][2]] == NEGATIVE
    assert reasons[bad[3][2]] == "the event time is before the year 2000"
    in_table(client, letters)
    # Neither this process nor the next one has anything left to send.
    ends = places(settings)
    for each in (first, sender(way)):
        each.look()
    assert places(settings) == ends
    assert set(ends.values()) == {1}


def in_table(client: Client, letters: list[dict[str, Any]]) -> None:
    """The table has the same letters, each once and with ClickHouse's reason."""
    asked = "SELECT topic, partition, offset, value, reasons FROM letters"
    rows = client.query(asked, column_formats={"value": "bytes"}).result_rows
    assert sorted((*row[:3], row[3], [tuple(one.values()) for one in row[4]]) for row in rows) == sorted(
        (one["topic"], one["partition"], one["offset"], one["value"], [("sinks", one["error"])]) for one in letters
    )


def test_what_is_sent_twice_is_one_letter(way: WayIn, client: Client) -> None:
    bad = sent(way)
    wait_for(lambda: noted(way, len(bad), published=False), "what is refused is noted", 60)
    killed, next_one = sender(way), sender(way)
    todo = killed._left(client)
    for each in (killed, next_one):
        each._send(todo, client)
    way.place.wait_stored()
    assert sorted(places(way.place.settings).values()) == [2] * len(bad)
    wait_for(lambda: noted(way, len(bad), published=True), "the letters have come round", 60)
    assert way.rows("SELECT count(), sum(length(reasons)) FROM letters") == [(len(bad), len(bad))]


def test_of_what_kafka_has_no_more(way: WayIn) -> None:
    bad, settings = sent(way), way.place.settings
    way.place.wait_stored()
    admin = AdminClient({**settings.kafka_client})
    ends = end_offsets(admin, [TRANSACTIONS.name(settings)])
    for gone in admin.delete_records([TopicPartition(*where, end) for where, end in ends.items()]).values():
        gone.result()
    sender(way).look()
    found = Counter(one["value"] for one in in_topic(settings))
    assert found == Counter([bad[0][2], bad[1][2], bad[2][2], None])
    wait_for(lambda: noted(way, len(bad), published=True), "the letters have come round", 60)


def test_what_is_no_letter_goes_no_further(way: WayIn) -> None:
    settings = way.place.settings
    way.place.send([(DEAD_LETTERS, b"x", b"no letter", AT)])
    wait_for(lambda: noted(way, 1, published=False), "it is noted", 60)
    for each in (sender(way), sender(way)):
        each.look()
    way.place.wait_stored()
    name = DEAD_LETTERS.name(settings)
    assert sum(end_offsets(AdminClient({**settings.kafka_client}), [name]).values()) == 1
    assert way.rows("SELECT topic, value FROM letters") == [(name, "no letter")]
