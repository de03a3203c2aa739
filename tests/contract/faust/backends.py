"""Partitions that a batch consumer reads: in memory in place of Faust's consumer thread, or a real Kafka's."""

import asyncio
import contextlib
import time
import uuid
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition as AioPartition
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from faust.types.tuples import TP

from schemas.settings import Settings
from stream_processors.batching import Batch, BatchApp, BatchConsumer

PARTITIONS = 2
#: Seconds until a record that is there must have been fetched.
PATIENCE = 30.0


class Backend(ABC):
    """A topic that is read by batch, another one that is not, and the offsets committed for a group of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inputs = [TP(f"{name}-input", number) for number in range(PARTITIONS)]
        self.other = TP(f"{name}-other", 0)

    @property
    def partitions(self) -> set[TP]:
        """All of them."""
        return {*self.inputs, self.other}

    @abstractmethod
    def append(self, tp: TP, count: int) -> None:
        """So many more records; their values are their offsets."""

    @abstractmethod
    def begin(self, tp: TP, count: int) -> Callable[[], None]:
        """So many records of a transaction; calling what is answered ends it, by an offset that holds no record."""

    @abstractmethod
    def committed(self, tp: TP) -> int | None:
        """Where the next of the group goes on."""

    @abstractmethod
    def connected(self, consumer: BatchConsumer) -> contextlib.AbstractAsyncContextManager[None]:
        """The consumer reads all partitions from where the group has come to."""

    def broker(self) -> str:
        """What the app is told of it."""
        return "kafka://127.0.0.1:1"

    @contextlib.asynccontextmanager
    async def consumer(
        self, kind: type[BatchApp] = BatchApp, on_message: Callable[..., Any] | None = None
    ) -> AsyncIterator[BatchConsumer]:
        """A consumer of the group as the app's services see it, but for the group's protocol."""
        app = kind(self.name, broker=self.broker(), store="memory://", web_enabled=False)
        app.batch_topics, app.batch_seconds = frozenset({self.inputs[0].topic}), 0.0
        app.finalize()

        async def nothing(*_: Any, **__: Any) -> None:
            """In place of the app's own reactions."""

        made = app.transport.create_consumer(
            callback=on_message or nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing
        )
        assert isinstance(made, BatchConsumer)
        conductor: Any = app.topics
        conductor._acking_topics.update({self.inputs[0].topic, self.other.topic})
        app._consumer = made
        app.producer.flush = nothing  # type: ignore[method-assign]  # nothing is produced
        async with self.connected(made):
            made._set_active_tps(self.partitions)
            await made.perform_seek()
            yield made


async def fetched(consumer: BatchConsumer, records: int) -> list[Any]:
    """The messages that hold the next so many records, tracked as the conductor does."""
    out: list[Any] = []
    until = time.monotonic() + PATIENCE
    while sum(_size(message) for message in out) < records:
        assert time.monotonic() < until, f"{records} records were not fetched, but {out}"
        out += await _once(consumer)
    return out


async def _once(consumer: BatchConsumer) -> list[Any]:
    """What one fetch brings."""
    out = []
    async for _, message in consumer.getmany(0.2):
        message.incref()
        consumer.track_message(message)
        out.append(message)
    return out


async def read_to(consumer: BatchConsumer, tp: TP, offset: int) -> list[Batch]:
    """The batches up to the one behind which an offset is next."""
    out: list[Batch] = []
    until = time.monotonic() + PATIENCE
    while not out or out[-1].last_offset + 1 < offset:
        assert time.monotonic() < until, f"{tp} was not read to {offset}, but {out}"
        out += [message for message in await _once(consumer) if message.tp == tp]
    return out


def _size(message: Any) -> int:
    return len(message.records) if isinstance(message, Batch) else 1


def finish(consumer: BatchConsumer, batches: Iterable[Batch]) -> None:
    """As the agent and then Faust do when a batch is worked through."""
    for batch in batches:
        batch.finished = True
        batch.ack(consumer)


