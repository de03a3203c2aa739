"""An installation of a test's own on a running stack: its own topics, its own database, its own account of both."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from queries.runner import Runner
from schemas.clients import writer_client
from schemas.groups import STORED, clickhouse_group
from schemas.lag import committed, end_offsets
from schemas.provision import provision
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.migrate import migrate
from sinks.statements import sql
from tests.support.waiting import wait_for

#: Topic, key, value, time in ms.
Sent = tuple[Topic, bytes, bytes | None, int]


@dataclass(frozen=True)
class Installation:
    """Topics and tables of its own; `ids` are the schemas' ids by stream.

    `tombstones` counts the records without a value at the end of each (topic, partition): ClickHouse skips them and
    commits no offset behind them.
    """

    settings: Settings
    ids: dict[str, int]
    tombstones: Counter[tuple[str, int]] = field(default_factory=Counter)

    def runner(self) -> Runner:
        """Asks as its reader."""
        return Runner(self.settings)

    def send(self, records: Iterable[Sent]) -> None:
        """Puts records into the topics and returns when Kafka has them."""
        producer = Producer(
            {
                **self.settings.kafka_client,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "log_level": 0,
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        lost: list[str] = []

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                lost.append(error.str())
            where = message.topic() or "", message.partition() or 0
            self.tombstones[where] = 0 if message.value() else self.tombstones[where] + 1

        for topic, key, value, ts in records:
            producer.produce(topic.name(self.settings), value, key, timestamp=ts, on_delivery=delivered)
        assert producer.flush(60) == 0, "Kafka did not take everything"
        assert not lost, lost[0]

    def settle(self) -> None:
        """Returns when everything sent is stored and every rollup has seen it."""
        self.wait_stored()
        client = writer_client(self.settings)
        try:
            wait_for(lambda: self._is_rolled_up(client), "the rollups have caught up", 60, every=0.02)
        finally:
            client.close()

    def wait_stored(self) -> None:
        """Returns when everything sent is in the tables."""
        wait_for(self._is_stored, "everything sent is stored", 60)

    def _is_stored(self) -> bool:
        admin = AdminClient({**self.settings.kafka_client})
        try:
            ends = end_offsets(admin, [topic.name(self.settings) for topic in STORED])
            return all(self._has_taken(topic, ends) for topic in STORED)
        except KafkaException as error:
            # On slow cores a broker may take longer than one question lasts.
            if error.args[0].code() != KafkaError._TIMED_OUT:
                raise
            return False

    def _has_taken(self, topic: Topic, ends: dict[tuple[str, int], int]) -> bool:
        wanted = {
            where: end - self.tombstones[where] for where, end in ends.items() if where[0] == topic.name(self.settings)
        }
        done = committed(
            self.settings, clickhouse_group(self.settings, topic), [TopicPartition(*where) for where in wanted]
        )
        return all(done.get(where, 0) >= end for where, end in wanted.items())

    def _is_rolled_up(self, client: Client) -> bool:
        """Whether nothing is behind; what is, has its turn now instead of some seconds later."""
        behind = client.query(sql("rollups_behind")).result_rows
        if behind:
            client.command("SYSTEM REFRESH VIEW refresh_rollup_backlog")
        return not behind


@contextlib.contextmanager
def installed(stack: Settings, name: str) -> Iterator[Installation]:
    """Topics and a database of that name on a stack of Kafka, registry and ClickHouse; the database goes afterwards.

    The embedded reader may ask the stack's own database alone: here the writer asks.
    """
    settings = stack.model_copy(
        update={
            "topic_prefix": f"{name}.",
            "clickhouse_database": name,
            "clickhouse_reader_user": stack.clickhouse_writer_user,
            "clickhouse_reader_password": stack.writer_password,
        }
    )
    ids = provision(settings)
    admin = writer_client(settings, database="default")
    admin.command(f"CREATE DATABASE {name}")
    try:
        migrate(writer_client(settings), settings)
        yield Installation(settings, ids)
    finally:
        admin.command(f"DROP DATABASE {name} SYNC")
        admin.close()
