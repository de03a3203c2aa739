"""Our agents draining the input topics against the stock Faust loop keeping the same features.

Same records, same broker, one worker each, in turn; every run in a fresh group with an empty state; medians of five.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from confluent_kafka import Producer

from ops.stack import environment
from schemas import records
from schemas.codec.encode import ColumnEncoder, Nullable
from schemas.provision import provision
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.statistics import median
from tests.support.stack import own_settings, running

RUNS = 5
EVENTS = 2_000_000
STOCK_EVENTS = 100_000
CUSTOMERS = 50_000
#: Event time that the records span, and where it begins.
SPAN_MS, START_MS = 30 * 86_400_000, 1_700_000_000_000


def run(settings: Settings | None = None, events: int = EVENTS, runs: int = RUNS) -> dict[str, Any]:
    """Events per second of both and their ratio, on a broker and registry of its own, or on those of `settings`."""
    if settings is not None:
        return _measured(settings, {**os.environ, **environment(settings)}, events, runs)
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        own = own_settings(Path(folder) / "home", topic_prefix="bench.")
        with running(own, parts=("kafka", "registry")) as variables:
            return _measured(own, variables, events, runs)


def _measured(settings: Settings, variables: dict[str, str], events: int, runs: int) -> dict[str, Any]:
    fill(settings, events)
    ours, stock = [], []
    for _ in range(runs):
        ours.append(_drained("ours", events, variables))
        stock.append(_drained("stock", min(STOCK_EVENTS, events), variables))
    batch, loop = median(ours), median(stock)
    return {"batch_per_s": round(batch), "stock_per_s": round(loop), "ratio": round(batch / loop, 1)}


def _drained(kind: str, events: int, variables: dict[str, str]) -> float:
    """Events per second of one run in a process and a state folder of its own."""
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.faust_drain", kind, str(events)],
            env={**variables, "C360_HOME": folder},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=600,
        )
    return float(json.loads(done.stdout.splitlines()[-1])["per_second"])


def fill(settings: Settings, events: int) -> None:
    """Three interactions to a transaction, of CUSTOMERS customers, in the order of event time."""
    ids = provision(settings)
    random = np.random.default_rng(1)
    producer = Producer(
        {
            **settings.kafka_client,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    encoders = {
        topic: ColumnEncoder(records.schema(topic.record), ids[topic.stream]) for topic in (TRANSACTIONS, INTERACTIONS)
    }
    for first in range(0, events, 40_000):
        numbers = np.arange(first, min(first + 40_000, events))
        for topic, rows in ((TRANSACTIONS, numbers[numbers % 4 == 0]), (INTERACTIONS, numbers[numbers % 4 > 0])):
            columns = _columns(topic is TRANSACTIONS, rows, random, events)
            values = encoders[topic].encode(columns, len(rows)).values()
            name = topic.name(settings)
            for value, customer, ts in zip(
                values, columns["customer_id"].tolist(), columns["ts"].tolist(), strict=True
            ):
                _produce(producer, name, value, b"%d" % customer, ts)
    producer.flush()


def _produce(producer: Producer, topic: str, value: bytes, key: bytes, ts: int) -> None:
    while True:
        try:
            producer.produce(topic, value, key, timestamp=ts)
        except BufferError:
            producer.poll(0.05)
        else:
            return


def _columns(bought: bool, numbers: Any, random: np.random.Generator, events: int) -> dict[str, Any]:
    size = len(numbers)
    common = {
        "customer_id": random.integers(1, CUSTOMERS + 1, size),
        "product_id": random.integers(1, 5_001, size),
        "ts": START_MS + numbers * SPAN_MS // events,
    }
    if bought:
        return common | {
            "transaction_id": (1 << 40) + numbers,
            "amount": random.integers(100, 50_000, size),
            "quantity": random.integers(1, 5, size),
            "channel": random.integers(1, 5, size),
            "status": random.choice([1, 1, 1, 1, 2, 3], size),
            "refers_to": Nullable(numbers, np.zeros(size, np.bool_)),
        }
    return common | {
        "interaction_id": (1 << 40) + numbers,
        "type": random.integers(1, 6, size),
        "duration_seconds": random.integers(1, 600, size),
        "device": random.integers(1, 4, size),
        "session_id": numbers // 7,
    }
