"""Reads a partition from an offset to the end it has now, without a consumer group's memory."""

from collections.abc import Iterator
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, Consumer, KafkaError, KafkaException, Message

from schemas.errors import UnreachableError
from schemas.settings import Settings

TIMEOUT_SECONDS = 15.0
BATCH = 50_000
STEP_SECONDS = 0.2


#: KiB that a consumer fetches ahead.
AHEAD = 65_536


def reader(settings: Settings, group: str, ahead: int = AHEAD) -> Consumer:
    """A consumer for `messages`; the group has a name because librdkafka wants one, and nothing is committed."""
    options: dict[str, Any] = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        # A fetch at the end of a partition keeps the next partition waiting.
        "fetch.wait.max.ms": 10,
        "auto.offset.reset": "earliest",
        "queued.max.messages.kbytes": ahead,
        # Else fetches pause for a second whenever 100,000 records wait, and so does whoever takes them faster.
        "fetch.queue.backoff.ms": 5,
        "log_level": 0,
    }
    return Consumer({**settings.kafka_client, **options})


def messages(consumer: Consumer, topic: str, at: int, end: int) -> Iterator[list[Message]]:
    """Batches of the assigned partition's records from offset `at` to before `end`, or to the partition's end.

    Raises:
        UnreachableError: Kafka hands nothing out for a while.
        KafkaException: it says why not.
    """
    silent = 0
    while at < end:
        # Never more than there are: whoever asks for more waits the whole time for them.
        got = consumer.consume(min(BATCH, end - at), STEP_SECONDS)
        silent = 0 if got else silent + 1
        if silent * STEP_SECONDS > TIMEOUT_SECONDS:
            raise UnreachableError(f"Kafka does not hand out {topic}. Try again.")
        good = [message for message in got if not _is_end(message)]
        if good:
            at = (good[-1].offset() or 0) + 1
            yield [message for message in good if (message.offset() or 0) < end]
        if len(good) < len(got):
            return  # compaction leaves holes, at the end too


def timestamp_ms(message: Message) -> int:
    """A record's own timestamp, in ms; 0 where it has none."""
    kind, value = message.timestamp()
    return 0 if kind == TIMESTAMP_NOT_AVAILABLE else value


def _is_end(message: Message) -> bool:
    problem = message.error()
    if problem is None:
        return False
    if problem.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the name librdkafka's own documents use
        return True
    raise KafkaException(problem)
