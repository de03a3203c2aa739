"""A client that stops reading its answer is let go of, so that its query gives its thread back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from sinks.embedded import answer, body
from sinks.embedded.answer import About, Answer
from sinks.embedded.body import Body
from sinks.embedded.execution import Stats
from sinks.embedded.faults import SOCKET_TIMEOUT, ServerError
from sinks.embedded.pipes import Pipe
from sinks.embedded.request import Request
from sinks.embedded.room import Room
from tests.support.ports import free_ports


class _Endless(Pipe):
    async def read(self) -> bytes:
        return b"x" * (1 << 20)


@contextlib.asynccontextmanager
async def _sent(handle: Handler, port: int, data: bytes) -> AsyncIterator[None]:
    """A server, and a client that sends this and then does nothing, reading least of all."""
    application = web.Application()
    application.router.add_route("*", "/", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(data)
        yield
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await runner.cleanup()


async def _ask_and_never_read(port: int) -> Exception | None:
    ended: asyncio.Future[Exception | None] = asyncio.get_running_loop().create_future()

    async def handle(http: web.Request) -> web.StreamResponse:
        stats: asyncio.Future[Stats] = asyncio.get_running_loop().create_future()
        about = About("1", "test", "UTC", http_compression=False)
        try:
            return await Answer(http, Request(), about, "CSV").stream(_Endless(), stats, wait_for_end=False)
        except ConnectionError as error:
            ended.set_result(error)
            raise

    async with _sent(handle, port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        return await asyncio.wait_for(ended, 30)


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "SEND_TIMEOUT", 0.2)
    (port,) = free_ports(1)
    error = asyncio.run(_ask_and_never_read(port))
    assert "the client took nothing for 0.2 s" in str(error)


async def _send_and_stall(port: int) -> ServerError:
    ended: asyncio.Future[ServerError] = asyncio.get_running_loop().create_future()

    async def handle(http: web.Request) -> web.StreamResponse:
        try:
            await Body(http, Request(), Room().share()).statement(1000)
        except ServerError as error:
            ended.set_result(error)
        return web.Response()

    async with _sent(handle, port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nSELECT "):
        return await asyncio.wait_for(ended, 30)


@pytest.mark.parametrize(
    ("limit", "words"),
    [("RECEIVE_TIMEOUT", "Nothing of the body came for 0.2 s"), ("STATEMENT_TIMEOUT", "not there within 0.2 s")],
)
def test_a_body_that_does_not_go_on_is_given_up(monkeypatch: pytest.MonkeyPatch, limit: str, words: str) -> None:
    monkeypatch.setattr(body, limit, 0.2)
    (port,) = free_ports(1)
    error = asyncio.run(_send_and_stall(port))
    assert error.code == SOCKET_TIMEOUT
    assert words in str(error)
