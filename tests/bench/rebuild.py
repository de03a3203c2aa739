"""Features and alerts made from a history twice: in peace, and while workers are killed and records come again.

Events that come weeks late are in the history, each sent twice; the second time records of any age come once more.
Workers are killed (-9), stopped and joined by others at random. In the end every customer's row is held against a
recomputation from the raw rows, and the alerts of the second time against those of the first. Rows have to be equal;
alerts too, but for customers with events later than what the watermark waits for: whether their ticks are decided
by then depends on which topic was read first. Theirs are counted apart (`alerts_late_...`).
"""

import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click
import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition
from rich.console import Console

from ops.progress import Progress
from ops.stack.parts import PARTS, STREAM_PROCESSORS
from producers.backfill import history
from schemas import records, wire
from schemas.clients import reader_client
from schemas.reading import messages as records_of
from schemas.reading import reader
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, INTERACTIONS, TRANSACTIONS, Topic
from stream_processors.churn.model import churn_model
from stream_processors.recomputation.database import Reader
from stream_processors.recomputation.progress import Shown
from stream_processors.recomputation.verify import Verification
from tests.bench.files import sql
from tests.bench.world import sized
from tests.oracle.topics import messages
from tests.support.stack import own_settings, running
from tests.support.waiting import wait_for

EVENTS = (TRANSACTIONS, INTERACTIONS)
#: What is compared of alerts with the same id.
SAID = ("customer_id", "kind", "as_of", "reason", "segment")
_LATE = (
    "--start",
    "2026-05-03T00:00:00Z",
    "--duration",
    "20d",
    "--only",
    "transactions,interactions",
    "--seed",
    "4711",
)
#: So many events of each customer come late; of all events so many come again, so many at once.
LATE_EACH, AGAIN_SHARE, AT_ONCE = 0.2, 0.03, 2_000
LATE_IDS = "late.npz"
#: Longer than the end of a topic takes to be taken for idle, at which alerts are decided.
IDLE_SECONDS = 10.0
#: Between two disturbances; for everything to be counted; for differing rows to get fewer.
PEACE_SECONDS, LONGEST_SECONDS, VERIFY_SECONDS = (8.0, 30.0), 3600.0, 120.0

Alerts = dict[str, tuple[Any, ...]]


