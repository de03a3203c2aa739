"""Faust with one message for each batch of records that Kafka hands out for a partition, instead of one a record.

Only what that needs is overridden; tests/unit/stream_processors/test_faust_canary.py watches the originals.
"""

from collections import OrderedDict, defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from time import monotonic
from typing import Any, NamedTuple, cast

import faust
from aiokafka.consumer.fetcher import FetchResult
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage, Message

#: Longest time a fetch waits at the broker for the first record.
FETCH_WAIT_MS = 200


class Batch(ConsumerMessage):
    """The records fetched at once from one partition, in order; Faust sees one message at the first one's offset.

    Up to `last_offset` nothing is left to be read. Compaction and the markers of transactions leave offsets that hold
    no record: where a partition ends with such, that is behind the last record, or there are no records.

    Faust acknowledges a message even where its agent failed. What was worked through is what the agent marks finished.
    """

    records: list[Any]
    last_offset: int
    highwater: int
    finished: bool = False


class BatchSchema(faust.Schema[Any, Any]):
    """Hands a batch to the agent as it is."""

    def loads_key(self, app: Any, message: Message, *, loads: Any = None, serializer: Any = None) -> None:
        """Keys stay with their records."""

    def loads_value(self, app: Any, message: Message, *, loads: Any = None, serializer: Any = None) -> Message:  # noqa: ARG002 - Faust's signature
        """The batch itself."""
        return message


class Fetched(OrderedDict[TP, Any]):
    """Where aiokafka keeps what is fetched until it is asked for: records of batch topics stay as they were decoded.

    aiokafka would make another object of each, which takes longer than decoding it. What is left out are the topic and
    the partition, which a batch has.
    """

    def __init__(self, topics: frozenset[str]) -> None:
        super().__init__()
        self._topics = topics

    def __setitem__(self, tp: TP, fetched: Any) -> None:
        if tp.topic in self._topics and isinstance(fetched, FetchResult):
            fetched._partition_records._consumer_record = _as_it_is  # noqa: SLF001 - aiokafka asks nobody
        super().__setitem__(tp, fetched)


def _as_it_is(tp: TP, record: Any) -> Any:  # noqa: ARG001 - aiokafka's signature
    return record


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """Faust lets a fetch wait 1.5 s at the end of the partitions asked for, and those with data wait with it."""

    app: "BatchApp"

    async def on_start(self) -> None:
        """Faust's; the fetcher is there from then on, and nothing is fetched yet."""
        await super().on_start()
        self._ensure_consumer()._fetcher._records = Fetched(self.app.batch_topics)  # noqa: SLF001 - see Fetched

    def reached(self, tps: Iterable[TP]) -> dict[TP, int]:
        """The offset before which all has been fetched, of those where that is known; to be asked between two fetches.

        aiokafka steps over offsets without a record, and says so only in a call to its own thread for each partition.
        """
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001 - as its own highwater()
        assigned = None if subscription is None else subscription.assignment
        if assigned is None:
            return {}  # partitions are being handed out
        states = ((tp, assigned.state_value(tp)) for tp in tps)
        return {tp: state.position for tp, state in states if state is not None and state.has_valid_position}

    def fetched(self, tp: TP) -> float | None:
        """When the last fetch of a partition that is assigned was answered, in Unix seconds."""
        subscription = self._ensure_consumer()._subscription.subscription  # noqa: SLF001 - as in reached()
        state = None if subscription is None else subscription.assignment.state_value(tp)
        return None if state is None or state.timestamp is None else state.timestamp / 1000

    def _create_worker_consumer(self, transport: Any) -> Any:
        """Faust's, told how long a fetch waits before it is started."""
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - Faust passes a constant and knows no setting
        return consumer


class _Nothing(NamedTuple):
    """Stands for the first record of a batch that has none."""

    offset: int
    timestamp: int = 0
    timestamp_type: int = 0
    headers: None = None


