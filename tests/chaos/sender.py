"""Sends what the simulator does not: poison, records of newer schemas, events of a producer whose clock is wrong."""

import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import fastavro
import numpy as np
from confluent_kafka import KafkaError, Message, Producer
from numpy.typing import NDArray

from producers.delivery import configuration
from schemas import wire
from schemas.errors import UnreachableError
from schemas.ids import MAX_ENTITY
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic
from tests.chaos.poison import Place, Poison, readers
from tests.chaos.samples import customer, product, transaction
from tests.support.waiting import wait_for

#: Its events' ids begin with a source's number that no simulator gets so soon.
SOURCE = 8188 << 40
#: A schema that no registry has.
NOBODYS = 1 << 30
#: More than there are of anything.
NOBODY = MAX_ENTITY
FLUSH_SECONDS = 120


class Sender:
    """Keeps where its poison went, and the ids of its events that were acknowledged."""

    def __init__(self, settings: Settings, customers: int, seed: int) -> None:
        self._settings, self._customers = settings, customers
        self._dice, self._numbers = random.Random(seed), itertools.count(1)
        self._producer = Producer(configuration(settings))
        self._poison = Counter[Poison]()
        self._good: list[int] = []
        self._wider = 0
        self._over = threading.Event()
        with Registry(settings) as registry:
            self._ids = {topic: registry.register(topic) for topic in (TRANSACTIONS, CUSTOMERS, PRODUCTS)}

    @property
    def poison(self) -> Counter[Poison]:
        """What was acknowledged of it; each record once, if Kafka is right."""
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
                self._send(TRANSACTIONS, self._encoded(TRANSACTIONS, record), when, record)
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
            self._send(TRANSACTIONS, self._encoded(TRANSACTIONS, record), when, record)
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

    def _encoded(self, topic: Topic, record: dict[str, Any]) -> bytes:
        return wire.encode(record, schema(topic.record), self._ids[topic])

    def _spoilt(self, number: int) -> tuple[Topic, bytes]:
        """The sorts by turns: no record at all, one cut off, one of an unknown schema, one that makes no sense."""
        record, someone, something = self._transaction(), customer(1), product(1)
        whole = self._encoded(TRANSACTIONS, record)
        sorts: Sequence[tuple[Topic, bytes]] = (
            (INTERACTIONS, b"\1" + self._dice.randbytes(20)),
            (TRANSACTIONS, whole[:9]),
            (TRANSACTIONS, wire.frame(NOBODYS) + whole[wire.HEADER.size :]),
            (TRANSACTIONS, self._encoded(TRANSACTIONS, record | {"product_id": -1})),
            (CUSTOMERS, b"\0"),
            (CUSTOMERS, self._encoded(CUSTOMERS, someone)[:-9]),
            (CUSTOMERS, self._encoded(CUSTOMERS, someone | {"version": -1})),
            (PRODUCTS, self._encoded(PRODUCTS, something)[:-9]),
            (PRODUCTS, self._encoded(PRODUCTS, something | {"version": -1})),
        )
        return sorts[number % len(sorts)]

    def _poisoned(self, topic: Topic) -> int:
        """Whose key poison has: nobody's where compaction would take a good record for it."""
        return NOBODY if topic.cleanup == "compact" else self._dice.randint(1, self._customers)

    def _send(self, topic: Topic, value: bytes, when: datetime, good: dict[str, Any] | None = None) -> None:
        """`good`: the record, of an event that must arrive; without one it is poison."""
        key = str(good["customer_id"] if good else self._poisoned(topic)).encode()

        def told(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                raise RuntimeError(f"a record was not taken: {error.str()}")
            if good:
                self._good.append(good["transaction_id"])
            else:
                self._poison[Poison(place(message), key, value, readers(topic))] += 1

        stamp = int(when.timestamp() * 1000)
        self._producer.produce(topic.name(self._settings), value, key, timestamp=stamp, on_delivery=told)
        self._producer.poll(0)

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
