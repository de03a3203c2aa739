"""Work on the engine's threads: which errors are the engine's, and that none is reported as lost."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sinks.embedded.execution import Executor, Running, Stats, Work
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
