"""How a result goes back: headers, compression, and errors that come when half of it is sent."""

import asyncio
import contextlib
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from aiohttp import HttpVersion11, web

from schemas.cli import FULL
from sinks.embedded.compression import Encoder, FrameEncoder, encoder, negotiate
from sinks.embedded.execution import Stats
from sinks.embedded.faults import NOT_ENOUGH_SPACE, ServerError
from sinks.embedded.metrics import SENT
from sinks.embedded.pipes import Pipe
from sinks.embedded.request import Request

#: Results up to this size are sent in one piece, with their length and a complete summary.
WHOLE = 1 << 18
IN_MEMORY = 8 << 20
_IN_THREAD = 1 << 15
#: Seconds that a client may take nothing of its answer, as http_send_timeout of ClickHouse: its query holds a thread.
SEND_TIMEOUT = 30.0

_sent = SENT.counter()


@dataclass(frozen=True)
class About:
    """The engine, as every answer names it."""

    version: str
    display_name: str
    timezone: str
    http_compression: bool
    content_types: Mapping[str, str] = field(default_factory=dict)  # by format


class Answer:
    """The answer to one request."""

    def __init__(self, http: web.Request, request: Request, about: About, output_format: str) -> None:
        self._http = http
        self._about = about
        self._tag = secrets.token_hex(8)
        self._encoders: list[Encoder] = []
        self._headers = {
            **common_headers(about, request),
            "Content-Type": about.content_types.get(output_format, "text/plain; charset=UTF-8"),
            "X-ClickHouse-Format": output_format,
        }
        self._choose_encoders(http, request)

    async def whole(self, body: bytes, stats: Stats) -> web.Response:
        """A result that is complete."""
        coded = await self._encode(body) + self._encode_end() if body else b""
        if not body:
            self._headers.pop("Content-Encoding", None)
        _sent.inc(len(coded))
        return web.Response(body=coded, headers=self._headers | summary(stats))

    async def stream(self, pipe: Pipe, done: asyncio.Future[Stats], *, wait_for_end: bool) -> web.StreamResponse:
        """A result that comes through a pipe: in one piece when it is small, in chunks otherwise.

        Raises:
            ServerError: the query failed before anything was sent.
            ConnectionError: the client has gone.
        """
        # HTTP/1.0 has no chunks: an answer that breaks off would be taken for a complete one.
        if wait_for_end or self._http.version < HttpVersion11:
            return await self._stored(pipe, done)
        parts: list[bytes] = []
        size = 0
        while size < WHOLE:
            piece = await pipe.read()
            if not piece:
                stats = await asyncio.shield(done)
                return await self.whole(b"".join((*parts, stats.body)), stats)
            parts.append(piece)
            size += len(piece)
        response = await self._begin(Stats())
        await self._send(response, b"".join(parts))
        parts.clear()
        while piece := await pipe.read():
            await self._send(response, piece)
        return await self._end(response, done)

    async def _stored(self, pipe: Pipe, done: asyncio.Future[Stats]) -> web.StreamResponse:
        """Nothing is sent before the query has ended, so that an error has its own status."""
        try:
            with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as store:
                while piece := await pipe.read():
                    store.write(piece)
                stats = await asyncio.shield(done)
                store.write(stats.body)
                size = store.tell()
                store.seek(0)
                if size < WHOLE:
                    return await self.whole(store.read(), stats)
                response = await self._begin(stats)
                while piece := store.read(1 << 20):
                    await self._send(response, piece)
                return await self._end(response, done)
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise ServerError(
                NOT_ENOUGH_SPACE,
                f"The result cannot be kept until the query has ended: {error.strerror}. Ask without "
                f"wait_end_of_query, or make room in {tempfile.gettempdir()}",
            ) from None

    async def _begin(self, stats: Stats) -> web.StreamResponse:
        headers = self._headers | summary(stats) | {"X-ClickHouse-Exception-Tag": self._tag}
        response = web.StreamResponse(headers=headers)
        if self._http.version >= HttpVersion11:
            response.enable_chunked_encoding()
        await response.prepare(self._http)
        return response

    async def _send(self, response: web.StreamResponse, data: bytes) -> None:
        coded = await self._encode(data)
        if coded and self._http.method != "HEAD":
            await self._write(response, coded)

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await response.write(data)
        except TimeoutError:
            if self._http.transport is not None:
                self._http.transport.abort()
            raise ConnectionResetError(f"the client took nothing for {SEND_TIMEOUT:g} s") from None
        _sent.inc(len(data))

    async def _end(self, response: web.StreamResponse, done: asyncio.Future[Stats]) -> web.StreamResponse:
        try:
            await asyncio.shield(done)
        except ServerError as error:
            await self._break_off(response, error)
            return response
        if last := self._encode_end():
            await self._write(response, last)
        await response.write_eof()
        return response

    async def _break_off(self, response: web.StreamResponse, error: ServerError) -> None:
        """The error between its marks, then no last chunk: no client takes this for a complete result."""
        text = error.line(self._about.version) + "\n"
        frame = f"\r\n__exception__\r\n{self._tag}\r\n{text}{len(text.encode())} {self._tag}\r\n__exception__\r\n"
        await self._write(response, await self._encode(frame.encode()) + self._encode_end())
        if self._http.transport is not None:
            self._http.transport.close()

    def _choose_encoders(self, http: web.Request, request: Request) -> None:
        if request.compress:
            self._encoders.append(FrameEncoder())
        wanted = self._about.http_compression if request.http_compression is None else request.http_compression
        coding = negotiate(http.headers.get("Accept-Encoding", "")) if wanted else None
        if coding is not None:
            self._encoders.append(encoder(coding, request.zlib_level))
            self._headers["Content-Encoding"] = coding
            self._headers["Vary"] = "Accept-Encoding"

    async def _encode(self, data: bytes) -> bytes:
        for one in self._encoders:
            data = await asyncio.to_thread(one.encode, data) if len(data) >= _IN_THREAD else one.encode(data)
        return data

    def _encode_end(self) -> bytes:
        data = b""
        for one in self._encoders:
            data = (one.encode(data) if data else b"") + one.finish()
        return data


def refusal(error: ServerError, about: About, request: Request | None) -> web.Response:
    """The answer to a request that failed before anything was sent."""
    headers = common_headers(about, request) | {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-ClickHouse-Exception-Code": str(error.code),
        "X-ClickHouse-Exception-Name": error.name,
    }
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="ClickHouse server HTTP API"'
    body = (error.line(about.version) + "\n").encode("utf-8", "replace")
    _sent.inc(len(body))
    return web.Response(status=error.status, body=body, headers=headers)


def common_headers(about: About, request: Request | None) -> dict[str, str]:
    """What every answer of the engine carries."""
    headers = {
        "Server": "ClickHouse",
        "X-ClickHouse-Server-Display-Name": about.display_name,
        "X-ClickHouse-Timezone": about.timezone,
    }
    if request is not None:
        headers["X-ClickHouse-Query-Id"] = "".join(sign for sign in request.query_id if sign.isprintable())
        if zone := request.settings.get("session_timezone"):
            headers["X-ClickHouse-Timezone"] = "".join(sign for sign in zone if sign.isprintable())
    return headers


def summary(stats: Stats) -> dict[str, str]:
    """The header with a query's figures."""
    return {"X-ClickHouse-Summary": json.dumps(stats.summary(), separators=(",", ":"))}


@contextlib.asynccontextmanager
async def closing(pipe: Pipe) -> AsyncIterator[Pipe]:
    """The pipe, its reading end closed at the end."""
    try:
        yield pipe
    finally:
        pipe.close_reading()
