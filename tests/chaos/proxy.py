"""The network between a broker and everybody else: a TCP proxy that can be cut, fall silent or be slow."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from tests.support.ports import free_ports

T = TypeVar("T")

#: Of chunks that are held in one direction, by a delay, by silence or by an end that takes nothing.
MOST_CHUNKS = 64


class Link:
    """From one port of this machine to another. What it is told holds for all connections from then on."""

    def __init__(self, target: int) -> None:
        self.target = target
        (self.port,) = free_ports(1)
        self.is_cut, self.delay, self.flows = False, 0.0, True
        self.ends: set[_End] = set()

    async def serve(self) -> asyncio.Server:
        """Listens from now on."""
        return await asyncio.get_running_loop().create_server(lambda: _Accepted(self), "127.0.0.1", self.port)

    def cut(self) -> None:
        """Every connection breaks, and each new one at once, until it is mended."""
        self.is_cut = True
        for end in self.ends:
            end.abort()

    def silence(self) -> None:
        """Connections stand, and nothing comes through until it is mended: then all that was sent does."""
        self.flows = False

    def slow(self, seconds: float) -> None:
        """So much later comes what is sent, in both directions, until it is mended."""
        self.delay = seconds

    def mend(self) -> None:
        """As it was at first."""
        self.is_cut, self.delay, self.flows = False, 0.0, True
        for end in self.ends:
            end.hand_over()


class _End(asyncio.Protocol):
    """One of a connection's two ends: what comes in here goes out at the other one, in order.

    Nothing is held while a link does as it should: a run's rate is the stack's then, not the proxy's.
    """

    transport: asyncio.Transport

    def __init__(self, link: Link) -> None:
        self._link, self._loop = link, asyncio.get_running_loop()
        self.other: _End | None = None
        # What came in with the moment it is due at the other end, b"" once this end has closed.
        self._held: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._full = False  # the other end takes no more for now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._link.ends.add(self)

    def data_received(self, data: bytes) -> None:
        self._held.append((self._loop.time() + self._link.delay, data))
        self.hand_over()
        if len(self._held) >= MOST_CHUNKS:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self.data_received(b"")
        return True  # kept, until what it sent before has been handed over

    def connection_lost(self, *_: object) -> None:
        self._link.ends.discard(self)
        self.eof_received()

    def pause_writing(self) -> None:
        if self.other:
            self.other._full = True

    def resume_writing(self) -> None:
        if self.other:
            self.other._full = False
            self.other.hand_over()

    def hand_over(self) -> None:
        """Whatever is due and may flow."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        while self._held and self.other and self._link.flows and not self._full:
            due, data = self._held[0]
            # What was late comes at once when the link is mended.
            if self._link.delay and due > self._loop.time():
                self._timer = self._loop.call_at(due, self.hand_over)
                return
            self._held.popleft()
            if data:
                self.other.transport.write(data)
            else:
                self.other.transport.close()
                self.transport.close()
                return
        if len(self._held) < MOST_CHUNKS:
            self.transport.resume_reading()

    def abort(self) -> None:
        """Both ends break; what they hold is gone."""
        for end in (self, self.other):
            if end:
                end._held.clear()
                end.transport.abort()


class _Accepted(_End):
    """The end of whoever connects to the link."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._link.is_cut:
            self.transport.abort()
            return
        self._connecting = self._loop.create_task(self._connected())

    async def _connected(self) -> None:
        # Who is dead or has just died breaks the connection, as without a proxy.
        with contextlib.suppress(OSError):
            _, end = await self._loop.create_connection(lambda: _End(self._link), "127.0.0.1", self._link.target)
            self.other, end.other = end, self
            self.hand_over()
            end.hand_over()
        if self._link.is_cut or not self.other:
            self.abort()


class Network:
    """Links that work in a thread of their own; told what to do from any other."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._links: list[Link] = []
        self._servers: list[asyncio.Server] = []

    def link(self, target: int) -> Link:
        """A new one to that port."""
        link = Link(target)
        self._links.append(link)
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
        for link in self._links:
            link.cut()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        # A turn of the loop, too, in which what was cut is closed.
        await asyncio.gather(asyncio.sleep(0), *others, return_exceptions=True)

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
