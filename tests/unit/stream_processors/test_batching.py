"""The contract of the batch consumer: order, commit, revoke, seek, a slow and a failing agent, other topics."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.types.tuples import TP

from stream_processors.batching import Batch, BatchApp, BatchConsumer, BatchSchema

INPUT, CHANGELOG = TP("input", 0), TP("t-table-changelog", 0)


def record(tp: TP, offset: int) -> Any:
    return SimpleNamespace(
        topic=tp.topic, partition=tp.partition, offset=offset, timestamp=1_000 + offset, timestamp_type=0, headers=[],
        key=b"k", value=b"%d" % offset, checksum=None, serialized_key_size=1, serialized_value_size=1,
    )  # fmt: skip


class Thread:
    """In place of the consumer's thread with its sockets: what is fetched is given, what is committed is kept."""

    def __init__(self, consumer: BatchConsumer) -> None:
        self.consumer = consumer
        self.fetches: list[dict[TP, list[Any]]] = []
        self.committed: list[dict[TP, int]] = []
        self.sought: list[Any] = []
        self.ends: dict[TP, int] = {}

    async def getmany(self, active: Any, timeout: float) -> dict[TP, list[Any]]:  # noqa: ARG002, ASYNC109 - Faust's signature
        return self.fetches.pop(0) if self.fetches else {}

    async def commit(self, offsets: dict[TP, int]) -> bool:
        self.committed.append(dict(offsets))
        return True

    async def seek_to_committed(self) -> dict[TP, int]:
        self.sought.append("committed")
        return {INPUT: 3}

    async def seek_wait(self, positions: dict[TP, int]) -> None:
        self.sought.append(dict(positions))

    def seek(self, tp: TP, offset: int) -> None:
        self.sought.append((tp, offset))

    def assignment(self) -> set[TP]:
        return {INPUT, CHANGELOG}

    def highwater(self, tp: TP) -> int:
        return self.ends.get(tp, 0)


class Known(BatchApp):
    """An app that knows where it goes on."""

    async def positions(self, assignment: set[TP]) -> dict[TP, int]:
        return {tp: 42 for tp in assignment if tp == INPUT}


@pytest.fixture
def consumers() -> Callable[..., BatchConsumer]:
    def make(kind: type[BatchApp] = BatchApp) -> BatchConsumer:
        app = kind("t", broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False)
        app.batch_topics, app.batch_seconds = frozenset({"input"}), 0.0
        app.finalize()

        async def nothing(*_: Any, **__: Any) -> None:
            """In place of the app's own reactions."""

        consumer = app.transport.create_consumer(
            callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing
        )
        assert isinstance(consumer, BatchConsumer)
        conductor: Any = app.topics
        conductor._acking_topics.update({"input", CHANGELOG.topic})
        app._consumer = consumer
        app.producer.flush = nothing  # type: ignore[method-assign]
        consumer._thread.thread_loop.close()
        consumer._thread = Thread(consumer)  # type: ignore[assignment]  # no sockets here
        consumer._set_active_tps({INPUT, CHANGELOG})
        return consumer

    return make


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def thread(consumer: BatchConsumer) -> Thread:
    found: Any = consumer._thread
    assert isinstance(found, Thread)
    return found


async def fetched(consumer: BatchConsumer, *fetches: dict[TP, list[int]]) -> list[Any]:
    """What the consumer makes of fetches of these offsets."""
    thread(consumer).fetches += [
        {tp: [record(tp, offset) for offset in offsets] for tp, offsets in fetch.items()} for fetch in fetches
    ]
    out = []
    for _ in fetches:
        messages: AsyncIterator[Any] = consumer.getmany(1.0)
        out += [message async for _, message in messages]
    for message in out:
        message.incref()
        consumer.track_message(message)
    return out


def finish(consumer: BatchConsumer, batch: Batch) -> None:
    batch.finished = True
    batch.ack(consumer)


