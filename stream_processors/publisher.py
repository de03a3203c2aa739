"""Sends features, alerts and dead letters to Kafka, and knows what has arrived there."""

import logging
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from confluent_kafka import KafkaException, Message, Producer
from confluent_kafka.cimpl import KafkaError

from schemas import records, wire
from schemas.codec.encode import ColumnEncoder
from schemas.erasure import erasure
from schemas.letters import Letter
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMER_FEATURES, CUSTOMERS, DEAD_LETTERS, LETTER_BYTES
from stream_processors.churn.alerts import Alert, alert_id
from stream_processors.churn.model import SEGMENTS
from stream_processors.features.parameters import HOUR
from stream_processors.metrics import Collectors

log = logging.getLogger(__name__)

#: Messages on their way beyond which features wait; alerts and dead letters still find room.
FEATURES_WAIT_AT = 100_000
QUEUE_MESSAGES = 500_000
STAGE = "stream_processors"


class Epoch:
    """Messages handed over between two snapshots; `left` are not in Kafka yet."""

    def __init__(self) -> None:
        self.left = 0
        self.closed = False


class Publisher:
    """The worker's producer. Everything but deliveries to the broker happens in the calling thread."""

    def __init__(self, settings: Settings, schema_ids: Mapping[str, int], collectors: Collectors) -> None:
        """`schema_ids` by stream, as provision() answers them."""
        self._settings = settings
        self._ids = schema_ids
        self._collectors = collectors
        self._features = ColumnEncoder(records.schema(CUSTOMER_FEATURES.record), schema_ids[CUSTOMER_FEATURES.stream])
        for kind in ("raised", "recovered"):
            collectors.alerts.labels(kind)
        for topic in (CUSTOMER_FEATURES, CHURN_ALERTS, DEAD_LETTERS, CUSTOMERS):
            collectors.undelivered.labels(topic.name(settings))
        self._epoch = Epoch()
        #: Messages that are not in Kafka yet; the client's own count has its log lines and errors in it.
        self.waiting = 0
        self._producer = Producer(
            {
                **settings.kafka_client,
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 20,
                "partitioner": "murmur2_random",
                "message.timeout.ms": 0,
                "message.max.bytes": LETTER_BYTES,
                "queue.buffering.max.messages": QUEUE_MESSAGES,
                "queue.buffering.max.kbytes": 512 * 1024,
            },
            logger=log,
        )

    def close_epoch(self) -> Epoch:
        """Everything sent so far; a snapshot that counts on it waits until `settled`."""
        epoch, self._epoch = self._epoch, Epoch()
        epoch.closed = True
        return epoch

    def poll(self) -> None:
        """Takes delivery reports in."""
        self._producer.poll(0)

    def flush(self, seconds: float) -> int:
        """Waits until all is delivered; answers how many are not after so long."""
        return int(self._producer.flush(seconds))

    @property
    def has_room(self) -> bool:
        """Whether features may be sent."""
        return self.waiting < FEATURES_WAIT_AT

    def features(self, columns: dict[str, Any]) -> None:
        """Rows of customer-features, see stream_processors.features.rows."""
        customers: npt.NDArray[np.int64] = columns["customer_id"]
        messages = self._features.encode(columns, len(customers))
        # Event time may run ahead of the clock by what Kafka lets through once, not twice.
        timestamp = min(int(columns["as_of"][0]), int(time.time() * 1000))
        topic = CUSTOMER_FEATURES.name(self._settings)
        for customer, value in zip(customers.tolist(), messages.values(), strict=True):
            self._send(topic, value, b"%d" % customer, timestamp)
        self._collectors.published.inc(len(customers))

    def forgotten(self, customer_id: int) -> None:
        """A tombstone, so that compaction forgets the features of an erased customer."""
        self._send(CUSTOMER_FEATURES.name(self._settings), None, b"%d" % customer_id, None)

    def erased_again(self, customer_id: int) -> None:
        """What erased a customer, behind an older record that came later: compaction keeps the last of a key."""
        value = wire.encode(erasure(customer_id), records.schema(CUSTOMERS.record), self._ids[CUSTOMERS.stream])
        self._send(CUSTOMERS.name(self._settings), value, b"%d" % customer_id, None)

    def alert(self, alert: Alert, customer_id: int) -> None:
        """An alert; the same one has the same id however often it is sent."""
        as_of = alert.tick * HOUR
        record = {
            "alert_id": alert_id(customer_id, alert.tick, alert.kind),
            "customer_id": customer_id,
            "kind": alert.kind,
            "score": alert.score,
            "previous_score": alert.previous_score,
            "reason": alert.reason,
            "segment": SEGMENTS[alert.segment],
            "lifetime_value": Decimal(alert.value).scaleb(-2),
            "as_of": as_of,
        }
        value = wire.encode(record, records.schema(CHURN_ALERTS.record), self._ids[CHURN_ALERTS.stream])
        self._send(CHURN_ALERTS.name(self._settings), value, b"%d" % customer_id, as_of)
        self._collectors.alerts.labels(alert.kind).inc()

    def dead_letter(self, topic: str, partition: int, record: Any, error: str) -> None:
        """A consumer record (offset, timestamp, key, value) that cannot be used, whole."""
        letter = Letter(topic, partition, record.offset, record.timestamp, record.key, record.value, error, STAGE)
        value = letter.encoded(self._ids[DEAD_LETTERS.stream])
        self._send(DEAD_LETTERS.name(self._settings), value, letter.name, None)
        self._collectors.dead_letters.labels(topic).inc()

    def _send(self, topic: str, value: bytes | None, key: bytes, timestamp: int | None) -> None:
        epoch = self._epoch
        epoch.left += 1
        self.waiting += 1

        def settled() -> None:
            epoch.left -= 1
            self.waiting -= 1

        def delivered(error: KafkaError | None, message: Message) -> None:
            settled()
            if error is not None:
                self._refused(topic, message.key(), error)

        stamp = int(time.time() * 1000) if timestamp is None else timestamp
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=delivered, timestamp=stamp)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                if error.args[0].fatal():
                    raise
                # What can never be sent, such as a letter larger than Kafka takes, must not stop the others.
                settled()
                self._refused(topic, key, error.args[0])
                return
            else:
                return

    def _refused(self, topic: str, key: Any, error: KafkaError) -> None:
        self._collectors.undelivered.labels(topic).inc()
        log.error("Kafka refused a message of %s with the key %r: %s", topic, key, error.str())
