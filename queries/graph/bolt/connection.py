"""One TCP connection: shakes hands, reads messages ahead of the one in work, and ends with its client."""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from dataclasses import dataclass

from queries.graph.bolt import handshake, messages, metrics
from queries.graph.bolt.access import Access
from queries.graph.bolt.faults import INVALID, TERMINATED, UNKNOWN, Fault
from queries.graph.bolt.framing import Framer, FramingError
from queries.graph.bolt.outbox import Outbox
from queries.graph.bolt.session import Session, Speech
from queries.graph.bolt.transaction import Answering

log = logging.getLogger("queries.graph.bolt")

#: Bytes of one message, before and after the client has logged on, and of all that wait for their turn.
LONGEST_LOGIN = 1 << 16
LONGEST_MESSAGE = 4 << 20
LONGEST_QUEUE = 8 << 20
#: Bytes from which on a message is taken apart on a thread, so that it holds up no other session.
LONG = 1 << 16
#: Seconds after which a client is sent what there is, at first and then again and again; and that it lives.
SOON_SECONDS = 0.01
PUSH_SECONDS = 0.25
NOOP_SECONDS = 15.0
#: Seconds for which a connection that is over is still listened to.
LINGER_SECONDS = 1.0
RESET = bytes((0xB0, messages.RESET))