def run(scale: float = 0.1, kills: int = 20, seed: int = 1) -> dict[str, Any]:
    """How much was counted under how many disturbances, and what differs."""
    parts = tuple(part.name for part in PARTS if part is not STREAM_PROCESSORS)
    with tempfile.TemporaryDirectory(prefix="c360-bench-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings, parts) as environment:
            return _Rebuild(settings, environment, Path(folder), seed).run(scale, kills)


class _Rebuild:
    """One history, and the workers that read it."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], folder: Path, seed: int) -> None:
        self._settings, self._environment, self._folder = settings, environment, folder
        self._dice, self._workers = random.Random(seed), list[subprocess.Popen[bytes]]()
        self._began = time.monotonic()

    def run(self, scale: float, kills: int) -> dict[str, Any]:
        """All of it."""
        events = self._fill(scale)
        self._say(f"{events:,} events are there")
        peace, began = self._counted("peace"), time.monotonic()
        first, said = self._alerts({}), self._bounds(CHURN_ALERTS)
        self._say(f"counted in peace: {len(first):,} alerts")
        with self._again(round(events * AGAIN_SHARE)) as again:
            joined = self._disturbed(kills)
        self._say(f"{kills} kills, {joined} more workers for a while, {again[0]:,} records again")
        self._counted("killed")
        seconds, second = time.monotonic() - began, self._alerts({key[1]: end for key, (_, end) in said.items()})
        verification = Verification(Reader(self._settings).ask, churn_model())
        with Shown(Console(stderr=True, soft_wrap=True), verification.customers, quiet=False) as shown:
            judged = verification.run(VERIFY_SECONDS, shown)
        return {
            "events": events,
            "again": again[0],
            "kills": kills,
            "joined": joined,
            "seconds": {"peace": round(peace, 1), "killed": round(seconds, 1)},
            "customers": judged.customers,
            "mismatches": judged.mismatches,
            "waiting": judged.waiting,
            "alerts": len(first),
            **self._compared(first, second),
        }

    def _compared(self, first: Alerts, second: Alerts) -> dict[str, int]:
        """How many alerts differ, those of customers with late events apart."""
        late = self._late_customers()
        differing = {
            "missing": [first[one] for one in first.keys() - second.keys()],
            "more": [second[one] for one in second.keys() - first.keys()],
            "other": [first[one] for one in first.keys() & second.keys() if first[one] != second[one]],
        }
        return {"late_customers": len(late)} | {
            f"alerts_{'late_' * is_late}{name}": sum((said[0] in late) == is_late for said in alerts)
            for is_late in (False, True)
            for name, alerts in differing.items()
        }

    def _late_customers(self) -> set[int]:
        """Those who have events that came late."""
        with np.load(self._folder / LATE_IDS) as ids:
            given = {
                f"{place}_{topic.stream[:-1]}": int(edge(ids[topic.stream]))
                for topic in EVENTS
                for place, edge in (("first", np.min), ("last", np.max))
            }
        with contextlib.closing(reader_client(self._settings)) as client:
            return {
                int(row[0]) for row in client.query(sql("tests.bench", "late_customers"), parameters=given).result_rows
            }

    def _fill(self, scale: float) -> int:
        """The history, with late events that come twice; answers how many events the topics hold."""
        world, late = sized(scale), str(round(history.CUSTOMERS * scale * LATE_EACH))
        ids = str(self._folder / LATE_IDS)
        for command in (
            ("producers.backfill", *world),
            *(("producers.simulate", *world, *_LATE, "--events", late, "--acked", ids) for _ in range(2)),
        ):
            subprocess.run(
                [sys.executable, "-m", *command, "--json"],
                env=dict(self._environment), check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        progress = Progress(self._settings)
        wait_for(lambda: progress.to_store() == 0, "everything is stored", LONGEST_SECONDS, every=1.0)
        return sum(end - begin for begin, end in self._bounds().values())

    def _counted(self, state: str) -> float:
        """One worker that goes on until nothing is left; answers the seconds it took."""
        began = time.monotonic()
        self._start(state)
        wait_for(Progress(self._settings).done, "everything is counted and stored", LONGEST_SECONDS, every=1.0)
        ends = [self._bounds(CHURN_ALERTS)]

        def quiet() -> bool:
            ends.append(self._bounds(CHURN_ALERTS))
            return ends[-1] == ends[-2]

        wait_for(quiet, "no more alerts come", LONGEST_SECONDS, every=IDLE_SECONDS)
        self._stop(self._workers[0])
        return time.monotonic() - began

    def _disturbed(self, kills: int) -> int:
        """Two workers, killed so often; answers how many others came and stopped again."""
        joined = 0
        for kill in range(kills):
            while len(self._workers) < 2:
                self._start("killed")
            self._rest()
            if self._dice.random() < 0.4:
                self._start("killed")
                self._rest()
                self._stop(self._dice.choice(self._workers))
                joined += 1
            victim = self._dice.choice(self._workers)
            victim.kill()
            victim.wait()
            self._workers.remove(victim)
            self._say(f"killed {kill + 1} of {kills}")
        for worker in list(self._workers):
            self._stop(worker)
        return joined

    def _rest(self) -> None:
        time.sleep(self._dice.uniform(*PEACE_SECONDS))  # work goes on for so long: nothing is waited for

    def _start(self, state: str) -> None:
        environment = {**self._environment, "C360_HOME": str(self._folder / state)}
        with (self._folder / "workers.log").open("ab") as log:
            command = [sys.executable, "-m", "ops.launcher.bound", "-m", "stream_processors"]
            self._workers.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def _stop(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.terminate()
        if worker.wait(60):
            raise RuntimeError(f"a worker ended with {worker.returncode}: see {self._folder / 'workers.log'}")
        self._workers.remove(worker)

    @contextlib.contextmanager
    def _again(self, most: int) -> Iterator[list[int]]:
        """Meanwhile records of any age come again, as they were; gives how many by now."""
        sent, stop = [0], threading.Event()
        with ThreadPoolExecutor(1) as pool:
            repeating = pool.submit(self._repeat, sent, most, stop)
            try:
                yield sent
            finally:
                stop.set()
            repeating.result()

    def _repeat(self, sent: list[int], most: int, stop: threading.Event) -> None:
        dice, bounds = random.Random(self._dice.random()), self._bounds()
        consumer = reader(self._settings, "bench")
        producer = Producer({**self._settings.kafka_client, "enable.idempotence": True})
        while not stop.is_set() and sent[0] < most:
            (topic, partition), (begin, end) = dice.choice(sorted(bounds.items()))
            at = dice.randrange(begin, max(begin + 1, end - AT_ONCE))
            consumer.assign([TopicPartition(topic, partition, at)])
            for batch in records_of(consumer, topic, at, min(at + AT_ONCE, end)):
                for message in batch:
                    stamp = message.timestamp()[1]
                    producer.produce(topic, message.value(), message.key(), partition, timestamp=stamp)
                    sent[0] += 1
            if left := producer.flush(LONGEST_SECONDS):
                raise RuntimeError(f"Kafka does not take {left} records")
            stop.wait(0.2)
        consumer.close()

    def _bounds(self, *topics: Topic) -> dict[tuple[str, int], tuple[int, int]]:
        """First offset and end of each partition, of the events if of nothing else."""
        consumer = Consumer({**self._settings.kafka_client, "group.id": "bench"})
        names = [topic.name(self._settings) for topic in topics or EVENTS]
        found = {
            (name, partition): consumer.get_watermark_offsets(TopicPartition(name, partition))
            for name in names
            for partition in consumer.list_topics(name).topics[name].partitions
        }
        consumer.close()
        return found

    def _alerts(self, after: Mapping[int, int]) -> Alerts:
        """What the alerts say, by id, from these offsets of their partitions on."""
        schema = records.schema(CHURN_ALERTS.record)
        found = [
            wire.decode(message.value() or b"", schema)
            for message in messages(self._settings, CHURN_ALERTS)
            if (message.offset() or 0) >= after.get(message.partition() or 0, 0)
        ]
        return {one["alert_id"]: tuple(one[name] for name in SAID) for one in found}

    def _say(self, words: str) -> None:
        click.echo(f"{time.monotonic() - self._began:5.0f} s  {words}", err=True)
