"""Kafka's producer, with an exact account: each record sent is acknowledged or failed in the end, never neither."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from schemas.errors import C360Error
from schemas.settings import Settings

#: Long enough to ride over the restart of a broker.
MESSAGE_TIMEOUT_MS = 120_000
QUEUE_RECORDS = 200_000
_DEAD = "Kafka's client can send nothing any more:"


def configuration(settings: Settings, **options: Any) -> dict[str, Any]:
    """How producers of this project talk to Kafka, changed by `options`; C360_KAFKA_OPTIONS has the last word."""
    return {
        "enable.idempotence": True,
        "acks": "all",
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "linger.ms": 20,
        "reconnect.backoff.max.ms": 1000,
        "batch.size": 1_000_000,
        "message.timeout.ms": MESSAGE_TIMEOUT_MS,
        "queue.buffering.max.messages": QUEUE_RECORDS,
        "queue.buffering.max.kbytes": 262_144,
        "log_level": 0,
        **options,
        **settings.kafka_client,
    }


class Delivery:
    """Sends records in order and counts them."""

    def __init__(
        self,
        options: dict[str, Any],
        on_failed: Callable[[str, bytes], None] | None = None,
        idle: Callable[[], bool] = lambda: True,
    ) -> None:
        """`on_failed` hears topic and value of what failed; `idle` is asked while the queue is full: False gives up."""
        self._producer = Producer(
            {**options, "delivery.report.only.error": True, "on_delivery": self._report, "error_cb": self._fatal}
        )
        self._on_failed, self._idle = on_failed, idle
        self._dead: KafkaError | None = None
        self._trouble = ""
        self._settled = True
        self.sent = 0
        self.failed = 0
        self.reason = ""

    @property
    def queued(self) -> int:
        """Records that are neither acknowledged nor failed yet; until all are settled, what else waits counts as well.

        librdkafka counts its own events with the records: that a broker has gone, say, after the last one is settled.
        """
        return 0 if self._settled else len(self._producer)

    @property
    def acknowledged(self) -> int:
        """Records that Kafka has confirmed, as far as is known."""
        return max(0, self.sent - self.failed - self.queued)

    def send(self, topic: str, values: Sequence[bytes], keys: Sequence[bytes], stamps: Sequence[int]) -> int:
        """Hands records over; answers how many: all, unless the queue stays full and `idle` gives up.

        Raises:
            C360Error: the producer can send nothing any more.
        """
        produce, done = self._producer.produce, 0
        self._settled = False
        for value, key, stamp in zip(values, keys, stamps, strict=True):
            try:
                # By position (partition, callback, on_delivery): names cost 0.2 microseconds a record.
                produce(topic, value, key, -1, None, None, stamp)
            except (BufferError, KafkaException):
                if not self._patiently(topic, value, key, stamp):
                    break
            done += 1
        self.sent += done
        return done

    def poll(self) -> None:
        """Takes note of what has been confirmed.

        Raises:
            C360Error: the producer can send nothing any more.
        """
        self._producer.poll(0)
        if self._dead:
            raise C360Error(f"{_DEAD} {self._dead.str()}")

    def finish(self, seconds: float, goes_on: Callable[[], bool] = lambda: True) -> None:
        """Waits until all is confirmed; what is not, in time, or when `goes_on` says no, has failed."""
        deadline = time.monotonic() + seconds
        if not self.settled(lambda: time.monotonic() < deadline and goes_on()):
            self._producer.purge()
            self._producer.flush(5)

    def settled(self, goes_on: Callable[[], bool]) -> bool:
        """Waits, as long as `goes_on` says so, until nothing is on its way; answers whether that is so."""
        while len(self._producer):
            if not goes_on():
                return False
            self._producer.flush(0.2)
        self._settled = True
        return True

    def _patiently(self, topic: str, value: bytes, key: bytes, stamp: int) -> bool:
        """Sends one record as soon as there is room; False if `idle` gives up."""
        while True:
            try:
                self._producer.produce(topic, value, key, timestamp=stamp)
            except BufferError:
                if not self._idle():
                    return False
                self._producer.poll(0.05)
            except KafkaException as error:
                if error.args[0].fatal():
                    raise C360Error(f"{_DEAD} {error.args[0].str()}") from None
                self._refused(error.args[0], topic, value)
                return True
            else:
                return True

    def _report(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._refused(error, message.topic() or "", message.value() or b"")

    def _refused(self, error: KafkaError, topic: str, value: bytes) -> None:
        self.failed += 1
        why = f"; {self._trouble}" if self._trouble and error.code() == KafkaError._MSG_TIMED_OUT else ""  # noqa: SLF001 - the name librdkafka's own documents use
        self.reason = self.reason or error.str() + why
        if self._on_failed:
            self._on_failed(topic, value)

    def _fatal(self, error: KafkaError) -> None:
        self._trouble = error.str()
        if error.fatal():
            self._dead = error
