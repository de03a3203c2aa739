"""All that a topic has, partition by partition."""

import contextlib
from collections.abc import Iterator

from confluent_kafka import Message, TopicPartition

from schemas import reading
from schemas.settings import Settings
from schemas.topics import Topic


def partitions(settings: Settings, topic: Topic) -> Iterator[tuple[int, Iterator[list[Message]]]]:
    """Of each partition, how many offsets it has, and its records in order, in batches."""
    name = topic.name(settings)
    with contextlib.closing(reading.reader(settings, f"{settings.topic_prefix}tests")) as consumer:
        for number in consumer.list_topics(name).topics[name].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, number))
            consumer.assign([TopicPartition(name, number, low)])
            yield high - low, reading.messages(consumer, name, low, high)
