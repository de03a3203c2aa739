"""How the HTTP ports listen: so many connections and no more, none of which may be silent for long."""

import asyncio
import contextlib
import logging
import resource
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler

#: Connections of one port. One more, and the one that has been without a request for longest is closed.
MOST_CONNECTIONS = 1024
MOST_HEADERS = 100
#: Seconds for a request's line and headers, and for which a connection is kept for another request.
KEEP_ALIVE = 75.0
#: Seconds for a TLS handshake.
HANDSHAKE = 10.0
#: Of the files that the system may let a process open, a connection is one.
_FILES = 65536
_BUSY = b"Too many connections\n"
_REFUSAL = b"\r\n".join(
    (b"HTTP/1.1 503 Service Unavailable", b"Connection: close", b"Content-Length: %d" % len(_BUSY), b"", _BUSY)
)


@contextlib.asynccontextmanager
async def listening(
    application: web.Application,
    host: str,
    port: int,
    context: ssl.SSLContext | None,
    *,
    most: int = MOST_CONNECTIONS,
    **options: Any,
) -> AsyncIterator[None]:
    """Answers on a port while it lasts; `options` are those of aiohttp's AppRunner.

    Raises:
        OSError: the port cannot be used.
    """
    raise_open_files()
    door = _Door(application, most)
    runner = web.AppRunner(
        application,
        access_log=None,  # a URL may hold a password
        handler_cancellation=True,
        keepalive_timeout=KEEP_ALIVE,
        max_headers=MOST_HEADERS,
        **options,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        assert runner.server is not None
        expecting_text(runner.server)
        server = await asyncio.get_running_loop().create_server(
            door.entrance(runner.server),
            host,
            port,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE if context else None,
            backlog=most,
        )
        stack.callback(server.close)
        stack.enter_context(_one_line())
        yield


def expecting_text(server: web.Server) -> None:
    """Refuses an Expect header that is no text: aiohttp repeats it to the client, which it then cannot."""
    handle = server.request_handler

    async def checked(request: web.BaseRequest) -> web.StreamResponse:
        expected = request.headers.get(hdrs.EXPECT, "")
        if not expected.isascii():
            return web.Response(status=417, text=f"Unknown Expect: {expected!a}\n")
        return await handle(request)

    server.request_handler = checked


def raise_open_files() -> None:
    """Asks the system for as many open files as a full house needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Door:
    """Who is in, and which of them have a request under way."""

    def __init__(self, application: web.Application, most: int) -> None:
        self._most = most
        self._busy: set[RequestHandler] = set()
        application.middlewares.append(self._watch())

    def _watch(self) -> Any:
        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._busy.add(request.protocol)
            try:
                return await handler(request)
            finally:
                self._busy.discard(request.protocol)

        return watch

    def entrance(self, server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
        """What makes a protocol for each connection that comes."""

        def enter() -> asyncio.BaseProtocol:
            inside = [one for one in server.connections if one.transport is not None]
            if len(inside) >= self._most:
                idle = next((one for one in inside if one not in self._busy), None)
                if idle is None:
                    return _Refusing()
                idle.force_close()
            return server()

        return enter


class _Refusing(asyncio.Protocol):
    """Says that there is no place, and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.WriteTransport", transport).write(_REFUSAL)
        transport.close()


@contextlib.contextmanager
def _one_line() -> Iterator[None]:
    """What is no HTTP, and a client that has gone, is a line in the log: one could fill the disk with tracebacks."""

    def shortened(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, (HttpProcessingError, ConnectionResetError)):
            what = "no HTTP" if isinstance(error, HttpProcessingError) else "a client has gone"
            record.msg, record.args, record.exc_info = f"{what}: %s", (" ".join(str(error).split())[:200],), None
            record.levelno, record.levelname = logging.INFO, "INFO"
        return True

    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(shortened)
    try:
        yield
    finally:
        logger.removeFilter(shortened)
