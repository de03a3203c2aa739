"""Sends what the simulator does not: poison, records of newer schemas, events of a producer whose clock is wrong."""

import functools
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import fastavro
import numpy as np
from confluent_kafka import KafkaError, Message, Producer
from numpy.typing import NDArray

from producers.delivery import configuration
from schemas import wire
from schemas.errors import UnreachableError
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS, Topic
from tests.support.waiting import wait_for

#: Its events' ids begin with a source's number that no simulator gets so soon.
SOURCE = 8188 << 40
#: A schema that no registry has.
NOBODYS = 1 << 30
FLUSH_SECONDS = 120

#: Topic, partition, offset.
Place = tuple[str, int, int]


def transaction(ident: int, customer: int, when: datetime) -> dict[str, Any]:
    """A purchase of this id."""
    return {
        "transaction_id": ident,
        "customer_id": customer,
        "product_id": 1,
        "amount": Decimal("10.50"),
        "quantity": 1,
        "channel": "web",
        "status": "completed",
        "refers_to": None,
        "ts": when,
    }


class Sender:
    """Keeps where its poison went, and the ids of its events that were acknowledged."""

    def __init__(self, settings: Settings, customers: int, seed: int) -> None:
        self._settings, self._customers = settings, customers
        self._dice, self._numbers = random.Random(seed), itertools.count(1)
        self._producer = Producer(configuration(settings))
        self._poison = Counter[Place]()
        self._good: list[int] = []
        self._wider = 0
        self._over = threading.Event()
        with Registry(settings) as registry:
            self._id = registry.register(TRANSACTIONS)

    @property
    def poison(self) -> Counter[Place]:
        """Where it stands; each place once, if Kafka is right."""
        return self._poison

    @property
    def acknowledged(self) -> NDArray[np.uint64]:
        """Ids of transactions."""
        return np.asarray(self._good, dtype=np.uint64)

    def end(self) -> None:
        """What is under way is not waited for any longer."""
        self._over.set()

    def send_poison(self, count: int, amid: bool) -> None:
        """Records that readers cannot use, of every sort, each behind one that they can if wanted."""
        for number in range(count):
            record, when = self._transaction(), now()
            if amid:
                self._send(TRANSACTIONS, wire.encode(record, schema("transaction"), self._id), when, record)
            topic, value = self._spoilt(number)
            self._send(topic, value, when)
        self._flush()

    def send_wider(self, count: int) -> None:
        """Transactions by a schema with one more field than the last one had, registered just now."""
        self._wider += 1
        wider = json.loads(schema_text(TRANSACTIONS.record))
        more = [f"chaos_{number}" for number in range(self._wider)]
        wider["fields"] += [{"name": name, "type": ["null", "string"], "default": None} for name in more]
        schema_id = wait_for(
            lambda: self._over.is_set() or self._registered(json.dumps(wider)), "the registry takes a newer schema", 60
        )
        parsed = fastavro.parse_schema(wider)
        for _ in range(count):
            record = self._transaction()
            value = wire.encode({**record, **dict.fromkeys(more, "more")}, parsed, schema_id)
            self._send(TRANSACTIONS, value, now(), record)
        self._flush()

    def send_stepped(self, count: int, minutes: float) -> None:
        """Transactions of a producer whose clock is so far ahead, or behind if negative."""
        for _ in range(count):
            when = now() + timedelta(minutes=minutes)
            record = self._transaction(ts=when)
            self._send(TRANSACTIONS, wire.encode(record, schema("transaction"), self._id), when, record)
        self._flush()

    def _registered(self, text: str) -> int:
        """The id of a schema of transactions; 0 while the registry, by a fault, does not answer."""
        try:
            with Registry(self._settings) as registry:
                return registry.register_text(TRANSACTIONS.subject(self._settings), text)
        except UnreachableError:
            return 0

    def _transaction(self, **more: Any) -> dict[str, Any]:
        record = transaction(SOURCE | next(self._numbers), self._dice.randint(1, self._customers), now())
        return {**record, **more}

    def _spoilt(self, number: int) -> tuple[Topic, bytes]:
        """The sorts by turns: no record at all, one cut off, one of an unknown schema, one that makes no sense."""
        whole = wire.encode(self._transaction(), schema("transaction"), self._id)
        sorts: Sequence[tuple[Topic, bytes]] = (
            (INTERACTIONS, b"\1" + self._dice.randbytes(20)),
            (TRANSACTIONS, whole[:9]),
            (TRANSACTIONS, wire.frame(NOBODYS) + whole[wire.HEADER.size :]),
            (TRANSACTIONS, wire.encode(self._transaction(product_id=-1), schema("transaction"), self._id)),
            (CUSTOMERS, b"\0"),
        )
        return sorts[number % len(sorts)]

    def _send(self, topic: Topic, value: bytes, when: datetime, good: dict[str, Any] | None = None) -> None:
        """`good`: the record, of an event that must arrive; without one it is poison."""
        ident = good["transaction_id"] if good else 0
        customer = good["customer_id"] if good else self._dice.randint(1, self._customers)
        self._producer.produce(
            topic.name(self._settings),
            value,
            str(customer),
            timestamp=int(when.timestamp() * 1000),
            on_delivery=functools.partial(self._told, ident),
        )
        self._producer.poll(0)

    def _told(self, ident: int, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            raise RuntimeError(f"a record was not taken: {error.str()}")
        if ident:
            self._good.append(ident)
            return
        self._poison[place(message)] += 1

    def _flush(self) -> None:
        until = time.monotonic() + FLUSH_SECONDS
        while (left := self._producer.flush(FLUSH_SECONDS / 100)) and not self._over.is_set():
            if time.monotonic() > until:
                raise RuntimeError(f"Kafka did not take {left} records in {FLUSH_SECONDS} s")


def place(message: Message) -> Place:
    """Where a record stands."""
    return message.topic() or "", message.partition() or 0, message.offset() or 0


def now() -> datetime:
    """The moment, to a millisecond."""
    return datetime.fromtimestamp(int(time.time() * 1000) / 1000, UTC)
