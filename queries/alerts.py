"""Churn alerts as Kafka has them: the latest, and those to come."""

import datetime as dt
import heapq
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas import topics, wire
from schemas.errors import UnreachableError, WireError, no_kafka
from schemas.moments import written
from schemas.registry import Registry
from schemas.settings import Settings

Alert = dict[str, Any]
TIMEOUT_SECONDS = 10.0
#: Records read back from the end of a partition at first; doubled until there are enough of the kind asked for.
FIRST_LOOK = 200


class Placed(NamedTuple):
    """An alert and where it stands in the topic."""

    partition: int
    offset: int
    alert: Alert


class Began(NamedTuple):
    """The offset of each partition from which it is read, and the one behind what was there then."""

    starts: Mapping[int, int]
    ends: Mapping[int, int]


def latest(settings: Settings, limit: int, kind: str | None) -> list[Alert]:
    """The latest alerts over all partitions by time, oldest first.

    Raises:
        UnreachableError: Kafka or the registry does not answer.
    """
    registry = Registry(settings)
    found: list[Alert] = []
    with _consumer(settings) as consumer:
        for partition in _partitions(consumer, settings):
            found += _tail(consumer, registry, partition, limit, kind)
    return heapq.nlargest(limit, found, key=_order)[::-1]


def stream(settings: Settings, kind: str | None) -> Iterator[Alert]:
    """The alerts from now on, as they arrive; without end."""
    registry = Registry(settings)
    with _consumer(settings) as consumer:
        consumer.assign(
            [TopicPartition(p.topic, p.partition, _bounds(consumer, p)[1]) for p in _partitions(consumer, settings)]
        )
        while True:
            message = consumer.poll(0.5)
            alert = None if message is None else _alert(registry, message)
            if alert is not None and kind in (None, alert["kind"]):
                yield alert


def followed(settings: Settings, back: int) -> Iterator[Began | Placed | None]:
    """The last `back` alerts or fewer, those of a partition in order, and then all that arrive; without end.

    Where it begins comes first. None comes once all that was there then has been read, and again after each half second
    of silence.

    Raises:
        UnreachableError: Kafka or the registry does not answer.
    """
    registry = Registry(settings)
    # Offsets that are gone, or not there yet in a topic that was made anew: whoever follows must hear of it.
    with _consumer(settings, "error") as consumer:
        partitions = _partitions(consumer, settings)
        bounds = {p.partition: _bounds(consumer, p) for p in partitions}
        share = -(-back // max(1, len(partitions)))
        # Markers and repeats have offsets too, so that a share of offsets holds a share of alerts at most.
        starts = {number: max(low, high - share) for number, (low, high) in bounds.items()}
        consumer.assign([TopicPartition(p.topic, p.partition, starts[p.partition]) for p in partitions])
        yield Began(starts, {number: high for number, (_, high) in bounds.items()})
        behind = {number for number, (_, high) in bounds.items() if starts[number] < high}
        while True:
            message = consumer.poll(0.5)
            if message is None and behind:
                behind -= {p.partition for p in consumer.position(partitions) if p.offset >= bounds[p.partition][1]}
                continue
            if message is None:
                yield None
                continue
            number, offset = message.partition() or 0, message.offset() or 0
            alert = _alert(registry, message)
            if alert is not None:
                yield Placed(number, offset, alert)
            if behind and offset + 1 >= bounds[number][1]:
                behind.discard(number)
                if not behind:
                    yield None


def described(alert: Alert, form: str) -> str:
    """An alert as one line for a person, or as one JSON object."""
    if form == "json":
        return json.dumps(alert, default=_plain)
    when = alert["as_of"].strftime("%Y-%m-%d %H:%M")
    return (
        f"{when}  {alert['kind']:<9}  customer {alert['customer_id']:<8} {alert['segment']:<8} "
        f"score {alert['previous_score']:.2f} -> {alert['score']:.2f}  "
        f"value {alert['lifetime_value']:>12,.2f}  {alert['reason']}"
    )


def _tail(
    consumer: Consumer, registry: Registry, partition: TopicPartition, limit: int, kind: str | None
) -> list[Alert]:
    low, high = _bounds(consumer, partition)
    look = FIRST_LOOK
    while True:
        start = max(low, high - look)
        alerts = [
            alert for alert in _between(consumer, registry, partition, start, high) if kind in (None, alert["kind"])
        ]
        if len(alerts) >= limit or start == low:
            return alerts[-limit:]
        look *= 4


def _between(
    consumer: Consumer, registry: Registry, partition: TopicPartition, start: int, end: int
) -> Iterator[Alert]:
    if start >= end:
        return
    consumer.assign([TopicPartition(partition.topic, partition.partition, start)])
    while True:
        message = consumer.poll(TIMEOUT_SECONDS)
        if message is None:
            raise UnreachableError(f"Kafka stopped answering while {partition.topic} was read. Try again.")
        alert = _alert(registry, message)
        if alert is not None:
            yield alert
        position = consumer.position([partition])[0].offset
        if position >= end:
            return


def _alert(registry: Registry, message: Message) -> Alert | None:
    error = message.error()
    if error is not None:
        raise UnreachableError(f"Kafka: {error.str()}. See 'c360 status'.")
    value = message.value()
    try:
        return wire.decode(value, registry.parsed(wire.schema_id_of(value))) if value is not None else None
    except WireError:
        # Not an alert: whoever wrote it here hears of it from the dead letters, not from this list.
        return None


def _partitions(consumer: Consumer, settings: Settings) -> list[TopicPartition]:
    name = topics.CHURN_ALERTS.name(settings)
    try:
        there = consumer.list_topics(name, timeout=TIMEOUT_SECONDS).topics[name]
    except KafkaException as error:
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None
    if there.error is not None:
        missing = there.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
        hint = "Start the stream processors first ('c360 up')." if missing else "See 'c360 status'."
        raise UnreachableError(f"The topic {name} cannot be read ({there.error.str()}). {hint}")
    return [TopicPartition(name, number) for number in sorted(there.partitions)]


def _bounds(consumer: Consumer, partition: TopicPartition) -> tuple[int, int]:
    low, high = consumer.get_watermark_offsets(partition, timeout=TIMEOUT_SECONDS)
    return low, high


@contextmanager
def _consumer(settings: Settings, reset: str = "latest") -> Iterator[Consumer]:
    consumer = Consumer(
        {
            **settings.kafka_client,
            "group.id": "c360-alerts-reader",
            "enable.auto.commit": False,
            "auto.offset.reset": reset,
            "log_level": 0,
        }
    )
    try:
        yield consumer
    finally:
        consumer.close()


def _order(alert: Alert) -> tuple[dt.datetime, str]:
    return alert["as_of"], str(alert["alert_id"])


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return written(value)
    return str(value)
