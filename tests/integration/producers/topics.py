"""Topics of a test's own, and what is in them."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from schemas import wire
from schemas.settings import Settings
from schemas.topics import Topic

#: Partition, key, value without its header, timestamp.
Record = tuple[int, bytes, bytes, int]


def installation(kafka: tuple[Settings, dict[str, str]], prefix: str) -> tuple[Settings, dict[str, str]]:
    """Topics of a test's own on the same Kafka."""
    settings, environment = kafka
    return settings.model_copy(update={"topic_prefix": prefix}), {**environment, "C360_TOPIC_PREFIX": prefix}


def records(settings: Settings, topic: Topic) -> list[Record]:
    """All records of a topic, partition by partition, in order; a compacted one has holes between its offsets."""
    reading = {"enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 10}
    consumer = Consumer({**settings.kafka_client, "group.id": "test", **reading})
    found = []
    try:
        for partition in range(topic.count(settings)):
            consumer.assign([TopicPartition(topic.name(settings), partition, OFFSET_BEGINNING)])
            while (message := next_message(consumer)) is not None:
                value = message.value() or b""
                found.append((partition, message.key() or b"", value[wire.HEADER.size :], message.timestamp()[1]))
    finally:
        consumer.close()
    return found


def next_message(consumer: Consumer) -> Message | None:
    """The next record of the partition it reads, None at its end."""
    message = consumer.poll(10)
    assert message is not None
    problem = message.error()
    if problem is None:
        return message
    assert problem.code() == KafkaError._PARTITION_EOF, problem
    return None