class BatchConsumer(driver.Consumer):
    """Fetches, acknowledges and commits by batch for the topics in app.batch_topics."""

    app: "BatchApp"
    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inflight: dict[TP, deque[Batch]] = defaultdict(deque)
        self._handed: dict[TP, int] = {}  # the offset behind what was handed out last
        self._counted: dict[TP, int] = {}  # the offset that was gone to, until it is looked at for a commit
        self._next_fetch = 0.0

    def _new_consumer_thread(self) -> BatchConsumerThread:
        """Faust names the class of the thread here and nowhere else."""
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - Faust's signature
        """One message for each partition of a batch topic, one for each record of any other (changelogs)."""
        # Small batches cost as much as large ones: wait for more, unless there is more already.
        if (early := self._next_fetch - monotonic()) > 0:
            await self.sleep(early)
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        records = {tp: batch for tp, batch in records.items() if batch}
        behind = any(batch[-1].offset + 1 < (self.highwater(tp) or 0) for tp, batch in records.items())
        self._next_fetch = 0.0 if behind else monotonic() + self.app.batch_seconds
        reached = self._thread.reached(tp for tp in active or () if tp.topic in self.app.batch_topics)
        bare = [
            tp for tp, offset in reached.items() if tp not in records and self._handed.setdefault(tp, offset) < offset
        ]
        for tp, batch in (records | {tp: [] for tp in bare}).items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                break
            if not (active is None or tp in active or tp in self._buffered_partitions):
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            if tp.topic in self.app.batch_topics:
                yield tp, self._batch(tp, batch, reached.get(tp, 0))
            else:
                for record in batch:
                    yield tp, self._to_message(tp, record)

    def _batch(self, tp: TP, records: list[Any], reached: int) -> Batch:
        first, end = (records[0], records[-1].offset + 1) if records else (_Nothing(self._handed[tp]), 0)
        batch = Batch(
            tp.topic, tp.partition, first.offset, first.timestamp / 1000.0, first.timestamp_type, first.headers,
            None, None, None, 0, 0, tp, generation_id=self.app.consumer_generation_id,
        )  # fmt: skip
        self._handed[tp] = max(end, reached)
        batch.records, batch.last_offset = records, self._handed[tp] - 1
        batch.highwater = self.highwater(tp) or 0
        self._inflight[tp].append(batch)
        return batch

    def _new_offset(self, tp: TP) -> int | None:
        """The offset behind the last batch before which all are finished."""
        if tp.topic not in self.app.batch_topics:
            return super()._new_offset(tp)
        batches, offset = self._inflight[tp], self._counted.pop(tp, None)
        while batches and batches[0].acked and batches[0].finished:
            offset = batches.popleft().last_offset + 1
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        self._gap.pop(tp, None)
        return offset

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Between two batches lies no gap; with one, Faust would commit over a batch that is not finished."""
        if tp.topic not in self.app.batch_topics:
            await super()._add_gap(tp, offset_from, offset_to)

    def _forget(self, tps: Iterable[TP]) -> None:
        for tp in tps:
            self._inflight.pop(tp, None)
            self._acked.pop(tp, None)
            self._acked_index.pop(tp, None)
            self._handed.pop(tp, None)
            self._counted.pop(tp, None)

    async def perform_seek(self) -> None:
        """To the committed offsets, then to those the app's own state is true for."""
        self._forget([*self._inflight, *self._handed])
        self._committed_offset.clear()  # a commit that came too late for its generation counts for Faust all the same
        await super().perform_seek()
        positions = await self.app.positions(self.assignment())
        if positions:
            await self.seek_wait(positions)
            self._handed.update(positions)
            # Who died after counting and before committing: until the next record, nobody else would commit that.
            self._counted.update(positions)
            for tp in positions:
                self._acked[tp].clear()  # Faust looks at those that it has a list for

    async def seek(self, partition: TP, offset: int) -> None:
        """Goes to an offset; batches on their way are forgotten."""
        self._forget([partition])
        await super().seek(partition, offset)
        self._handed[partition] = offset

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commits what is finished, forgets the rest."""
        await self.commit()
        self._forget(revoked)
        await super().on_partitions_revoked(revoked)


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with the consumer above."""

    Consumer = BatchConsumer


class BatchApp(faust.App):
    """A Faust app whose agents on `batch_topics` are given a Batch at a time."""

    #: Topics handed out by batch.
    batch_topics: frozenset[str] = frozenset()
    #: Seconds between fetches while these reach the end of their partitions.
    batch_seconds: float = 0.2

    async def positions(self, assignment: set[TP]) -> Mapping[TP, int]:  # noqa: ARG002 - for apps that keep offsets
        """Offsets to go on from where the app knows better than the committed ones."""
        return {}

    def fetched(self, tp: TP) -> float | None:
        """When the last fetch of an assigned partition was answered, in Unix seconds; with records or without."""
        return cast("BatchConsumer", self.consumer)._thread.fetched(tp)  # noqa: SLF001 - of this module

    def _new_transport(self) -> BatchTransport:
        """Faust makes its transport from the broker's URL, which names no consumer of ours."""
        return BatchTransport(self.conf.broker_consumer, self)