class Memory(Backend):
    """Records in lists."""

    def __init__(self) -> None:
        super().__init__("memory")
        self.records: dict[TP, list[Any]] = {tp: [] for tp in self.partitions}
        self.offsets: dict[TP, int] = {}

    def append(self, tp: TP, count: int) -> None:
        for offset in range(len(self.records[tp]), len(self.records[tp]) + count):
            self.records[tp].append(
                SimpleNamespace(
                    topic=tp.topic, partition=tp.partition, offset=offset, timestamp=1_000 + offset, timestamp_type=0,
                    headers=[], key=b"k", value=b"%d" % offset, checksum=None, serialized_key_size=1,
                    serialized_value_size=1,
                )
            )  # fmt: skip

    def begin(self, tp: TP, count: int) -> Callable[[], None]:
        self.append(tp, count)
        return lambda: self.records[tp].append(None)

    def committed(self, tp: TP) -> int | None:
        return self.offsets.get(tp)

    @contextlib.asynccontextmanager
    async def connected(self, consumer: BatchConsumer) -> AsyncIterator[None]:
        consumer._thread.thread_loop.close()
        consumer._thread = Thread(self)  # type: ignore[assignment]  # no sockets here
        yield


class Thread:
    """In place of the consumer's thread with its sockets."""

    def __init__(self, backend: Memory) -> None:
        self._backend = backend
        self._positions: dict[TP, int] = defaultdict(int)

    async def getmany(self, active: set[TP], timeout: float) -> dict[TP, list[Any]]:  # noqa: ARG002, ASYNC109 - Faust's signature
        out = {tp: self._backend.records[tp][self._positions[tp] :] for tp in active}
        self._positions.update({tp: len(self._backend.records[tp]) for tp in active})
        there = {tp: [record for record in records if record is not None] for tp, records in out.items()}
        return {tp: records for tp, records in there.items() if records}

    def reached(self, tps: Iterable[TP]) -> dict[TP, int]:
        return {tp: self._positions[tp] for tp in tps}

    async def commit(self, offsets: dict[TP, int]) -> bool:
        self._backend.offsets.update(offsets)
        return True

    async def seek_to_committed(self) -> dict[TP, int]:
        self._positions.update({tp: self._backend.offsets.get(tp, 0) for tp in self._backend.partitions})
        return dict(self._backend.offsets)

    async def seek_wait(self, positions: dict[TP, int]) -> None:
        self._positions.update(positions)

    def seek(self, tp: TP, offset: int) -> None:
        self._positions[tp] = offset

    def assignment(self) -> set[TP]:
        return self._backend.partitions

    def highwater(self, tp: TP) -> int:
        return len(self._backend.records[tp])


class Kafka(Backend):
    """Topics of a test's own in a running Kafka; partitions are assigned without the group's protocol."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(f"contract-{uuid.uuid4().hex[:8]}")
        self._settings = settings
        admin = AdminClient({**settings.kafka_client, "log_level": 0})
        topics = [NewTopic(self.inputs[0].topic, PARTITIONS, 1), NewTopic(self.other.topic, 1, 1)]
        for made in admin.create_topics(topics).values():
            made.result(30)
        self._ends: dict[TP, int] = defaultdict(int)
        self._producer = Producer({**settings.kafka_client, "linger.ms": 0})

    def broker(self) -> str:
        return f"kafka://{self._settings.bootstrap}"

    def append(self, tp: TP, count: int) -> None:
        for offset in range(self._ends[tp], self._ends[tp] + count):
            self._producer.produce(tp.topic, b"%d" % offset, b"k", partition=tp.partition)
        self._ends[tp] += count
        assert self._producer.flush(30) == 0

    def begin(self, tp: TP, count: int) -> Callable[[], None]:
        producer = Producer({**self._settings.kafka_client, "transactional.id": self.name})
        producer.init_transactions(30)
        producer.begin_transaction()
        for _ in range(count):
            producer.produce(tp.topic, b"x", b"k", partition=tp.partition)
        assert producer.flush(30) == 0
        self._ends[tp] += count + 1
        return lambda: producer.commit_transaction(30)

    def committed(self, tp: TP) -> int | None:
        reader = Consumer({**self._settings.kafka_client, "group.id": self.name})
        try:
            (found,) = reader.committed([TopicPartition(tp.topic, tp.partition)], 30)
            return None if found.offset < 0 else int(found.offset)
        except KafkaException as error:
            # The group has no coordinator until the broker has made its topic of offsets: nothing is committed yet.
            if error.args[0].code() != KafkaError.NOT_COORDINATOR:
                raise
            return None
        finally:
            reader.close()

    @contextlib.asynccontextmanager
    async def connected(self, consumer: BatchConsumer) -> AsyncIterator[None]:
        thread: Any = consumer._thread
        await thread.start()
        try:
            kafka = thread._ensure_consumer()

            async def assign() -> None:
                kafka.assign([AioPartition(tp.topic, tp.partition) for tp in self.partitions])

            await thread.call_thread(assign)
            yield
        finally:
            await thread.stop()
            await asyncio.sleep(0)
