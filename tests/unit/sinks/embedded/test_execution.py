"""Work on the engine's threads: which errors are the engine's, that none is reported as lost, how results go on."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sinks.embedded.execution import SHORT, Executor, Running, Stats, Work, native_blocks
from sinks.embedded.faults import ServerError


class Quiet:
    """An engine, and its connection, of which nothing is asked but their end."""

    def connect(self, _: str) -> "Quiet":
        return self

    def close(self) -> None:
        """Nothing is open."""


@contextlib.asynccontextmanager
async def submitted(work: Work) -> AsyncIterator[asyncio.Future[Stats]]:
    engine: Any = Quiet()
    executor = Executor(engine)
    try:
        yield executor.submit(Running("q", "u"), contextlib.nullcontext(engine), work)
    finally:
        await executor.close()


async def answer(work: Work) -> Stats:
    async with submitted(work) as done:
        return await done


def test_an_error_that_repeats_what_is_no_text_is_the_engines() -> None:
    def work(_: Any) -> Stats:
        b"Code: 27. DB::Exception: Cannot parse '\xff': (at row 2). (CANNOT_PARSE)".decode()
        raise AssertionError

    with pytest.raises(ServerError) as raised:
        asyncio.run(answer(work))
    assert (raised.value.code, raised.value.name) == (27, "CANNOT_PARSE")
    assert "'\ufffd': (at row 2)" in raised.value.message


def test_what_is_no_text_and_no_error_of_the_engine_stays_what_it_is() -> None:
    def work(_: Any) -> Stats:
        b"\xff".decode()
        raise AssertionError

    with pytest.raises(UnicodeDecodeError):
        asyncio.run(answer(work))


def test_an_error_that_nobody_waits_for_is_not_reported_as_lost() -> None:
    """A client that hung up just as its query failed left a traceback in the log."""

    def work(_: Any) -> Stats:
        raise RuntimeError("Code: 62. DB::Exception: Syntax error. (SYNTAX_ERROR)")

    async def reported() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
        async with submitted(work) as done:
            await asyncio.wait([done])
            del done
        gc.collect()
        return found

    assert asyncio.run(reported()) == []


class Piece:
    """What a fetch answers."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def bytes(self) -> bytes:
        return self._data

    def size(self) -> int:
        return len(self._data)

    def rows_read(self) -> int:
        return 1 if self._data else 0

    def storage_rows_read(self) -> int:
        return 10

    def storage_bytes_read(self) -> int:
        return 100


class Streaming:
    """A connection with a result of these blocks; an error in place of one is raised there."""

    def __init__(self, *blocks: bytes | Exception) -> None:
        self._blocks = [*blocks, b""]
        self.cancelled = False

    def send_query(self, *_: object, **__: object) -> object:
        return self

    def streaming_fetch_result(self, _: object) -> Piece:
        block = self._blocks.pop(0)
        if isinstance(block, Exception):
            raise block
        return Piece(block)

    def streaming_cancel_query(self, _: object) -> None:
        self.cancelled = True


class Taking:
    """A pipe that keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write_now(self, data: bytes) -> None:
        self.written.append(data)


def blocks_of(connection: Any, pipe: Any) -> Stats:
    return native_blocks("SELECT 1", {}, pipe, 0)(connection)


def test_a_short_result_is_the_body_and_nobody_is_woken_for_its_blocks() -> None:
    pipe = Taking()
    stats = blocks_of(Streaming(b"one", b"two"), pipe)
    assert (stats.body, stats.result_rows, stats.result_bytes, stats.read_rows) == (b"onetwo", 2, 6, 10)
    assert pipe.written == []


def test_a_long_result_goes_through_the_pipe_in_order() -> None:
    pipe, half = Taking(), b"x" * (SHORT // 2)
    stats = blocks_of(Streaming(b"one", half, half, b"four"), pipe)
    assert pipe.written == [b"one" + half + half, b"four"]
    assert (stats.body, stats.result_rows, stats.result_bytes) == (b"", 4, 7 + SHORT)


def test_a_query_that_fails_has_no_body_and_is_ended() -> None:
    pipe, connection = Taking(), Streaming(b"one", RuntimeError("Code: 159. DB::Exception: Timeout"))
    with pytest.raises(RuntimeError, match="Code: 159"):
        blocks_of(connection, pipe)
    assert connection.cancelled
    assert pipe.written == []
