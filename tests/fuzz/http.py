"""`POST /submitCypher`: bytes of HTTP as they come, through the server's own parser and the handler behind it."""

import asyncio
import random
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from queries.graph.bolt.access import Access
from queries.graph.bolt.submit import Submit
from schemas.serving import expecting_text
from tests.fuzz.bolt import Echo, Faults
from tests.fuzz.mutation import mutated
from tests.fuzz.target import CORPUS, Target

AUTHORIZED = b"Basic " + b64encode(b"u:p")
#: Rounds of the event loop in which nothing is answered, after which a client hangs up.
IDLE_ROUNDS = 12


class Http(Target):
    """Connections side by side, without sockets; each may carry several requests."""

    name = "http"
    batch = 32
    words = (
        *(line.encode().replace(b"~", b"\r\n") for line in (CORPUS / "http.words").read_text("ascii").splitlines()),
        b"Host: \xff\r\n", b"Authorization: Basic \xff\r\n", AUTHORIZED, b"[" * 2000, b'{"a":' * 500,
        b"9" * 5000, b"\x00",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        # The parser says of broken HTTP where it breaks, at length; the client gets a 400.
        self._faults = Faults(HttpProcessingError, web.RequestPayloadError)
        self._start()

    def _start(self) -> None:
        self._access = Access("u", "p", self.batch)
        self._loop = asyncio.new_event_loop()
        self._runner = web.AppRunner(
            Submit(Echo(), self._access).application(), access_log=None, handler_cancellation=True, shutdown_timeout=1.0
        )
        self._loop.run_until_complete(self._runner.setup())
        assert self._runner.server is not None
        expecting_text(self._runner.server)

    def mend(self) -> None:
        # The loop and what hangs on it are left as they are: they may be what does not answer.
        self._faults.found.clear()
        self._start()

    def close(self) -> None:
        self._loop.run_until_complete(self._runner.cleanup())
        self._loop.close()
        self._faults.close()

    def make(self, draw: random.Random) -> bytes:
        if draw.random() < 0.5:
            return mutated(draw, self.seeds, self.words)
        return framed(draw, self.seeds, [b"{}", b'{"query": "RETURN 1"}'], self.words, chunks=False)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        answers = self._loop.run_until_complete(self._side_by_side(inputs))
        found, self._faults.found = self._faults.found, []
        assert not found, "\n".join(found)
        assert self._access._taken == 0, "a place is not given back"
        return list(map(is_answered, answers))

    async def _side_by_side(self, inputs: list[bytes]) -> list[bytes]:
        return await asyncio.gather(*map(self._served, inputs))

    async def _served(self, data: bytes) -> bytes:
        assert self._runner.server is not None
        transport = Transport()
        protocol = self._runner.server()
        protocol.connection_made(transport)
        for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
            if not transport.is_closing():
                protocol.data_received(piece)
            await transport.idle()
        if not transport.is_closing():
            protocol.eof_received()
        protocol.connection_lost(None)
        # What still waits for the rest of a body is told that there is none.
        for _ in range(IDLE_ROUNDS):
            await asyncio.sleep(0)
        return bytes(transport.sent)


def is_answered(sent: bytes) -> bool:
    """Whether a request of the connection was done; raises where an answer is none that a client is owed."""
    assert not sent or sent.startswith(b"HTTP/"), sent[:200]
    statuses = [int(line[9:12]) for line in sent.split(b"\r\n") if line.startswith(b"HTTP/1.") and line[9:12].isdigit()]
    assert all(status < 500 for status in statuses), sent[:2000]
    return 200 in statuses


def framed(
    draw: random.Random, seeds: Sequence[bytes], bodies: Sequence[bytes], words: Sequence[bytes], *, chunks: bool = True
) -> bytes:
    """A request with a body that is changed, and whole by its length (or its chunks), so that it is read."""
    head, _, body = draw.choice(seeds).partition(b"\r\n\r\n")
    body = mutated(draw, [body or bodies[0], *bodies[1:]], words)
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b"Content-Length", b"Transfer"))]
    if not chunks or draw.random() < 0.6:
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])
    size = draw.choice((1, 3, 50, 1000)) if len(body) < 200 else draw.choice((50, 1000))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", chunked + b"0\r\n\r\n"])


class Transport(asyncio.Transport):
    """Takes what the server sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = bytearray()
        self._closing = False

    async def idle(self) -> None:
        """Waits until nothing more is sent."""
        rounds, size = 0, -1
        while rounds < IDLE_ROUNDS and not self._closing:
            await asyncio.sleep(0)
            rounds, size = rounds + 1 if len(self.sent) == size else 0, len(self.sent)

    def write(self, data: Any) -> None:
        self.sent += data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 7475) if name in {"peername", "sockname"} else default

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    abort = close

    def pause_reading(self) -> None:
        return None

    resume_reading = pause_reading

    def is_reading(self) -> bool:
        return True

    def get_write_buffer_size(self) -> int:
        return 0
