"""A request's body: unpacked as it arrives, the statement at its front told from the data behind it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from aiohttp import web

from sinks.embedded.compression import Decoder, decoder
from sinks.embedded.faults import SOCKET_TIMEOUT, SYNTAX_ERROR, ServerError
from sinks.embedded.frames import FrameDecoder
from sinks.embedded.request import Request
from sinks.embedded.room import Share
from sinks.embedded.statement import Insert, parse_insert

#: An INSERT must say FORMAT or VALUES within this much of its beginning.
HEAD = 1 << 18
#: Seconds in which something of a body must come, as http_receive_timeout of ClickHouse; and the whole of a statement.
RECEIVE_TIMEOUT = 30.0
STATEMENT_TIMEOUT = 60.0
_IN_THREAD = 1 << 15


class Body:
    """Query text and data of one request, read once."""

    def __init__(self, http: web.Request, request: Request, share: Share) -> None:
        self._http = http
        self._share = share
        self._decoders: list[Decoder] = []
        if coding := decoder(http.headers.get("Content-Encoding", "")):
            self._decoders.append(coding)
        if request.decompress:
            self._decoders.append(FrameDecoder())
        self._pieces = self._read()
        self._front = f"{request.query}\n".encode() if request.query else b""
        self._kept = 0
        self.received = 0

    async def statement(self, longest: int) -> tuple[str, Insert | None]:
        """The SQL, of so many bytes at most; for an INSERT with data only its beginning, and `data` gives the rest.

        Raises:
            ServerError: it is too long or too slow, not UTF-8, or the body cannot be unpacked.
        """
        try:
            async with asyncio.timeout(STATEMENT_TIMEOUT):
                return await self._statement(longest)
        except TimeoutError:
            raise ServerError(SOCKET_TIMEOUT, f"The statement was not there within {STATEMENT_TIMEOUT:g} s") from None

    async def _statement(self, longest: int) -> tuple[str, Insert | None]:
        self._share.add(len(self._front))
        insert = await self._insert(complete=bool(self._front))
        ended = False
        for wanted in (1, HEAD):
            if insert is None and not ended:
                ended = not await self._more(len(self._front) + wanted)
                insert = await self._insert(complete=ended or wanted == HEAD)
        if insert is not None:
            sql, self._front = self._front[: insert.data_from], self._front[insert.data_from :]
            return sql.decode("utf-8", "replace"), insert
        if len(self._front) > longest or (not ended and await self._more(longest + 1)):
            raise ServerError(
                SYNTAX_ERROR,
                f"Syntax error: Max query size exceeded (can be increased with the `max_query_size` setting): "
                f"it may have {longest} bytes",
            )
        try:
            return self._front.decode(), None
        except UnicodeDecodeError as error:
            raise ServerError(SYNTAX_ERROR, f"The query is not UTF-8: {error.reason} at byte {error.start}") from None

    async def _insert(self, *, complete: bool) -> Insert | None:
        """The INSERT that the front begins with; None as long as its last word may still go on."""
        # One character a byte, so that places in the text are places in the body, whatever the data are.
        text = self._front.decode("latin-1")
        found = await asyncio.to_thread(parse_insert, text) if len(text) >= _IN_THREAD else parse_insert(text)
        if found is None or not (complete or found.data_from < len(self._front)):
            return None
        settings = None if found.settings is None else _utf8(found.settings)
        return replace(found, before=_utf8(found.before), after=_utf8(found.after), settings=settings)

    async def data(self) -> AsyncIterator[bytes]:
        """What follows the statement."""
        front, self._front = self._front, b""
        self._share.add(-len(front))
        if front:
            yield front
        async for piece in self._pieces:
            yield piece

    async def _more(self, wanted: int) -> bool:
        """Gathers until the front has that many bytes; False when the body ended before."""
        parts, size = [self._front], len(self._front)
        while size < wanted:
            piece = await anext(self._pieces, None)
            if piece is None:
                self._front = b"".join(parts)
                return False
            self._share.add(len(piece))
            parts.append(piece)
            size += len(piece)
        self._front = b"".join(parts)
        return True

    async def _read(self) -> AsyncIterator[bytes]:
        while raw := await self._received():
            self.received += len(raw)
            async for piece in self._unpacked(raw, 0):
                yield piece
            self._keep()
        for level, one in enumerate(self._decoders):
            async for piece in self._unpacked(one.finish(), level + 1):
                yield piece

    def _keep(self) -> None:
        """Counts what the decoders wait with."""
        before, self._kept = self._kept, sum(one.held for one in self._decoders)
        self._share.add(self._kept - before)

    async def _received(self) -> bytes:
        try:
            async with asyncio.timeout(RECEIVE_TIMEOUT):
                return await self._http.content.readany()
        except TimeoutError:
            raise ServerError(SOCKET_TIMEOUT, f"Nothing of the body came for {RECEIVE_TIMEOUT:g} s") from None

    async def _unpacked(self, data: bytes, level: int) -> AsyncIterator[bytes]:
        """Passes the data through the decoders from `level` on, large pieces on a thread."""
        if level == len(self._decoders):
            if data:
                yield data
            return
        pieces = iter(self._decoders[level].decode(data))
        while True:
            if len(data) >= _IN_THREAD:
                piece = await asyncio.to_thread(next, pieces, None)
            else:
                piece = next(pieces, None)
            if piece is None:
                return
            async for unpacked in self._unpacked(piece, level + 1):
                yield unpacked


def _utf8(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "replace")
