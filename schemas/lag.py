"""How far consumer groups are behind their topics, from Kafka's own books."""

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # missing from its stubs

from schemas.errors import no_kafka
from schemas.groups import groups
from schemas.settings import Settings

TIMEOUT_SECONDS = 10.0
#: What is answered while a group's coordinator moves or starts, or a partition has no leader or another one than who
#: asks or answers knows of: a topic that was just made, or a broker that is back and leads again.
MOVING = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
    }
)
AGAIN_SECONDS = 0.1

Answer = TypeVar("Answer")


def lag(settings: Settings, admin: AdminClient | None = None) -> dict[tuple[str, str], int]:
    """Records not yet committed, by (group, topic); a group that never committed is behind by the whole topic.

    Raises:
        UnreachableError: no broker answers.
    """
    admin = admin or AdminClient({**settings.kafka_client, "log_level": 0})
    try:
        return _lag(settings, admin)
    except KafkaException as error:
        raise no_kafka(settings.bootstrap, error.args[0].str()) from None


def end_offsets(admin: AdminClient, topics: list[str]) -> dict[tuple[str, int], int]:
    """The next offset of every partition of the topics that exist, by (topic, partition)."""
    return listed_offsets(admin, _all(_partitions(admin, topics)), OffsetSpec.latest())  # type: ignore[no-untyped-call]  # upstream's


def _partitions(admin: AdminClient, topics: Iterable[str]) -> dict[str, list[TopicPartition]]:
    there = admin.list_topics(timeout=TIMEOUT_SECONDS).topics
    return {
        name: [TopicPartition(name, number) for number in there[name].partitions] for name in topics if name in there
    }


def _lag(settings: Settings, admin: AdminClient) -> dict[tuple[str, str], int]:
    partitions = _partitions(admin, {topic.name(settings) for topics in groups(settings).values() for topic in topics})
    every = _all(partitions)
    begins = listed_offsets(admin, every, OffsetSpec.earliest())  # type: ignore[no-untyped-call]  # upstream's
    ends = listed_offsets(admin, every, OffsetSpec.latest())  # type: ignore[no-untyped-call]  # upstream's
    behind = {}
    for group, topics in groups(settings).items():
        done = committed(settings, group, [one for topic in topics for one in partitions.get(topic.name(settings), [])])
        for name in (topic.name(settings) for topic in topics):
            behind[group, name] = sum(
                max(0, ends[key] - max(done.get(key, 0), begins[key])) for key in ends if key[0] == name
            )
    return behind


def _all(partitions: dict[str, list[TopicPartition]]) -> list[TopicPartition]:
    return [partition for some in partitions.values() for partition in some]


def listed_offsets(
    admin: AdminClient, partitions: Iterable[TopicPartition], spec: OffsetSpec
) -> dict[tuple[str, int], int]:
    """The offset that is asked for in each partition, by (topic, partition); -1 for a time after its last record.

    Raises:
        KafkaException: no broker answers, or refuses.
    """
    asked = dict.fromkeys(partitions, spec)

    def ask() -> dict[tuple[str, int], int]:
        found = admin.list_offsets(asked, request_timeout=TIMEOUT_SECONDS)
        return {(partition.topic, partition.partition): future.result().offset for partition, future in found.items()}

    # It asks by the leaders that it has heard of, however long ago.
    return _settled(ask, lambda: admin.list_topics(timeout=TIMEOUT_SECONDS))


def committed(settings: Settings, group: str, partitions: list[TopicPartition]) -> dict[tuple[str, int], int]:
    """What the group has committed, by (topic, partition), asked by a consumer that never joins it.

    AdminClient.list_consumer_group_offsets would do, but kills the process while the group's coordinator is moving or
    starting: https://github.com/confluentinc/librdkafka/issues/5040
    """
    if not partitions:
        return {}
    consumer = Consumer({**settings.kafka_client, "group.id": group, "enable.auto.commit": False, "log_level": 0})
    try:
        found = _settled(lambda: consumer.committed(partitions, timeout=TIMEOUT_SECONDS))
    finally:
        consumer.close()
    return {(done.topic, done.partition): done.offset for done in found if done.offset >= 0}


def _settled(ask: Callable[[], Answer], hear: Callable[[], object] = lambda: None) -> Answer:
    """The answer of a broker that is the one to ask: librdkafka hands out what one says that is not, or not yet.

    `hear` is called before it is asked again.
    """
    until = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in MOVING or time.monotonic() > until:
                raise
        time.sleep(AGAIN_SECONDS)
        hear()
