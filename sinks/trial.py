"""Whether a record that Kafka has can be read now, by the registry and by ClickHouse: nothing is stored of it."""

import contextlib
from string import Template

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from confluent_kafka import Consumer, Message, TopicPartition

from schemas import wire
from schemas.errors import WireError, first_line
from schemas.groups import clickhouse_group
from schemas.lag import committed
from schemas.reading import messages, reader
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.holds import Hold
from sinks.ingest import container
from sinks.ingest.inserting import OF_DATA, OF_SCHEMA
from sinks.statements import MAY_LACK_FIELDS, literal, queue, sql

TIMEOUT_SECONDS = 10.0
#: KiB that are fetched ahead of the one record that is wanted.
AHEAD = 1_024


def refusal(settings: Settings, topic: Topic, hold: Hold, client: Client) -> str:
    """Why what comes next in one of the partitions cannot be read; empty where all can.

    Where nothing comes next yet, the last one that was refused is tried again.

    Raises:
        UnreachableError: Kafka or the registry does not answer.
        KafkaException: Kafka says why not.
        ClickHouseError: ClickHouse cannot say now.
    """
    name = topic.name(settings)
    places = [TopicPartition(name, partition) for partition in hold.runs]
    done = committed(settings, clickhouse_group(settings, topic), places)
    with (
        contextlib.closing(reader(settings, f"{settings.topic_prefix}sinks-trial", AHEAD)) as consumer,
        Registry(settings) as registry,
    ):
        for partition, run in hold.runs.items():
            at = done.get((name, partition), run.last + 1)
            message = _record(consumer, name, partition, at) or _record(consumer, name, partition, run.last)
            if message is not None and (why := _why(message, topic, registry, client)):
                return f"{name}/{partition}, offset {message.offset()}: {why}"
    return ""


def _record(consumer: Consumer, topic: str, partition: int, at: int) -> Message | None:
    """The first record from an offset on, if there is one."""
    place = TopicPartition(topic, partition, at)
    begin, end = consumer.get_watermark_offsets(place, TIMEOUT_SECONDS)
    if at >= end:
        return None
    consumer.assign([TopicPartition(topic, partition, max(begin, at))])
    return next((message for batch in messages(consumer, topic, max(begin, at), end) for message in batch), None)


def _why(message: Message, topic: Topic, registry: Registry, client: Client) -> str:
    value = message.value()
    if not value:
        return ""  # of a record without a value the engine takes nothing
    try:
        writer = registry.parsed(wire.schema_id_of(value))
        wire.decode(value, writer)
    except WireError as error:
        return str(error)
    return _by_clickhouse(container.readable([message], writer), topic, client)


def _by_clickhouse(file: bytes, topic: Topic, client: Client) -> str:
    """What ClickHouse says of a file with columns like the queue's."""
    rows = client.query(sql("structure"), parameters={"table": queue(topic.stream)}).result_rows
    structure = literal(", ".join(f"{name} {kind}" for name, kind in rows))
    words = {"structure": structure, "missing_fields": int(topic in MAY_LACK_FIELDS)}
    try:
        client.command(Template(sql("trial").strip()).substitute(words), data=file)
    except Error as error:
        if error.code not in OF_DATA | OF_SCHEMA:
            raise
        return first_line(error)
    return ""
