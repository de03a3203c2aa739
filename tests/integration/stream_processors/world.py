"""Events for the workers under test, and what is read back of what they publish."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition

from schemas import records, wire
from schemas.codec.encode import ColumnEncoder, Nullable
from schemas.provision import provision
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic

DAY = 86_400_000
START = 1_700_000_000_000
CUSTOMERS = 300
PARTITIONS = 4


class Feed:
    """Produces events of a made-up shop in the order of time, and remembers what each customer did."""

    def __init__(self, settings: Settings, ids: dict[str, int], customers: int) -> None:
        self._settings = settings
        self._ids = ids
        self._encoders = {
            topic: ColumnEncoder(records.schema(topic.record), ids[topic.stream])
            for topic in (TRANSACTIONS, INTERACTIONS)
        }
        self._random = np.random.default_rng(7)
        self._customers = customers
        self._number = 0
        self.producer = Producer({**settings.kafka_client, "partitioner": "murmur2_random", "linger.ms": 5})
        self.orders = np.zeros(customers + 1, np.int64)
        self.cents = np.zeros(customers + 1, np.int64)
        self.interactions = np.zeros(customers + 1, np.int64)

    def send(self, count: int, day: float) -> None:
        """So many events, spread over a day; one in fifty is sent twice."""
        numbers = np.arange(self._number, self._number + count)
        self._number += count
        customer = self._random.integers(1, self._customers + 1, count)
        # Two in three pause for most of the time, so that alerts are raised and recovered.
        customer = np.where((customer % 3 > 0) & (day % 100 > 20) & (day % 100 < 90), 3, customer)
        ts = (START + day * DAY + np.sort(self._random.integers(0, DAY, count))).astype(np.int64)
        bought = numbers % 4 == 0
        self._transactions(numbers[bought], customer[bought], ts[bought])
        self._interactions(numbers[~bought], customer[~bought], ts[~bought])
        self.producer.poll(0)

    def product(self, category: str, version: int, *, deleted: bool = False) -> None:
        """A version of the one product that is ever bought."""
        record = {
            "product_id": 1, "name": "n", "category": category, "brand": "b", "price": Decimal("1.00"),
            "stock_quantity": 1, "launch_date": date(2020, 1, 1), "version": version, "deleted": deleted,
        }  # fmt: skip
        value = wire.encode(record, records.schema(PRODUCTS.record), self._ids[PRODUCTS.stream])
        self.producer.produce(PRODUCTS.name(self._settings), value, b"1")
        self.producer.flush()

    def _transactions(self, numbers: Any, customers: Any, ts: Any) -> None:
        size = len(numbers)
        status = self._random.integers(1, 4, size)
        cents = np.where(status == 3, -1, 1) * self._random.integers(1, 9_999, size)
        columns = {
            "transaction_id": numbers, "customer_id": customers, "product_id": 1, "amount": cents, "quantity": 1,
            "channel": "web", "status": status, "refers_to": Nullable(numbers, status == 3), "ts": ts,
        }  # fmt: skip
        np.add.at(self.orders, customers, status == 1)
        np.add.at(self.cents, customers, np.where(status == 2, 0, cents))
        self._produce(TRANSACTIONS, columns, customers, ts)

    def _interactions(self, numbers: Any, customers: Any, ts: Any) -> None:
        size = len(numbers)
        columns = {
            "interaction_id": numbers, "customer_id": customers, "product_id": 1,
            "type": self._random.integers(1, 6, size), "duration_seconds": 1, "device": "mobile", "session_id": 1,
            "ts": ts,
        }  # fmt: skip
        np.add.at(self.interactions, customers, 1)
        self._produce(INTERACTIONS, columns, customers, ts)

    def _produce(self, topic: Topic, columns: dict[str, Any], customers: Any, ts: Any) -> None:
        values = self._encoders[topic].encode(columns, len(ts)).values()
        for at, (value, customer, when) in enumerate(zip(values, customers.tolist(), ts.tolist(), strict=True)):
            for _ in range(2 if at % 50 == 0 else 1):
                self.producer.produce(topic.name(self._settings), value, b"%d" % customer, timestamp=when)


class Reader:
    """Everything of one topic, kept up to date."""

    def __init__(self, settings: Settings, topic: Topic, partitions: int) -> None:
        self._schema = records.schema(topic.record)
        self._consumer = Consumer({**settings.kafka_client, "group.id": "reader", "enable.auto.commit": False})
        self._consumer.assign([TopicPartition(topic.name(settings), number, 0) for number in range(partitions)])
        self.records: list[dict[str, Any]] = []
        self.keys: list[bytes] = []

    def read(self) -> list[dict[str, Any]]:
        """All records by now."""
        while messages := self._consumer.consume(5_000, 0.2):
            for message in messages:
                if (error := message.error()) is not None:
                    raise AssertionError(error.str())
                self.keys.append(message.key() or b"")
                if (value := message.value()) is not None:
                    self.records.append(wire.decode(value, self._schema))
        return self.records

    def close(self) -> None:
        """Leaves."""
        self._consumer.close()


def newest(rows: Iterable[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The row of each customer that is true for the most input."""
    out: dict[int, dict[str, Any]] = {}
    for row in rows:
        held = out.get(row["customer_id"])
        if held is None or sum(row["input_offsets"].values()) >= sum(held["input_offsets"].values()):
            out[row["customer_id"]] = row
    return out


