"""Three brokers, of which one dies by kill -9 and comes back while records are sent: what was acknowledged is there."""

import collections
from collections.abc import Callable
from pathlib import Path

import psutil
from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient

from producers.delivery import configuration
from schemas.provision import create_topics
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from tests.integration.producers.topics import records
from tests.support.brokers import COPIES, brokers
from tests.support.stack import own_settings
from tests.support.waiting import wait_for

PARTITIONS = 2
AT_ONCE = 100
MORE = 2_000


class Sender:
    """Sends numbered records by an idempotent producer and keeps the numbers that were acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self._producer = Producer({**configuration(settings), "on_delivery": self._told})
        self._topic = INTERACTIONS.name(settings)
        self.sent = 0
        self.acknowledged: set[bytes] = set()

    def until(self, enough: Callable[[], bool], what: str) -> None:
        """Sends on until so."""
        wait_for(lambda: self._some() and enough(), what, every=0.01)

    def finish(self) -> None:
        """Returns when all are acknowledged."""
        assert self._producer.flush(60) == 0

    def _some(self) -> bool:
        for _ in range(AT_ONCE):
            key = b"%d" % self.sent
            self._producer.produce(self._topic, bytes(5) + key, key)
            self.sent += 1
        self._producer.poll(0)
        return True

    def _told(self, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        self.acknowledged.add(message.key() or b"")


def test_a_broker_dies_and_comes_back_and_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    with brokers(tmp_path / "kafka") as cluster:
        pids = cluster.pids
        settings = own_settings(
            tmp_path / "home", kafka_bootstrap=cluster.bootstrap, topic_replication=COPIES, topic_partitions=PARTITIONS
        )
        create_topics(settings, [INTERACTIONS])
        sender = Sender(settings)
        sender.until(lambda: len(sender.acknowledged) > MORE, "records are acknowledged")

        leader = _leaders(settings)[0]
        cluster.kill(leader)
        assert leader not in cluster.pids
        before = sender.sent
        sender.until(
            lambda: _beyond(sender, before) > MORE and _in_sync(settings) == [COPIES - 1] * PARTITIONS,
            "records are acknowledged without one broker",
        )
        assert leader not in _leaders(settings)

        cluster.start(leader)
        sender.until(lambda: _in_sync(settings) == [COPIES] * PARTITIONS, "it has everything again")
        sender.finish()

        there = collections.Counter(key for _, key, _, _ in records(settings, INTERACTIONS))
        assert len(sender.acknowledged) == sender.sent
        assert there == dict.fromkeys(sender.acknowledged, 1)
        again = cluster.pids[leader]
    assert not [pid for pid in (*pids.values(), again) if psutil.pid_exists(pid)]


def _beyond(sender: Sender, number: int) -> int:
    """How many were acknowledged of those sent from this one on."""
    return sum(int(key) >= number for key in sender.acknowledged)


def _in_sync(settings: Settings) -> list[int]:
    return [copies for _, copies in _partitions(settings)]


def _leaders(settings: Settings) -> list[int]:
    return [leader for leader, _ in _partitions(settings)]


def _partitions(settings: Settings) -> list[tuple[int, int]]:
    """By partition: its leader, and how many brokers have all of it."""
    topic = INTERACTIONS.name(settings)
    found = AdminClient({**settings.kafka_client}).list_topics(topic, 15).topics[topic].partitions
    return [(found[number].leader, len(found[number].isrs)) for number in sorted(found)]
