"""Source numbers, given out once: claims in a compacted topic, of which the first for a number in the log holds it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tenacity
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from producers.delivery import configuration
from schemas import wire
from schemas.errors import C360Error, UnreachableError, no_kafka
from schemas.ids import MAX_SOURCE
from schemas.lag import MOVING
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import SOURCES

#: The number of a name that needs none: a world that has been laid.
NO_NUMBER = 0
#: What is answered for a moment just after a topic was made, on whichever broker.
NO_LEADER = MOVING | {KafkaError.UNKNOWN_TOPIC_OR_PART}
TIMEOUT_SECONDS = 15.0


@dataclass
class Claims:
    """What the log of claims says, read in its order."""

    holder: dict[int, str] = field(default_factory=dict)
    number: dict[str, int] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, number: int) -> None:
        """Takes the next claim of the log."""
        self.names.add(name)
        if number != NO_NUMBER and self.holder.setdefault(number, name) == name:
            self.number[name] = number

    def free(self) -> int:
        """The lowest number that nobody has claimed.

        Raises:
            C360Error: all are taken.
        """
        for number in range(1, MAX_SOURCE + 1):
            if number not in self.holder:
                return number
        raise C360Error(
            f"All {MAX_SOURCE:,} source numbers are given out, so no new run can have ids of its own. "
            "Repeat an earlier run (same --seed and --start), or begin anew under another C360_TOPIC_PREFIX."
        )


def settle(name: str, read: Callable[[], Claims], write: Callable[[str, int], None]) -> int:
    """The number a name holds, claimed now if it holds none; asks again until a claim of its own comes first."""
    while True:
        claims = read()
        if name in claims.number:
            return claims.number[name]
        write(name, claims.free())


def _no_leader(error: BaseException) -> bool:
    return isinstance(error, KafkaException) and error.args[0].code() in NO_LEADER


class Sources:
    """The claims as they are in Kafka."""

    def __init__(self, settings: Settings, schema_id: int) -> None:
        self._settings, self._schema_id = settings, schema_id
        self._topic = SOURCES.name(settings)
        self._registry = Registry(settings)

    def claim(self, name: str) -> int:
        """The source number of a run, 1 to 8191: always the same for the same name.

        Raises:
            C360Error: all numbers are taken.
            UnreachableError: Kafka does not answer.
        """
        return settle(name, self.read, self.write)

    def laid(self, name: str) -> bool:
        """Whether a world is recorded as laid."""
        return name in self.read().names

    def record_laid(self, name: str) -> None:
        """Records that a world is laid."""
        self.write(name, NO_NUMBER)

    def read(self) -> Claims:
        """All claims there are now."""
        # The group is never used: nothing is committed.
        consumer = Consumer({**self._settings.kafka_client, "group.id": "c360.sources", "log_level": 0, **_READING})
        try:
            return self._read(consumer)
        except KafkaException as error:
            raise _unreachable(self._settings, error.args[0]) from None
        finally:
            consumer.close()

    def _read(self, consumer: Consumer) -> Claims:
        claims = Claims()
        begin, end = self._ends(consumer)
        if begin == end:
            return claims
        consumer.assign([TopicPartition(self._topic, 0, begin)])
        while True:
            message = consumer.poll(TIMEOUT_SECONDS)
            if message is None:
                raise UnreachableError(f"Kafka at {self._settings.bootstrap} does not hand out {self._topic}.")
            problem = message.error()
            if problem is None:
                record = self._decoded(message.value())
                if record:
                    claims.add(record["name"], record["number"])
            elif problem.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the name librdkafka's own documents use
                return claims
            else:
                raise KafkaException(problem)

    @tenacity.retry(
        retry=tenacity.retry_if_exception(_no_leader),
        stop=tenacity.stop_after_delay(TIMEOUT_SECONDS),
        wait=tenacity.wait_fixed(0.1),
        reraise=True,
    )
    def _ends(self, consumer: Consumer) -> tuple[int, int]:
        """First and end offset; just after it was made, a topic may have no leader for a moment."""
        begin, end = consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=TIMEOUT_SECONDS)
        return int(begin), int(end)

    def _decoded(self, value: Any) -> dict[str, Any] | None:
        if value is None:
            return None
        writer = self._registry.parsed(wire.schema_id_of(value))
        return wire.decode(value, writer, schema(SOURCES.record))

    def write(self, name: str, number: int) -> None:
        """Appends one claim.

        Raises:
            UnreachableError: Kafka does not confirm it.
        """
        value = wire.encode({"name": name, "number": number}, schema(SOURCES.record), self._schema_id)
        # Not idempotent, which would cost half a second: a claim that is there twice says the same.
        options = {"enable.idempotence": False, "linger.ms": 0, "message.timeout.ms": 30_000}
        producer = Producer({**configuration(self._settings), **options})
        problems: list[KafkaError] = []
        producer.produce(
            self._topic, value, name.encode(), on_delivery=lambda error, _: problems.append(error) if error else None
        )
        if producer.flush(TIMEOUT_SECONDS * 2 + 1) or problems:
            raise _unreachable(self._settings, problems[0] if problems else None)


_READING = {
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 10,
}


def _unreachable(settings: Settings, error: KafkaError | None) -> UnreachableError:
    return no_kafka(settings.bootstrap, error.str() if error else "no confirmation")
