"""Bytes come out as they went in, whichever way they took; the writer waits no longer than it should."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.graph.bolt.buffer import Buffer, FullError, Room

EAGER = Room(memory=10, file=1000, patience=0.0, longest_wait=5.0)


@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=30)), max_size=60))
def test_what_goes_in_comes_out_in_order(steps: list[tuple[bool, bytes]]) -> None:
    async def go() -> bytes:
        buffer, taken, inside = Buffer(Room(10, 1 << 20, 0.0, 5.0)), bytearray(), 0
        for write, piece in steps:
            if write:
                await buffer.put(piece)
                inside += len(piece)
            elif inside:
                got = await buffer.get()
                inside -= len(got)
                taken += got
        buffer.end()
        while got := await buffer.get():
            taken += got
        buffer.close()
        return bytes(taken)

    assert asyncio.run(go()) == b"".join(piece for write, piece in steps if write)


def test_a_reader_that_keeps_up_needs_no_file() -> None:
    async def go() -> int:
        buffer = Buffer(Room(memory=10, file=1000, patience=60.0, longest_wait=60.0))
        most = 0

        async def write() -> None:
            nonlocal most
            for _ in range(100):
                await buffer.put(b"123456")
                most = max(most, buffer.in_file)
            buffer.end()

        writer = asyncio.create_task(write())
        total = 0
        while got := await buffer.get():
            total += len(got)
        await writer
        buffer.close()
        assert total == 600
        return most

    assert asyncio.run(go()) == 0


def test_a_reader_that_does_not_has_the_rest_in_a_file() -> None:
    async def go() -> None:
        buffer = Buffer(EAGER)
        for _ in range(50):
            await buffer.put(b"12345")
        assert buffer.in_file == 240
        buffer.end()
        assert b"".join([await buffer.get() for _ in range(3)]) == b"12345" * 50
        assert not buffer.in_file
        buffer.close()

    asyncio.run(go())


def test_no_more_than_there_is_room_for_is_held() -> None:
    async def go() -> None:
        buffer = Buffer(Room(memory=10, file=20, patience=0.0, longest_wait=0.01))
        for _ in range(6):
            await buffer.put(b"12345")
        with pytest.raises(FullError, match="wait to be taken"):
            await buffer.put(b"12345")
        buffer.close()

    asyncio.run(go())


def test_an_error_comes_behind_the_last_bytes() -> None:
    async def go() -> None:
        buffer = Buffer(EAGER)
        await buffer.put(b"1")
        buffer.end(KeyError("x"))
        assert await buffer.get() == b"1"
        with pytest.raises(KeyError):
            await buffer.get()

    asyncio.run(go())


@pytest.mark.parametrize("end", [Buffer.end, lambda buffer: buffer.put(b"x")], ids=["end", "bytes"])
def test_a_reader_that_waits_is_woken(end: Callable[[Buffer], Coroutine[None, None, None] | None]) -> None:
    async def go() -> bytes:
        buffer = Buffer(EAGER)
        reader = asyncio.create_task(buffer.get())
        await asyncio.sleep(0)
        if (waiting := end(buffer)) is not None:
            await waiting
        return await asyncio.wait_for(reader, 5)

    assert asyncio.run(go()) in {b"", b"x"}
