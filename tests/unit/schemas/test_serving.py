"""How the ports listen: a head has its time, connections their number; what the log says of rude clients is a line."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage

from schemas import serving
from schemas.serving import _one_line, listening
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP

ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadHttpMessage("Invalid\nheader"), "no HTTP: 400, message: Invalid header"),
        (
            ConnectionResetError("Cannot write to closing transport"),
            "a client has gone: Cannot write to closing transport",
        ),
    ],
)
def test_what_a_client_does_is_a_line(error: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), _one_line():
        logging.getLogger("aiohttp.server").error("Error handling request from %s", "127.0.0.1", exc_info=error)
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname, record.exc_info) == (said, "INFO", None)


def test_any_other_error_has_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with _one_line():
        logging.getLogger("aiohttp.server").error("Error handling request", exc_info=ZeroDivisionError("x"))
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def test_a_head_that_drips_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "KEEP_ALIVE", 0.2)

    async def run() -> None:
        (port,) = free_ports(1)
        async with (
            asyncio.timeout(GIVE_UP),
            listening(web.Application(), "127.0.0.1", port, None),
            _connected(port) as (reader, writer),
        ):
            writer.write(ASKED[:-2] + b"X-Drip: ")
            ended = asyncio.ensure_future(reader.read())
            while not (await asyncio.wait([ended], timeout=0.02))[0]:
                writer.write(b"x")
            assert ended.exception() is not None or ended.result() == b""

    asyncio.run(run())


def test_who_comes_when_every_connection_has_a_request_is_told_that_there_is_no_place() -> None:
    async def run() -> None:
        (port,) = free_ports(1)
        told = asyncio.Event()
        under_way = 0

        async def handle(_: web.Request) -> web.Response:
            nonlocal under_way
            under_way += 1
            await told.wait()
            return web.Response(text="answered")

        application = web.Application()
        application.router.add_get("/", handle)
        async with (
            asyncio.timeout(GIVE_UP),
            listening(application, "127.0.0.1", port, None, most=2),
            _connected(port) as (first, first_says),
            _connected(port) as (second, second_says),
        ):
            for one in (first_says, second_says):
                one.write(ASKED)
            while under_way < 2:  # noqa: ASYNC110 - what is waited for is counted elsewhere
                await asyncio.sleep(0.01)
            async with _connected(port) as (refused, _):
                assert (await refused.read()).startswith(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n")
            told.set()
            for answered in (first, second):
                await answered.readuntil(b"answered")
            # Both are idle now: one of them goes.
            async with _connected(port) as (third, third_says):
                third_says.write(ASKED)
                await third.readuntil(b"answered")

    asyncio.run(run())