def test_a_batch_is_one_message_and_keeps_its_order(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        first, second = await fetched(consumer, {INPUT: [0, 1, 5]}, {INPUT: [6, 7]})
        assert [[each.offset for each in batch.records] for batch in (first, second)] == [[0, 1, 5], [6, 7]]
        assert (first.offset, first.last_offset, second.offset) == (0, 5, 6)
        schema = BatchSchema()
        assert schema.loads_value(consumer.app, first) is first

    run(test)


def test_other_topics_come_record_by_record(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        messages = await fetched(consumer, {INPUT: [0, 1], CHANGELOG: [4, 5]})
        assert [(message.topic, message.offset) for message in messages] == [
            ("input", 0),
            (CHANGELOG.topic, 4),
            (CHANGELOG.topic, 5),
        ]
        for message in messages[1:]:
            message.ack(consumer)
        await consumer.commit()
        assert thread(consumer).committed == [{CHANGELOG: 6}]

    run(test)


def test_commits_go_past_finished_batches_only_and_in_order(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        first, second, third = await fetched(consumer, {INPUT: [0, 1]}, {INPUT: [2, 3]}, {INPUT: [4, 5]})
        finish(consumer, second)
        await consumer.commit()
        assert thread(consumer).committed == []  # the slow first one is not done
        finish(consumer, first)
        await consumer.commit()
        finish(consumer, third)
        await consumer.commit()
        await consumer.commit()
        assert thread(consumer).committed == [{INPUT: 4}, {INPUT: 6}]

    run(test)


def test_a_batch_whose_agent_failed_is_never_committed_over(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        poison, after = await fetched(consumer, {INPUT: [0, 1]}, {INPUT: [2, 3]})
        poison.ack(consumer)  # Faust does so for an agent that raised
        finish(consumer, after)
        await consumer.commit()
        assert thread(consumer).committed == []

    run(test)


def test_gaps_of_batch_topics_are_of_no_interest(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        await consumer._add_gap(INPUT, 0, 10)
        (batch,) = await fetched(consumer, {INPUT: [11, 12]})
        finish(consumer, batch)
        await consumer.commit()
        assert thread(consumer).committed == [{INPUT: 13}]

    run(test)


def test_revoked_partitions_are_committed_then_forgotten(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        done, open_one = await fetched(consumer, {INPUT: [0, 1]}, {INPUT: [2, 3]})
        finish(consumer, done)
        await consumer.on_partitions_revoked({INPUT})
        assert thread(consumer).committed == [{INPUT: 2}]
        finish(consumer, open_one)
        await consumer.commit()
        assert thread(consumer).committed == [{INPUT: 2}]

    run(test)


def test_a_seek_forgets_what_is_on_its_way(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        (batch,) = await fetched(consumer, {INPUT: [0, 1]})
        await consumer.seek(INPUT, 100)
        finish(consumer, batch)
        await consumer.commit()
        assert thread(consumer).committed == []
        assert thread(consumer).sought == [(INPUT, 100)]

    run(test)


def test_what_the_app_knows_goes_before_what_is_committed(consumers: Any) -> None:
    async def test() -> None:
        plain, known = consumers(), consumers(Known)
        await plain.perform_seek()
        await known.perform_seek()
        assert thread(plain).sought == ["committed"]
        assert thread(known).sought == ["committed", {INPUT: 42}]

    run(test)


def test_a_fetch_while_the_flow_is_stopped_goes_back(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers(Known)
        consumer.stop_flow()

        async def resume_late() -> None:
            consumer.can_resume_flow.set()

        asyncio.get_running_loop().create_task(resume_late())
        assert await fetched(consumer, {INPUT: [0]}) == []
        assert thread(consumer).sought == ["committed", {INPUT: 42}]

    run(test)


def test_a_rebalance_in_mid_fetch_ends_it(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        thread(consumer).fetches.append({INPUT: [record(INPUT, 0)], CHANGELOG: [record(CHANGELOG, 0)]})
        seen = []
        async for tp, _ in consumer.getmany(1.0):
            seen.append(tp)
            consumer.app.consumer_generation_id += 1
        assert seen == [INPUT]

    run(test)


def test_it_waits_for_more_only_at_the_end(consumers: Any) -> None:
    async def test() -> None:
        consumer = consumers()
        consumer.app.batch_seconds = 3_600.0
        thread(consumer).ends[INPUT] = 10
        await fetched(consumer, {INPUT: [0, 1]})
        assert consumer._next_fetch == 0.0
        await fetched(consumer, {INPUT: [8, 9]})
        assert consumer._next_fetch > 0.0

    run(test)


def test_the_app_uses_it(consumers: Any) -> None:
    async def test() -> None:
        assert consumers().app.transport.Consumer is BatchConsumer
        assert isinstance(BatchSchema(), faust.Schema)

    run(test)
