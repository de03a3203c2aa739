"""One topic on its way into ClickHouse: reads, gathers, promises, inserts, commits."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.errors import HeldError, UnreachableError, first_line
from schemas.groups import clickhouse_group
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.ingest import metrics
from sinks.ingest.block import MOST_ROWS, Block, Gathered
from sinks.ingest.inserting import Inserter
from sinks.statements import CONSUMER

log = logging.getLogger(__name__)

STEP_SECONDS = 0.1
KAFKA_SECONDS = 15.0
#: Between tries to store a block: doubled each time, up to the second.
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0
#: Between looks at whether records that could not be read can be.
HELD_SECONDS = 5.0
#: Seconds that one insert may take before Kafka gives the partition to somebody else.
LONGEST_INSERT_MS = 900_000

_records = metrics.RECORDS.counter()
_refused = metrics.REFUSED.counter()
_insert = metrics.INSERT.histogram()
_failures = metrics.FAILURES.counter()
_held = metrics.held()


class Stream:
    """The topic's consumer, a member of the group that the Kafka engine would be in: either goes on for the other."""

    def __init__(
        self,
        settings: Settings,
        topic: Topic,
        inserter: Inserter,
        consumer: Consumer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topic = topic.name(settings)
        self._seconds = settings.ingest_seconds
        self._inserter = inserter
        self._consumer = consumer or Consumer(_options(settings, topic))
        self._clock = clock
        self._gathered: dict[int, Gathered] = {}
        for counter in (_records, _refused, _failures):
            counter.labels(self._topic)
        _held.labels(self._topic)

    def run(self, stop: threading.Event) -> None:
        """Takes records in until told to stop. What is gathered then is read again by whoever comes next.

        Raises:
            KafkaException: the consumer cannot go on.
        """
        self._consumer.subscribe(
            [self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
        )
        try:
            while not stop.is_set():
                self._read(STEP_SECONDS)
                if due := list(self._due()):
                    self._store(due, stop)
        finally:
            self._consumer.close()
            self._inserter.close()

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for committed in consumer.committed(partitions, timeout=KAFKA_SECONDS):
            if committed.error is not None:
                # It looks like a partition of which nothing is committed, and would be read from its beginning.
                raise KafkaException(committed.error)
            begin, _ = consumer.get_watermark_offsets(committed, timeout=KAFKA_SECONDS)
            self._gathered[committed.partition] = one = Gathered.after(committed, begin)
            log.info(
                "%s/%d from offset %d%s",
                self._topic, one.partition, one.first, "" if one.promised is None else f", begun to {one.promised}",
            )  # fmt: skip
        consumer.assign([TopicPartition(self._topic, one.partition, one.first) for one in self._gathered.values()])

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._gathered.pop(partition.partition, None)
        _held.labels(self._topic).set(0)  # whoever has it now says whether it stands still

    def _read(self, seconds: float) -> None:
        for message in self._consumer.consume(MOST_ROWS // 4, seconds):
            one = self._gathered.get(message.partition() or 0)
            error = message.error()
            if error is not None:
                self._heed(error, one, message)
            elif one is not None:
                one.add(message, self._clock())

    def _heed(self, error: KafkaError, one: Gathered | None, message: Message) -> None:
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the name librdkafka's own documents use
            if one is not None:
                one.reached_end(message.offset() or 0)
        elif error.fatal():
            raise KafkaException(error)
        else:
            # librdkafka goes on by itself: brokers that are away, topics that are not there yet.
            log.warning("%s: %s", self._topic, error.str())

    def _due(self) -> Iterator[tuple[Gathered, Block]]:
        """A block of each partition that has one, once it is time for one of them."""
        now = self._clock()
        ready = any(
            one.is_full or one.promised is not None or (one.messages and now - one.since >= self._seconds)
            for one in self._gathered.values()
        )
        if ready:
            yield from ((one, block) for one in self._gathered.values() if (block := one.block()))

    def _store(self, due: list[tuple[Gathered, Block]], stop: threading.Event) -> None:
        """Promises the blocks, stores them, and commits what is stored."""
        if not self._commit(block.promise for _, block in due):
            return
        for one, block in due:
            one.promised = block.last
        done = []
        for one, block in due:
            if not self._insert(one, block, stop):
                break
            run = self._inserter.run
            if one.stored(block, self._clock(), run):
                done.append((one, block.done(run)))
        if held := [offset for one, offset in done if self._holds(one)]:
            self._commit(held)

    def _holds(self, one: Gathered) -> bool:
        """Whether the partition is still ours, and was never somebody else's since."""
        return self._gathered.get(one.partition) is one

    def _insert(self, one: Gathered, block: Block, stop: threading.Event) -> bool:
        """Whether the block is stored; not if its partition is somebody else's now, or it is time to stop."""
        pause, said = FIRST_PAUSE_SECONDS, False
        while self._holds(one) and not stop.is_set():
            began = self._clock()
            try:
                refused = self._inserter.insert(block)
            except HeldError as error:
                if not said:
                    log.error("%s", error)
                said = True
                _held.labels(self._topic).set(1)
                self._wait(HELD_SECONDS, stop)
            except (UnreachableError, ClickHouseError, OSError) as error:
                _failures.labels(self._topic).inc()
                log.warning("%s, again in %.2g s: %s", block.name, pause, first_line(error))
                self._wait(pause, stop)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                _insert.labels(self._topic).observe(self._clock() - began)
                _records.labels(self._topic).inc(len(block.messages))
                _refused.labels(self._topic).inc(refused)
                _held.labels(self._topic).set(0)
                return True
        return False

    def _wait(self, seconds: float, stop: threading.Event) -> None:
        """Lets time pass in the group: the backlog stays in Kafka, and the partitions stay ours."""
        until = self._clock() + seconds
        self._consumer.pause(self._consumer.assignment())
        while not stop.is_set() and (left := until - self._clock()) > 0:
            self._read(min(left, STEP_SECONDS))
        self._consumer.resume(self._consumer.assignment())

    def _commit(self, offsets: Iterable[TopicPartition]) -> bool:
        """Whether the group took it: not from one that has lost its partitions, or while no broker answers."""
        try:
            answers = self._consumer.commit(offsets=list(offsets), asynchronous=False)
        except KafkaException as error:
            log.warning("%s: not committed: %s", self._topic, error.args[0].str())
            return False
        return all(one.error is None for one in answers)


def _options(settings: Settings, topic: Topic) -> dict[str, Any]:
    return {
        **CONSUMER,
        "queued.max.messages.kbytes": 32_768,
        "fetch.wait.max.ms": 100,
        "log_level": 3,
        **settings.kafka_client,
        "group.id": clickhouse_group(settings, topic),
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "max.poll.interval.ms": LONGEST_INSERT_MS,
    }
