"""Work that takes too long, or that nobody waits for any more, is ended; what comes next is done."""

import asyncio

import pytest

from queries.graph.bolt.compiling import OneThread, TooLongError


def busy() -> None:
    for _ in iter(int, 1):
        pass


def test_work_without_end_is_ended_and_the_next_is_done() -> None:
    async def go() -> int:
        thread = OneThread(seconds=0.1)
        with pytest.raises(TooLongError):
            await thread.run(busy)
        done = await thread.run(lambda: 7)
        thread.close()
        return done

    assert asyncio.run(go()) == 7


def test_work_that_nobody_waits_for_is_ended_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async def go() -> int:
        thread = OneThread(seconds=1000.0)
        waiting = asyncio.create_task(thread.run(busy))
        await asyncio.wait((waiting,), timeout=0.05)
        waiting.cancel()
        done = await thread.run(lambda: 7)
        thread.close()
        return done

    assert asyncio.run(go()) == 7
    assert not caplog.text