def features_are(feed: Feed, rows: Iterable[dict[str, Any]]) -> bool:
    """Whether the newest rows say what was sent, each event once."""
    found = newest(rows)
    if sum(row["orders"] for row in found.values()) != feed.orders.sum():
        return False
    types = ("views", "carts", "wishlists", "reviews", "shares")
    for customer, row in found.items():
        mine = (row["orders"], int(row["lifetime_value"] * 100), sum(row[name] for name in types))
        if mine != (feed.orders[customer], feed.cents[customer], feed.interactions[customer]):
            return False
    return bool(sum(sum(row[name] for name in types) for row in found.values()) == feed.interactions.sum())


class Process:
    """A worker in a process of its own."""

    def __init__(self, variables: dict[str, str], log: Path, *words: str) -> None:
        self._log = log.open("ab")
        command = words or ("-m", "stream_processors")
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "ops.launcher.bound", *command],
            env={**os.environ, **variables},
            stdout=self._log,
            stderr=self._log,
        )

    def kill(self) -> None:
        """kill -9."""
        self._popen.kill()
        self._popen.wait()
        self._log.close()

    def stop(self) -> int:
        """SIGTERM; answers the exit code."""
        self._popen.terminate()
        try:
            return self._popen.wait(30)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            raise
        finally:
            self._log.close()


class Shop:
    """A running Kafka and registry, and a topic prefix of a test's own on it."""

    def __init__(self, own: Settings, variables: dict[str, str], folder: Path) -> None:
        self.settings, self.folder = own, folder
        self.variables = {
            **variables,
            "C360_TOPIC_PREFIX": own.topic_prefix,
            "C360_HOME": str(folder / "home"),
            "C360_SNAPSHOT_SECONDS": "0.5",
        }
        self.ids = provision(own)
        self.feed = Feed(own, self.ids, CUSTOMERS)
        self._readers: list[Reader] = []
        self._workers: list[Process] = []

    def worker(self, *words: str, log: str = "worker", **more: str) -> Process:
        """One more worker; `more` goes into its environment."""
        self._workers.append(Process({**self.variables, **more}, self._log(log), *words))
        return self._workers[-1]

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str = "worker") -> str:
        """What the workers with that log have said."""
        return self._log(name).read_text(encoding="utf-8")

    def taken(self, name: str) -> list[int]:
        """The partitions that the worker with that log has taken over, in order."""
        return [int(number) for number in re.findall(r"Partition (\d+): (?:goes on|no snapshot)", self.log(name))]

    def reader(self, topic: Topic) -> Reader:
        """Reads one of the topics."""
        self._readers.append(Reader(self.settings, topic, PARTITIONS))
        return self._readers[-1]

    def close(self) -> None:
        """Leaves; ends the workers that a test did not come to end."""
        for worker in self._workers:
            worker.kill()
        self.feed.producer.purge()
        self.feed.producer.flush(1)
        for reader in self._readers:
            reader.close()
