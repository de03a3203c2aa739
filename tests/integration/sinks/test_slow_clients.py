"""A client that stops reading its answer is let go of, so that its query gives its thread back."""

import asyncio
import contextlib

import pytest
from aiohttp import web

from sinks.embedded import answer
from sinks.embedded.answer import About, Answer
from sinks.embedded.execution import Stats
from sinks.embedded.pipes import Pipe
from sinks.embedded.request import Request
from tests.support.ports import free_ports


class _Endless(Pipe):
    async def read(self) -> bytes:
        return b"x" * (1 << 20)


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

    application = web.Application()
    application.router.add_get("/", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return await asyncio.wait_for(ended, 30)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await runner.cleanup()


def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "SEND_TIMEOUT", 0.2)
    (port,) = free_ports(1)
    error = asyncio.run(_ask_and_never_read(port))
    assert "the client took nothing for 0.2 s" in str(error)
