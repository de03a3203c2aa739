"""The records that ClickHouse refused, as they stand in Kafka: a letter is made of the record itself, bytes and all."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from clickhouse_connect.driver.client import Client
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.letters import Letter
from schemas.reading import messages, reader, timestamp_ms
from schemas.settings import Settings
from sinks.statements import sql

STAGE = "sinks"
#: A record so many offsets on is read up to, rather than sought: that costs a question to the broker.
NEAR = 1_000
#: So many are held at once: each may be as large as Kafka allows.
HELD = 200
#: KiB that are fetched ahead: of most records one is wanted, and what lies behind it is not.
AHEAD = 4_096
#: What Kafka says of a topic or a partition that is gone: the broker, and its client by itself.
GONE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001 - the name librdkafka's own documents use
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - likewise
    }
)


class Refused(NamedTuple):
    """A record's place, its timestamp in ms, ClickHouse's reason, and when it was refused, in ms."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    reason: str
    refused_at: int

    @property
    def place(self) -> tuple[str, int, int, int]:
        """Which record it is."""
        return self[:4]


def letters(settings: Settings, refused: Sequence[Refused], client: Client) -> Iterator[tuple[Refused, Letter]]:
    """A letter of each, in order of topic, partition and offset.

    Of a record that Kafka has no more, what `dead_letters` has of it, which of one that could be read is nothing.

    Raises:
        UnreachableError: Kafka hands nothing out.
        KafkaException: it says why not.
    """
    with contextlib.closing(reader(settings, f"{settings.topic_prefix}sinks-letters", AHEAD)) as consumer:
        for _, some in groupby(sorted(refused), key=lambda one: one[:2]):
            for run in runs(some):
                found = {message.offset(): message for message in _between(consumer, run)}
                for one in run:
                    message = found.get(one.offset)
                    # A topic that was made anew has another record there.
                    if message is None or timestamp_ms(message) != one.timestamp:
                        yield one, _letter(one, *_stored(client, one))
                    else:
                        yield one, _letter(one, message.key(), message.value())


def _between(consumer: Consumer, run: Sequence[Refused]) -> Iterator[Message]:
    """The records of one partition that are wanted, as far as there are any."""
    wanted = {one.offset for one in run}
    topic, partition, first, *_ = run[0]
    consumer.assign([TopicPartition(topic, partition, first)])
    try:
        for batch in messages(consumer, topic, first, run[-1].offset + 1):
            yield from (message for message in batch if message.offset() in wanted)
    except KafkaException as error:
        if error.args[0].code() not in GONE:
            raise


def runs(refused: Iterable[Refused]) -> Iterator[list[Refused]]:
    """Those of one partition, in order, apart where they are far from each other, or many."""
    run: list[Refused] = []
    for one in refused:
        if run and (one.offset - run[-1].offset > NEAR or len(run) == HELD):
            yield run
            run = []
        run.append(one)
    yield run


def _stored(client: Client, one: Refused) -> tuple[bytes | None, bytes | None]:
    words = {"topic": one.topic, "partition": one.partition, "offset": one.offset, "timestamp": one.timestamp}
    formats: dict[str, str | dict[str, str]] = {"key": "bytes", "value": "bytes"}
    rows = client.query(sql("refused_bytes"), parameters=words, column_formats=formats).result_rows
    key, value = rows[0] if rows else (None, None)
    return key, value


def _letter(one: Refused, key: bytes | None, value: bytes | None) -> Letter:
    return Letter(one.topic, one.partition, one.offset, one.timestamp, key, value, one.reason, STAGE)