class ProtocolError(Exception):
    """The client does not keep to the protocol, or takes too long: one line says how."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """Seconds that a client may take to log on, and may stay silent while nothing of its runs."""

    login_seconds: float
    idle_seconds: float


class Connection:
    """Serves one client until it leaves, or is made to."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        graph: Answering,
        access: Access,
        limits: Limits,
        name: str,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._graph, self._access, self._limits = graph, access, limits
        self._name = name
        self._queue: deque[bytes] = deque()
        self._changed = asyncio.Event()
        self._resets = 0
        self._task: asyncio.Task[None] | None = None
        self._session: Session | None = None

    @property
    def logged_on(self) -> bool:
        """Whether the client has shown its password."""
        return self._session is not None and self._session.logged_on

    async def serve(self) -> None:
        """Returns when the connection is closed; nothing of it runs any more then."""
        try:
            async with asyncio.timeout(self._limits.login_seconds):
                speech = await self._shake_hands()
            await self._converse(speech)
        except ProtocolError as error:
            metrics.refused().labels(error.reason).inc()
            log.info("%s from %s: closed: %s", self._name, self._peer(), error)
        except TimeoutError:
            metrics.refused().labels("time").inc()
            log.info("%s from %s: closed: no handshake in time", self._name, self._peer())
        except (ConnectionError, asyncio.IncompleteReadError):
            log.debug("%s from %s: the client has gone", self._name, self._peer())
        finally:
            await self._close()

    async def _shake_hands(self) -> Speech:
        try:
            agreed = handshake.negotiated(await self._opening())
            self._writer.write(agreed.answer)
            await self._writer.drain()
            version = agreed.version
            if version is None:
                version = handshake.chosen(await self._reader.readexactly(4))
                await self._capabilities()
        except handshake.HandshakeError as error:
            self._writer.write(handshake.NONE)
            raise ProtocolError("protocol", str(error)) from None
        return Speech(version, agreed.version is None, self._address(), self._name)

    async def _opening(self) -> bytes:
        """The first 20 bytes; fewer where the first four are not Bolt's."""
        magic = await self._reader.readexactly(4)
        if magic != handshake.MAGIC:
            return magic + await self._reader.read(handshake.OPENING - 4)
        return magic + await self._reader.readexactly(handshake.OPENING - 4)

    async def _capabilities(self) -> None:
        """Reads which of the capabilities offered, none, the client takes."""
        for _ in range(handshake.LONGEST_VARINT):
            if (await self._reader.readexactly(1))[0] < 0x80:
                return
        raise handshake.HandshakeError("the capabilities have no end")

    async def _converse(self, speech: Speech) -> None:
        outbox = Outbox(self._writer, speech.version)
        session = self._session = Session(speech, self._graph, self._access, outbox)
        reading = asyncio.create_task(self._read(session))
        working = asyncio.create_task(self._work(session, outbox))
        try:
            done, _ = await asyncio.wait((reading, working), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (reading, working):
                task.cancel()
            await asyncio.wait((reading, working))
            await session.close()

    async def _read(self, session: Session) -> None:
        """Takes in messages, as many as there is room for, until the client has gone."""
        framer = Framer(LONGEST_LOGIN)
        began = asyncio.get_running_loop().time()
        while data := await self._received(session, began):
            framer.longest = LONGEST_MESSAGE if session.logged_on else LONGEST_LOGIN
            try:
                found = framer.feed(data)
            except FramingError as error:
                raise ProtocolError("protocol", str(error)) from None
            for message in found:
                self._take_in(message)
            while sum(map(len, self._queue)) > LONGEST_QUEUE:
                await self._change()

    async def _received(self, session: Session, began: float) -> bytes:
        while True:
            login = not session.logged_on
            seconds = self._limits.login_seconds if login else self._limits.idle_seconds
            until = began + seconds if login else asyncio.get_running_loop().time() + seconds
            try:
                async with asyncio.timeout_at(until):
                    return await self._reader.read(1 << 16)
            except TimeoutError:
                if login and not session.logged_on:
                    raise ProtocolError("time", f"not logged on within {seconds:g} s") from None
                if not login and not self._queue and self._task is None:
                    raise ProtocolError("time", f"nothing was asked for {seconds:g} s") from None

    def _take_in(self, message: bytes) -> None:
        if message == RESET:
            # Jumps ahead: what runs is ended, what waits in front of it will be ignored.
            self._resets += 1
            if self._task is not None:
                self._task.cancel()
        self._queue.append(message)
        self._changed.set()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _work(self, session: Session, outbox: Outbox) -> None:
        """Answers messages in their order until the session is over."""
        while not session.over:
            while not self._queue:
                await self._change()
            message = self._queue.popleft()
            self._changed.set()
            if self._resets:
                await self._ignore(message, session)
            else:
                await self._answer(message, session, outbox)
            if not self._queue or session.over:
                await outbox.flush()

    async def _ignore(self, message: bytes, session: Session) -> None:
        if message == RESET:
            self._resets -= 1
        if message == RESET and not self._resets:
            await session.reset()
        else:
            session.ignore()

    async def _answer(self, message: bytes, session: Session, outbox: Outbox) -> None:
        self._task = asyncio.create_task(self._handle(message, session))
        try:
            seconds = SOON_SECONDS
            while not (await asyncio.wait((self._task,), timeout=seconds))[0]:
                # What is answered already does not wait for what takes longer.
                outbox.push(NOOP_SECONDS)
                seconds = PUSH_SECONDS
            if self._task.cancelled():
                await session.fail(Fault(TERMINATED, "The query was ended by RESET."))
            else:
                self._task.result()
        finally:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None

    async def _handle(self, message: bytes, session: Session) -> None:
        try:
            request = messages.read(message) if len(message) < LONG else await asyncio.to_thread(messages.read, message)
            await session.handle(request)
        except messages.MessageError as error:
            log.info("%s from %s: %s", self._name, self._peer(), error)
            metrics.refused().labels("protocol").inc()
            await session.fail(Fault(INVALID, f"The connection is closed: {error}."))
        except ConnectionError:
            raise
        except Exception as error:  # the session answers, and the log has where this one came from
            log.exception("%s from %s: a request failed", self._name, self._peer())
            await session.fail(
                Fault(UNKNOWN, f"The request failed: {type(error).__name__}. The server's log says why.")
            )

    def _peer(self) -> str:
        found = self._writer.get_extra_info("peername")
        return f"{found[0]}:{found[1]}" if found else "somebody gone"

    def _address(self) -> str:
        host, port = self._writer.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    async def _close(self) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await self._linger()
        self._writer.close()
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                await self._writer.wait_closed()
        except TimeoutError:
            self._writer.transport.abort()
        except OSError as error:
            log.debug("%s: closed by the other side: %s", self._name, error)

    async def _linger(self) -> None:
        """Takes what is still on its way: closed on unread bytes, TCP would take back what was said last."""
        if self._writer.is_closing() or not self._writer.can_write_eof():
            return
        await self._writer.drain()
        self._writer.write_eof()
        left = LONGEST_MESSAGE
        while left > 0 and (more := await self._reader.read(1 << 16)):
            left -= len(more)


def keep_alive(connection: socket.socket) -> None:
    """Lets the kernel find out that a silent client's machine is gone: within two minutes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
