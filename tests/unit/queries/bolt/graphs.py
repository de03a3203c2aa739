"""A graph that answers what a test tells it, and a server of it in the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from queries.graph.bolt import messages as m
from queries.graph.bolt.access import Access
from queries.graph.bolt.connection import Connection, Limits
from queries.graph.bolt.faults import NO_DATABASE, Fault
from queries.graph.bolt.graph import Result
from queries.graph.bolt.packstream import Packer, Structure, unpacked


class FakeRows:
    """These rows; an exception among them is raised in its place, None is waited for without end."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.left = list(rows)
        self.closed = False
        self.cancelled = False

    async def batch(self, most: int) -> list[Any]:
        await self._expect_row()
        end = next((place for place, row in enumerate(self.left) if not isinstance(row, list)), len(self.left))
        taken = self.left[: min(most, end)]
        del self.left[: len(taken)]
        return taken

    async def more(self) -> bool:
        await self._expect_row()
        return bool(self.left)

    async def close(self) -> None:
        self.closed = True

    async def _expect_row(self) -> None:
        if self.left and isinstance(self.left[0], Exception):
            raise self.left[0]
        if self.left and self.left[0] is None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled = True
                raise


@dataclass
class FakeGraph:
    """Answers by text; remembers what it was asked."""

    answers: dict[str, Sequence[Any]] = field(default_factory=dict)
    databases: tuple[str, ...] = ("graph", "neo4j")
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    given: list[FakeRows] = field(default_factory=list)

    def expect_database(self, name: str | None) -> None:
        if name and name not in self.databases:
            raise Fault(NO_DATABASE, name)

    async def run(self, text: str, given: Mapping[str, Any]) -> Result:
        self.asked.append((text, given))
        answer = self.answers.get(text, [[1]])
        if answer and isinstance(answer[0], Fault) and len(answer) == 1:
            raise answer[0]
        self.given.append(FakeRows(answer))
        return Result(("x",), self.given[-1])


class AsyncClient:
    """One connection to a server on the same event loop."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.noops = 0

    async def log_on(self, password: str = "p") -> None:
        self.writer.write(bytes.fromhex("6060B017 00000405 00000000 00000000 00000000"))
        assert await self.reader.readexactly(4) == bytes.fromhex("00000405")
        self.send(m.HELLO, {})
        self.send(m.LOGON, {"scheme": "basic", "principal": "u", "credentials": password})
        await self.expect("SUCCESS", "SUCCESS")

    def send(self, tag: int, *fields: Any) -> None:
        message = Packer().packed(Structure(tag, fields))
        self.writer.write(len(message).to_bytes(2, "big") + message + b"\0\0")

    async def receive(self) -> tuple[str, Any]:
        message, size = b"", 0
        while not message or size:
            size = int.from_bytes(await asyncio.wait_for(self.reader.readexactly(2), 30), "big")
            self.noops += not message and not size
            message += await self.reader.readexactly(size)
        found = unpacked(message)
        name = {m.SUCCESS: "SUCCESS", m.RECORD: "RECORD", m.IGNORED: "IGNORED", m.FAILURE: "FAILURE"}[found.tag]
        return name, found.fields[0] if found.fields else None

    async def expect(self, *names: str) -> list[Any]:
        found = [await self.receive() for _ in names]
        assert [name for name, _ in found] == list(names), found
        return [field for _, field in found]

    async def at_end(self) -> bool:
        try:
            return await asyncio.wait_for(self.reader.read(), 30) == b""
        except ConnectionResetError:
            return True


@contextlib.asynccontextmanager
async def served(
    graph: FakeGraph, limits: Limits | None = None, access: Access | None = None
) -> AsyncIterator[AsyncClient]:
    """A client of a server of this graph; the server's end of the connection is over when the block is."""
    over = asyncio.Event()
    shared = access or Access("u", "p", 4)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Connection(reader, writer, graph, shared, limits or Limits(30, 30), "bolt-1").serve()
        finally:
            over.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield AsyncClient(reader, writer)
    finally:
        writer.close()
        await asyncio.wait_for(over.wait(), 30)
        server.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
