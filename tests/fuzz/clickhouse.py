"""The bytes of HTTP that come to ClickHouse's port, before there is a request: broken heads, bodies, codings, chunks.

`$reader` and `$writer` in an input stand for the users' credentials as Basic authentication has them, `$password` and
`$key` for the reader's password as a URL and a header do.
"""

import asyncio
import contextlib
import random
import re
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from tests.fuzz.engine import SECRET, EngineTarget
from tests.fuzz.http import framed
from tests.fuzz.mutation import mutated
from tests.fuzz.target import CORPUS
from tests.support.engine import User
from tests.support.waiting import wait_for

#: Seconds of silence after which a client hangs up: it may be that the server waits for the rest of a body.
SILENT_SECONDS = 0.25
#: Seconds in which an answer has begun and ended, whatever else the machine does.
ANSWERED_WITHIN = 120
#: Of an answer no more is read: who asked hangs up.
LONGEST_ANSWER = 4 << 20
#: What follows an input on its connection: where the input was whole requests, it is the next one.
NEXT = b"GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
WORDS = (CORPUS / "clickhouse.words").read_text(encoding="ascii").splitlines()
#: A request's line without a version is one of HTTP/0.9 to aiohttp, and is answered so.
STATUS = re.compile(rb"HTTP/(?:1\.[01]|0\.9) ([1-5]\d\d) [^\r\n\0]*\r\n")
HEADER = re.compile(rb"([A-Za-z0-9-]+): ([^\r\n\0]*)")
IDLE = b"c360_sinks_engine_running_queries 0.0\n"
#: A table for what is written: nothing of it is stored.
NOWHERE = "CREATE TABLE nowhere (id UInt64, name String) ENGINE = Null"


@dataclass(frozen=True)
class Answer:
    """One answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool


class ClickHouse(EngineTarget):
    """Connections side by side over sockets, each with one input and a request behind it."""

    name = "clickhouse"
    batch = 32
    words = (
        *(line.encode().replace(b"~", b"\r\n") for line in WORDS),
        b"X-ClickHouse-Database: \xff\r\n", b"Authorization: Basic \xff\r\n", b"Expect: \xff\r\n", b"%ff" * 50,
        b"X: y\r\n" * 101, b"X" * 9000, b"(" * 2000, b"9" * 5000, b"\x00", b"\xff\xff\xff\xff",
    )  # fmt: skip

    def _prepare(self) -> None:
        super()._prepare()
        self._writer.command(NOWHERE)
        reader, writer = self._engine.reader, self._engine.writer
        self._given = {
            b"$reader": _basic(reader), b"$writer": _basic(writer), b"$key": reader.password.encode(),
            b"$password": quote(reader.password, safe="").encode(),
        }  # fmt: skip

    def make(self, draw: random.Random) -> bytes:
        way = draw.random()
        if way < 0.45:
            return mutated(draw, self.seeds, self.words)
        if way < 0.55:
            return b"".join(draw.choices(self.seeds, k=draw.choice((2, 2, 3))))
        # A body that is whole by its length or its chunks, so that it is read.
        return framed(draw, self.seeds, [b"SELECT 1", b"1,a\n"], self.words)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        said = asyncio.run(self._side_by_side(inputs))
        verdicts = [_is_answered(data, *one) for data, one in zip(inputs, said, strict=True)]
        wait_for(lambda: IDLE in self._metrics(), "no query runs once its client has gone", every=0.01)
        self._expect_unharmed()
        return verdicts

    async def _side_by_side(self, inputs: list[bytes]) -> list[tuple[bytes, bool]]:
        return await asyncio.gather(*map(self._served, inputs))

    async def _served(self, data: bytes) -> tuple[bytes, bool]:
        """What came back, and whether it came to an end without the client hanging up."""
        for name, value in self._given.items():
            data = data.replace(name, value)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._engine.port)
        sent, ended = bytearray(), False
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                with contextlib.suppress(ConnectionError):
                    await _write(writer, data)
                    while len(sent) < LONGEST_ANSWER and (piece := await _read(reader)) is not None:
                        sent += piece
                        if not piece:
                            ended = True
                            break
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        return bytes(sent), ended

    def _metrics(self) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._engine.metrics_port}/metrics", timeout=60) as answer:
            return bytes(answer.read())


async def _write(writer: asyncio.StreamWriter, data: bytes) -> None:
    """The input in two pieces, and what follows it."""
    middle = len(data) // 2
    for piece in (data[:middle], data[middle:] + NEXT):
        writer.write(piece)
        await writer.drain()


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    """The next bytes; None where the server has been silent for too long."""
    try:
        return await asyncio.wait_for(reader.read(1 << 16), SILENT_SECONDS)
    except TimeoutError:
        return None


def _is_answered(data: bytes, sent: bytes, ended: bool) -> bool:
    """Whether a query of the connection was answered; raises where an answer is none that a client is owed."""
    assert SECRET.encode() not in sent
    found = list(answers(sent, heads=b"head" in data.lower()))
    assert all(one.whole for one in found[:-1])
    for one in found:
        assert "x-evil" not in one.headers, one
        code = one.headers.get("x-clickhouse-exception-code")
        if code is None:
            assert one.status < 500, one
        elif one.whole and one.body:
            assert one.body.startswith(f"Code: {code}. DB::Exception: ".encode()), one
        broken_off = one.headers.get("x-clickhouse-exception-tag", "\0").encode() in one.body[-4096:]
        assert one.whole or not ended or broken_off, f"half an answer, without an error: {one}"
    return any(one.status == 200 and "x-clickhouse-format" in one.headers for one in found)


def answers(sent: bytes, *, heads: bool) -> Iterator[Answer]:
    """The answers on a connection; `heads` where some may be to HEAD, without the body they tell of."""
    at = 0
    while at < len(sent):
        opening, end = STATUS.match(sent, at), sent.find(b"\r\n\r\n", at)
        if end < 0:
            yield Answer(0, {}, sent[at:], whole=False)
            return
        assert opening, sent[at : at + 200]
        headers = dict(_headers(sent[opening.end() : end]))
        status, at = int(opening[1]), end + 4
        if status == 100:
            continue
        body, size, whole = _body(headers, sent, at)
        if heads and (sent.startswith(b"HTTP/", at) or at == len(sent)):
            body, size, whole = b"", 0, True
        yield Answer(status, headers, body, whole)
        at += size


def _headers(lines: bytes) -> Iterator[tuple[str, str]]:
    for line in lines.split(b"\r\n") if lines else ():
        found = HEADER.fullmatch(line)
        assert found, f"no header: {line!r}"
        yield found[1].decode().lower(), found[2].decode("utf-8", "replace")


def _body(headers: dict[str, str], sent: bytes, at: int) -> tuple[bytes, int, bool]:
    """An answer's body, its bytes on the wire, and whether it is whole."""
    if "content-length" in headers:
        size = int(headers["content-length"])
        return sent[at : at + size], size, at + size <= len(sent)
    if headers.get("transfer-encoding") != "chunked":
        return sent[at:], len(sent) - at, True
    parts, start = [], at
    while (end := sent.find(b"\r\n", at)) >= 0:
        size = int(sent[at:end], 16)
        parts.append(sent[end + 2 : end + 2 + size])
        at = end + 4 + size
        if not size:
            return b"".join(parts), at - start, at <= len(sent)
        if at > len(sent):
            break
    return b"".join(parts), len(sent) - start, False


def _basic(user: User) -> bytes:
    return b64encode(f"{user.name}:{user.password}".encode())
