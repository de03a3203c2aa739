"""What a batch consumer holds to: order, commits, revoked partitions, seeks, slow and failing agents, other topics."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import faust
import pytest
from faust.types.tuples import TP

from stream_processors.batching import Batch, BatchApp, BatchConsumer, BatchSchema
from tests.contract.faust.backends import Backend, fetched, finish, read_to


class Known(BatchApp):
    """An app that knows better than the group where it goes on."""

    known: Mapping[TP, int] = {}

    async def positions(self, assignment: set[TP]) -> Mapping[TP, int]:
        return {tp: offset for tp, offset in self.known.items() if tp in assignment}


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(test())


def offsets(batches: list[Any]) -> list[int]:
    return [record.offset for batch in batches for record in batch.records]


def test_a_batch_is_one_message_and_all_of_them_are_in_order(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            batches = []
            for _ in range(3):
                backend.append(tp, 50)
                batches += await fetched(consumer, 50)
            assert offsets(batches) == list(range(150))
            for batch in batches:
                assert isinstance(batch, Batch)
                assert (batch.tp, batch.offset, batch.last_offset) == (
                    tp,
                    batch.records[0].offset,
                    batch.records[-1].offset,
                )
                assert [record.value for record in batch.records] == [b"%d" % at for at in offsets([batch])]
                assert BatchSchema().loads_value(consumer.app, batch) is batch

    run(test)


def test_other_topics_come_record_by_record(backend: Backend) -> None:
    async def test() -> None:
        backend.append(backend.other, 3)
        backend.append(backend.inputs[0], 2)
        async with backend.consumer() as consumer:
            messages = await fetched(consumer, 5)
            single = [message for message in messages if message.tp == backend.other]
            assert [message.offset for message in single] == [0, 1, 2]
            for message in single:
                message.ack(consumer)
            await consumer.commit()
            assert (backend.committed(backend.other), backend.committed(backend.inputs[0])) == (3, None)

    run(test)


def test_commits_go_past_finished_batches_only(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            first, second, third = [await more(backend, consumer, tp) for _ in range(3)]
            finish(consumer, second)
            await consumer.commit()
            assert backend.committed(tp) is None  # the first one is not done
            finish(consumer, first)
            await consumer.commit()
            assert backend.committed(tp) == second[-1].last_offset + 1
            await consumer.commit()
            assert backend.committed(tp) == second[-1].last_offset + 1
            finish(consumer, third)
            await consumer.commit()
            assert backend.committed(tp) == third[-1].last_offset + 1

    run(test)


def test_offsets_without_records_are_passed_and_committed(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            end = backend.begin(tp, 3)
            batches = await read_to(consumer, tp, 3)
            end()
            (bare,) = await read_to(consumer, tp, 4)
            assert (offsets(batches), bare.records, bare.offset) == ([0, 1, 2], [], 3)
            finish(consumer, batches)
            await consumer.commit()
            assert backend.committed(tp) == 3
            finish(consumer, [bare])
            await consumer.commit()
            assert backend.committed(tp) == 4
            backend.begin(tp, 2)()
            batches = await read_to(consumer, tp, 7)
            assert offsets(batches) == [4, 5]
        async with backend.consumer() as consumer:
            assert offsets(await read_to(consumer, tp, 7)) == [4, 5]

    run(test)


async def more(backend: Backend, consumer: BatchConsumer, tp: TP, count: int = 10) -> list[Any]:
    """More records and the batches that they come in."""
    backend.append(tp, count)
    return await fetched(consumer, count)


def test_a_slow_agent_holds_up_its_own_partition_alone(backend: Backend) -> None:
    async def test() -> None:
        slow, quick = backend.inputs
        async with backend.consumer() as consumer:
            open_ones = await more(backend, consumer, slow)
            done = await more(backend, consumer, quick)
            finish(consumer, done)
            more_of_it = await more(backend, consumer, slow)
            finish(consumer, more_of_it)
            await consumer.commit()
            assert (backend.committed(slow), backend.committed(quick)) == (None, 10)
            finish(consumer, open_ones)
            await consumer.commit()
            assert (backend.committed(slow), backend.committed(quick)) == (20, 10)

    run(test)


def test_a_batch_whose_agent_failed_is_never_committed_over_and_comes_again(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            finish(consumer, await more(backend, consumer, tp, 5))
            for batch in await more(backend, consumer, tp, 5):
                batch.ack(consumer)  # Faust does so for an agent that raised
            finish(consumer, await more(backend, consumer, tp, 5))
            await consumer.commit()
            assert backend.committed(tp) == 5
        async with backend.consumer() as consumer:
            assert offsets(await fetched(consumer, 10)) == list(range(5, 15))

    run(test)


def test_gaps_of_batch_topics_are_of_no_interest(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            open_ones = await more(backend, consumer, tp)
            await consumer._add_gap(tp, 0, 9)  # as Faust's loop would from one batch's first offset to the next one's
            finish(consumer, await more(backend, consumer, tp))
            await consumer.commit()
            assert backend.committed(tp) is None
            finish(consumer, open_ones)
            await consumer.commit()
            assert backend.committed(tp) == 20

    run(test)


def test_revoked_partitions_are_committed_then_forgotten(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            finish(consumer, await more(backend, consumer, tp))
            open_ones = await more(backend, consumer, tp)
            await consumer.on_partitions_revoked({tp})
            assert backend.committed(tp) == 10
            finish(consumer, open_ones)  # too late: another worker may have them by now
            await consumer.commit()
            assert backend.committed(tp) == 10
        async with backend.consumer() as consumer:
            assert offsets(await fetched(consumer, 10)) == list(range(10, 20))

    run(test)


def test_a_seek_forgets_what_is_on_its_way_and_reads_from_there(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            batches = await more(backend, consumer, tp)
            await consumer.seek(tp, 4)
            finish(consumer, batches)
            await consumer.commit()
            assert backend.committed(tp) is None
            again = await fetched(consumer, 6)
            assert offsets(again) == list(range(4, 10))
            finish(consumer, again)
            await consumer.commit()
            assert backend.committed(tp) == 10

    run(test)


def test_what_the_app_knows_goes_before_what_is_committed(backend: Backend) -> None:
    async def test() -> None:
        tp, other = backend.inputs
        async with backend.consumer() as consumer:
            finish(consumer, await more(backend, consumer, tp))
            finish(consumer, await more(backend, consumer, other))
            await consumer.commit()
        backend.append(other, 1)
        known = type("Told", (Known,), {"known": {tp: 7}})
        async with backend.consumer(known) as consumer:
            batches = await fetched(consumer, 4)
            assert {batch.tp: offsets([batch]) for batch in batches} == {tp: [7, 8, 9], other: [10]}

    run(test)


def test_what_was_counted_before_a_death_is_committed_without_another_record(backend: Backend) -> None:
    """A worker died behind its snapshot and before its commit, and the group was said to be behind from then on."""

    async def test() -> None:
        tp, other = backend.inputs
        async with backend.consumer() as consumer:
            finish(consumer, await more(backend, consumer, tp))
            await consumer.commit()
            finish(consumer, await more(backend, consumer, other))
            before = backend.committed(tp)
            assert (before, backend.committed(other)) == (10, None)
        backend.append(tp, 5)
        known = type("Told", (Known,), {"known": {tp: 15, other: 10}})
        async with backend.consumer(known) as consumer:
            await consumer.commit()
            assert (backend.committed(tp), backend.committed(other)) == (15, 10)
            finish(consumer, await more(backend, consumer, tp))
            await consumer.commit()
            assert backend.committed(tp) == 25

    run(test)


def test_a_fetch_while_the_flow_is_stopped_goes_back(backend: Backend) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        async with backend.consumer() as consumer:
            finish(consumer, await more(backend, consumer, tp))
            await consumer.commit()  # where a group has committed nothing, Faust and aiokafka stay where they are
            batches = await more(backend, consumer, tp)
            consumer.stop_flow()
            consumer.can_resume_flow.set()
            assert [message async for message in consumer.getmany(0.2)] == []
            finish(consumer, batches)
            await consumer.commit()
            assert backend.committed(tp) == 10
            consumer.resume_flow()
            assert offsets(await fetched(consumer, 10)) == list(range(10, 20))

    run(test)


def test_a_rebalance_in_mid_fetch_ends_it(backend: Backend) -> None:
    async def test() -> None:
        backend.append(backend.inputs[0], 1)
        backend.append(backend.inputs[1], 1)
        async with backend.consumer() as consumer:
            seen: list[TP] = []
            while not seen:
                async for tp, _ in consumer.getmany(0.2):
                    seen.append(tp)
                    consumer.app.consumer_generation_id += 1
            # A broker may answer for one of them alone.
            assert len(seen) == 1

    run(test)


def test_it_waits_for_more_only_at_the_end(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        tp = backend.inputs[0]
        backend.append(tp, 10)
        async with backend.consumer() as consumer:
            # A fetch that comes before a slow broker has the records brings none, and has the next one wait as well.
            consumer.app.batch_seconds = 0.01
            with monkeypatch.context() as patch:
                patch.setattr(consumer, "highwater", lambda _: 11)
                await fetched(consumer, 10)
            assert consumer._next_fetch == 0.0
            backend.append(tp, 1)
            await fetched(consumer, 1)
            assert consumer._next_fetch > 0.0

    run(test)


def test_the_app_uses_it(backend: Backend) -> None:
    async def test() -> None:
        async with backend.consumer() as consumer:
            assert consumer.app.transport.Consumer is BatchConsumer
        assert isinstance(BatchSchema(), faust.Schema)

    run(test)
