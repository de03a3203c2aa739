"""Workers killed at random over a whole history that arrives out of order and twice in part; then all is compared.

C360_TEST_KILLS, C360_TEST_KILLS_CUSTOMERS and C360_TEST_KILLS_SEED make it longer, larger and another one.
"""

import heapq
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMER_FEATURES, CUSTOMERS, INTERACTIONS, TRANSACTIONS
from tests.integration.stream_processors.world import Process, Reader, Shop, newest
from tests.oracle.topics import messages
from tests.support.recomputation import Inputs
from tests.support.waiting import wait_for

KILLS = int(os.environ.get("C360_TEST_KILLS", "6"))
SIZE = int(os.environ.get("C360_TEST_KILLS_CUSTOMERS", "2000"))
SEED = int(os.environ.get("C360_TEST_KILLS_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)

#: Event time by which an event may be late, below what the watermark waits for.
LATE_MS = 55 * 60 * 1000
#: Of so many events one comes again: at once, or at any time later.
REPEAT_ONE_IN = 20
SECONDS = 120


class Arrival(NamedTuple):
    """A record as it arrives, at a moment of event time."""

    at: int
    topic: str
    key: bytes
    value: bytes
    ts: int


def history(shop: Shop, settings: Settings, prefix: str) -> list[Arrival]:
    """A whole history, made by the backfill into topics of its own, in the order of time."""
    variables = {**shop.variables, "C360_TOPIC_PREFIX": prefix, "C360_PRODUCERS_METRICS_PORT": "0"}
    command = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.backfill", "--json", "--seed", str(SEED)]
    subprocess.run(
        [*command, "--customers", str(SIZE), "--products", "500"],
        env={**os.environ, **variables}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    past = settings.model_copy(update={"topic_prefix": prefix})
    found = [
        Arrival(stamp, topic.name(settings), message.key() or b"", message.value() or b"", stamp)
        for topic in (TRANSACTIONS, INTERACTIONS)
        for message in messages(past, topic)
        for stamp in [message.timestamp()[1]]
    ]
    return sorted(found)


def customers(settings: Settings, prefix: str) -> list[Arrival]:
    """The customers of that history, each as first laid."""
    past = settings.model_copy(update={"topic_prefix": prefix})
    laid: dict[bytes, Arrival] = {}
    for message in messages(past, CUSTOMERS):
        key, stamp = message.key() or b"", message.timestamp()[1]
        laid.setdefault(key, Arrival(stamp, CUSTOMERS.name(settings), key, message.value() or b"", stamp))
    return list(laid.values())


def disturbed(events: list[Arrival], dice: random.Random) -> Iterator[Arrival]:
    """The events as they arrive: late by up to LATE_MS, some of them again."""
    arriving = []
    for event in events:
        arriving.append(event._replace(at=event.ts + dice.randrange(LATE_MS)))
        if dice.randrange(REPEAT_ONE_IN) == 0:
            later = dice.choice([0, dice.randrange(events[-1].ts - event.ts + 1)])
            arriving.append(event._replace(at=event.ts + later + dice.randrange(LATE_MS)))
    heapq.heapify(arriving)
    while arriving:
        yield heapq.heappop(arriving)


class Workers:
    """Two workers, of which one may be away."""

    def __init__(self, shop: Shop, dice: random.Random) -> None:
        self._shop, self._dice = shop, dice
        self._running: dict[str, Process] = {}
        self._started = 0
        self.refill()

    def refill(self) -> None:
        """Starts those that are missing."""
        while len(self._running) < 2:
            self._start()

    def _start(self) -> str:
        self._started += 1
        name = f"worker-{self._started}"
        self._running[name] = self._shop.worker(log=name)
        return name

    def disturb(self) -> None:
        """Kills a worker; another comes at once or when the partitions have moved; a third may be there for a while."""
        patient = self._dice.random() < 0.5
        if patient:
            wait_for(lambda: all(self._shop.taken(name) for name in self._running), "both have partitions", SECONDS)
        victim = self._dice.choice(sorted(self._running))
        self._running.pop(victim).kill()
        if patient:
            (other,) = self._running
            moves = len(self._shop.taken(other))
            wait_for(lambda: len(self._shop.taken(other)) > moves, "the other takes over", SECONDS)
        self.refill()
        if self._dice.random() < 0.4:
            guest = self._start()
            wait_for(lambda: self._shop.taken(guest), "a third one has a partition", SECONDS)
            assert self._running.pop(guest).stop() == 0

    def stop(self) -> None:
        """Ends both, as one should."""
        assert [worker.stop() for worker in self._running.values()] == [0, 0]


@pytest.mark.soak
@pytest.mark.timeout(300 + 60 * KILLS)
def test_kills_over_a_whole_history_change_neither_features_nor_alerts(shop: Shop) -> None:
    print(f"seed {SEED}, {KILLS} kills, {SIZE} customers")
    dice, settings = random.Random(SEED), shop.settings
    events = history(shop, settings, "soak-past.")
    send(shop, customers(settings, "soak-past."))
    features, alerts = shop.reader(CUSTOMER_FEATURES), shop.reader(CHURN_ALERTS)
    arriving = list(disturbed(events, dice))
    window = len(arriving) // (KILLS + 1)
    cuts = [window * kill + dice.randrange(window // 2) for kill in range(1, KILLS + 1)]
    workers = Workers(shop, dice)
    for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True):
        wanted = len(features.read()) + dice.randrange(1, 200)
        send(shop, arriving[start:end])
        if end in cuts:
            wait_for(lambda: len(features.read()) >= wanted, "rows are published", SECONDS)  # noqa: B023 - at once
            workers.disturb()
    inputs = Inputs(settings)
    assert len(inputs.records) >= SIZE
    wait_for(
        lambda: not inputs.behind(newest(features.read())), "everything is counted and published", SECONDS, every=1.0
    )
    assert inputs.mismatches(newest(features.records)) == []
    first = quiet(alerts)
    workers.stop()
    assert first

    again, seen = shop.worker(C360_HOME=str(shop.folder / "elsewhere")), len(alerts.records)
    wait_for(lambda: len(alerts.read()) - seen >= len(first), "an undisturbed worker decides", SECONDS)
    second = quiet(alerts, seen)
    assert again.stop() == 0
    assert second == first
    kinds = {alert["kind"] for alert in alerts.records}
    print(f"{len(arriving)} events in, {KILLS} kills, mismatches 0, {len(first)} alerts of {kinds}")


def send(shop: Shop, arriving: list[Arrival]) -> None:
    """Puts records into the topics, in order."""
    for record in arriving:
        shop.feed.producer.produce(record.topic, record.value, record.key, timestamp=record.ts)
        shop.feed.producer.poll(0.1 if len(shop.feed.producer) > 50_000 else 0)
    assert shop.feed.producer.flush(SECONDS) == 0


def quiet(alerts: Reader, seen: int = 0) -> dict[str, tuple[object, ...]]:
    """The alerts from a place on, once there are no more to come: by id, what they say."""
    before = -1

    def same() -> bool:
        nonlocal before
        before, last = len(alerts.read()), before
        return before == last

    # Longer than a topic's end takes to be taken for idle.
    wait_for(same, "no more alerts come", SECONDS, every=8.0)
    return {
        alert["alert_id"]: (alert["customer_id"], alert["kind"], alert["as_of"], alert["reason"], alert["segment"])
        for alert in alerts.records[seen:]
    }
