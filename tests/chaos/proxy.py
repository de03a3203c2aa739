"""The network between a broker and everybody else: a TCP proxy that can be cut, fall silent or be slow."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from tests.support.ports import free_ports

T = TypeVar("T")

CHUNK_BYTES = 1 << 16
#: Of chunks on their way in one direction.
MOST_CHUNKS = 64


class Link:
    """From one port of this machine to another. What it is told holds for all connections from then on."""

    def __init__(self, target: int) -> None:
        self.target = target
        (self.port,) = free_ports(1)
        self._cut, self._delay, self._flows = False, 0.0, asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self) -> asyncio.Server:
        """Listens from now on."""
        return await asyncio.start_server(self._accepted, "127.0.0.1", self.port)

    def cut(self) -> None:
        """Every connection breaks, and each new one at once, until it is mended."""
        self._cut = True
        for task in self._open:
            task.cancel()

    def silence(self) -> None:
        """Connections stand, and nothing comes through until it is mended: then all that was sent does."""
        self._flows.clear()

    def slow(self, seconds: float) -> None:
        """So much later comes what is sent, in both directions, until it is mended."""
        self._delay = seconds

    def mend(self) -> None:
        """As it was at first."""
        self._cut, self._delay = False, 0.0
        self._flows.set()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._joined(reader, writer))
        self._open.add(task)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            self._open.discard(task)
            writer.transport.abort()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            return
        # Who is dead or has just died breaks the connection, as without a proxy.
        with contextlib.suppress(OSError):
            other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.target)
            try:
                await _first(self._through(reader, other_writer), self._through(other_reader, writer))
            finally:
                other_writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hands over what comes, until one end closes."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_CHUNKS)
        await _first(self._taken(reader, under_way), self._given(under_way, writer))

    async def _taken(self, reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]) -> None:
        clock = asyncio.get_running_loop().time
        while chunk := await reader.read(CHUNK_BYTES):
            await under_way.put((clock() + self._delay, chunk))
        await under_way.put((clock(), b""))
        await asyncio.Event().wait()  # the other end of the queue says when the last is handed over

    async def _given(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, chunk = await under_way.get()
            if (wait := due - clock()) > 0:
                await asyncio.sleep(wait)
            await self._flows.wait()
            if not chunk:
                return
            writer.write(chunk)
            await writer.drain()


async def _first(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them has ended; the others are ended then. Raises what that one did."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for task, end in zip(tasks, ended, strict=True):
        if task in done and isinstance(end, BaseException):
            raise end


class Network:
    """Links that work in a thread of their own; told what to do from any other."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._servers: list[asyncio.Server] = []

    def link(self, target: int) -> Link:
        """A new one to that port."""
        link = Link(target)
        self._servers.append(self._run(link.serve()))
        return link

    def tell(self, what: Callable[..., None], *words: float) -> None:
        """Calls a link's method."""

        async def told() -> None:
            what(*words)

        self._run(told())

    def close(self) -> None:
        """Breaks what stands."""
        self._run(self._ended())

    async def _ended(self) -> None:
        for server in self._servers:
            server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


@contextlib.contextmanager
def network() -> Iterator[Network]:
    """Up for the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="network", daemon=True)
    thread.start()
    made = Network(loop)
    try:
        yield made
    finally:
        made.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
