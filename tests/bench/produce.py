"""`simulate --rate max`, which makes and encodes its events, against Kafka's own producer benchmark, which repeats one.

Same broker, mean record size, partitions, acks, idempotence and compression, one after the other, medians of five.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ops.artifacts.runtime import find
from ops.stack import environment
from producers.delivery import QUEUE_RECORDS, configuration
from producers.encoding import TOPICS, Encoder, key_table
from producers.plan import Plan
from producers.world.parameters import parameters
from schemas.provision import create_topics
from schemas.settings import Settings
from schemas.topics import Topic
from tests.bench.statistics import median
from tests.support.stack import own_settings, running

RUNS = 5
EVENTS = 2_000_000
SAMPLE = 65_536
CUSTOMERS, PRODUCTS = 50_000, 5_000
MIX = {"interactions": 75.0, "transactions": 24.0}
TOPIC = Topic("perf-test", "interaction", "customer_id", "delete")
#: Its last line: "2000000 records sent, 512345.6 records/sec (..."
_RATE = re.compile(r"records sent, ([0-9.]+) records/sec")


def run(settings: Settings | None = None) -> dict[str, Any]:
    """Records per second of both and their ratio, on a broker and registry of its own, or on those of `settings`."""
    if settings is not None:
        return _measured(settings, environment(settings))
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        own = own_settings(Path(folder) / "home")
        with running(own, parts=("kafka", "registry")) as variables:
            return _measured(own, variables)


def _measured(settings: Settings, variables: dict[str, str]) -> dict[str, Any]:
    create_topics(settings, [TOPIC])
    size = record_size()
    _simulate(variables, 50_000)  # lays the world
    ours, theirs = [], []
    for _ in range(RUNS):
        ours.append(_simulate(variables, EVENTS))
        theirs.append(_perf_test(settings, EVENTS, size))
    return {
        "simulate_per_s": round(median(ours)),
        "perf_test_per_s": round(median(theirs)),
        "ratio": round(median(ours) / median(theirs), 3),
        "record_bytes": size,
    }


def record_size() -> int:
    """Mean bytes of key and value of this mix."""
    plan = Plan(
        seed=7,
        customers=CUSTOMERS,
        products=PRODUCTS,
        epoch=parameters()["epoch"],
        mix=tuple(MIX.items()),
        streams=frozenset(MIX),
        pace=None,
        events=SAMPLE,
        start=1_790_000_000_000,
        source=1,
    )
    encoder = Encoder(dict.fromkeys(TOPICS, 1), key_table(CUSTOMERS))
    parts = plan.drawn(plan.world()).parts(0, SAMPLE, plan.event_streams)
    ready = [encoder.ready(stream, part) for stream, part in parts.items()]
    return round(
        float(
            np.mean([len(key) + len(value) for one in ready for key, value in zip(one.keys, one.values, strict=True)])
        )
    )


def _simulate(variables: dict[str, str], events: int) -> float:
    mix = ",".join(f"{stream}={part:g}" for stream, part in MIX.items())
    words = ["--customers", str(CUSTOMERS), "--products", str(PRODUCTS), "--events", str(events), "--mix", mix]
    command = [sys.executable, "-m", "producers.simulate", "--rate", "max", "--seed", "7", *words, "--json"]
    done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout.splitlines()[-1])["rate"])


def _perf_test(settings: Settings, records: int, size: int) -> float:
    runtime, ours = find(settings.cache), configuration(settings)
    options = {
        "bootstrap.servers": settings.bootstrap,
        "acks": ours["acks"],
        "enable.idempotence": "true",
        "compression.type": ours["compression.type"],
        "linger.ms": ours["linger.ms"],
        "batch.size": ours["batch.size"],
        "buffer.memory": QUEUE_RECORDS * 1024,
    }
    words = ["--topic", TOPIC.name(settings), "--num-records", str(records), "--record-size", str(size)]
    command = [
        str(runtime.java),
        "-Xmx512m",
        "-cp",
        runtime.kafka_class_path,
        "org.apache.kafka.tools.ProducerPerformance",
    ]
    command += [
        *words,
        "--throughput",
        "-1",
        "--producer-props",
        *(f"{name}={value}" for name, value in options.items()),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = _RATE.findall(done.stdout)
    if not found:
        raise RuntimeError(f"kafka-producer-perf-test gave no rate: {done.stdout[-500:]} {done.stderr[-500:]}")
    return float(found[-1])
