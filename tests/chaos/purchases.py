"""The purchases of one customer, sent beside the stream: so it is known how many there are to be found."""

from datetime import datetime

import numpy as np
from confluent_kafka import KafkaError, Message, Producer
from numpy.typing import NDArray

from producers.delivery import configuration
from schemas import wire
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, TRANSACTIONS
from tests.chaos.samples import customer as sample
from tests.chaos.samples import transaction
from tests.chaos.sender import now

#: Its events' ids begin with a source's number that no simulator gets so soon, nor the faults' sender.
SOURCE = 8187 << 40
FLUSH_SECONDS = 120.0


class Purchases:
    """Sends the purchases of a customer; knows how many were sent and which were acknowledged."""

    def __init__(self, settings: Settings, customer: int) -> None:
        self._settings, self.customer = settings, customer
        self._producer = Producer(configuration(settings))
        self._acknowledged: list[int] = []
        self.sent = 0
        with Registry(settings) as registry:
            self._id = registry.register(TRANSACTIONS)
            customers = registry.register(CUSTOMERS)
        record = sample(customer)
        self._produce(CUSTOMERS.name(settings), wire.encode(record, schema("customer"), customers), now())
        self.flush()

    def send(self, when: datetime) -> None:
        """One more; how many are sent counts it from before it is."""
        self.sent += 1
        ident = SOURCE | self.sent
        record = transaction(ident, self.customer, when)
        self._produce(
            TRANSACTIONS.name(self._settings), wire.encode(record, schema("transaction"), self._id), when, ident
        )

    def flush(self) -> None:
        """Waits until Kafka has said something of each."""
        if left := self._producer.flush(FLUSH_SECONDS):
            raise RuntimeError(f"Kafka did not take {left} records in {FLUSH_SECONDS:.0f} s")

    @property
    def acknowledged(self) -> NDArray[np.uint64]:
        """Ids."""
        return np.asarray(self._acknowledged, dtype=np.uint64)

    def _produce(self, topic: str, value: bytes, when: datetime, ident: int = 0) -> None:
        def told(error: KafkaError | None, _: Message) -> None:
            if error is None and ident:
                self._acknowledged.append(ident)

        self._producer.produce(
            topic, value, str(self.customer), timestamp=int(when.timestamp() * 1000), on_delivery=told
        )
        self._producer.poll(0)
