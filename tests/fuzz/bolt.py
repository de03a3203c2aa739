"""The Bolt server: handshake, chunks, PackStream, messages, states; in this process or over a socket.

An input is all that a client sends. The graph behind the server answers with the parameters it was given.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Mapping, Sequence
from typing import Any

from queries.graph.bolt import handshake, messages, wire
from queries.graph.bolt.access import Access
from queries.graph.bolt.connection import Connection, Limits
from queries.graph.bolt.faults import fault_of
from queries.graph.bolt.framing import Framer, FramingError, chunked
from queries.graph.bolt.graph import Result
from queries.graph.bolt.packstream import Packer, PackStreamError, Structure, unpacked
from queries.graph.bolt.server import Server
from queries.graph.parameters import described, written
from schemas.errors import C360Error
from schemas.settings import Settings
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target
from tests.support.ports import free_ports
from tests.unit.queries.bolt.graphs import AsyncClient, FakeGraph, FakeRows

#: Rounds of the event loop without anything to do, after which a client says no more.
IDLE_ROUNDS = 6
#: Seconds after which a client on a socket says no more.
SILENT_SECONDS = 0.1
ANSWERS = (messages.SUCCESS, messages.RECORD, messages.IGNORED, messages.FAILURE)
LOGGERS = ("queries.graph.bolt", "asyncio", "aiohttp.server")


class Faults(logging.Handler):
    """Errors that a server logs instead of raising them, but for those of some kinds."""

    def __init__(self, *known: type[Exception]) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []
        self._known = known
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if not (record.exc_info and isinstance(record.exc_info[1], self._known)):
            self.found.append(logging.Formatter().format(record))

    def expect_none(self) -> None:
        found, self.found = self.found, []
        assert not found, "\n".join(found)

    def close(self) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)
        super().close()


class Echo(FakeGraph):
    """Takes parameters as the graph takes them, and answers with them."""

    async def run(self, text: str, given: Mapping[str, Any]) -> Result:
        try:
            taken = taken_as_parameters(given)
        except C360Error as error:
            raise fault_of(error) from None
        return Result(("text", "given"), FakeRows([[text, taken]] * 3))


class Bolt(Target):
    """What a client sends, taken apart: handshake, chunks, values, requests, parameters."""

    name = kept = "bolt"
    batch = 32
    words = (
        *(bytes([0xB0 + len(types), tag]) for tag, (_, types) in messages.REQUESTS.items()),
        *(
            bytes.fromhex(size)
            for size in ("0000", "CCFF", "D27FFFFFFF", "D6FFFFFFFF", "DAFFFFFFFF", "CB7FFFFFFFFFFFFFFF")
        ),
        *(bytes.fromhex(time) for time in ("B144", "B264", "B346", "B349", "B366", "B369")),
        b"\x91" * 130,
    )
    #: Whether inputs are conversations, or a few messages each.
    whole = False

    def __init__(self) -> None:
        super().__init__()
        self._conversations = [split(data) for data in self.seeds]

    def make(self, draw: random.Random) -> bytes:
        if draw.random() < 0.3:
            return mutated(draw, self.seeds, self.words)
        # Chunks stay whole, so that what is in them is read.
        opening, everything = draw.choice(self._conversations)
        others = [*everything, b"\xb0\x02"]
        said = list(everything) if self.whole else [draw.choice(others)]
        for _ in range(draw.choice((1, 1, 2, 3))):
            at = draw.randrange(len(said) + 1)
            said[at : at + draw.choice((0, 1, 1, 1, 1))] = [mutated(draw, others, self.words)]
        return opening + joined(said, draw)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data) for data in inputs]

    def _one(self, data: bytes) -> bool:
        expect_values_to_last(data)
        if data.startswith(handshake.MAGIC) and len(data) < handshake.OPENING:
            return False
        try:
            agreed = handshake.negotiated(data[: handshake.OPENING])
            if agreed.version is None:
                handshake.chosen(data[handshake.OPENING : handshake.OPENING + 4].ljust(4, b"\0"))
            for message in Framer(1 << 16).feed(data[end_of_opening(data) :]):
                request = messages.read(message)
                if request.tag == messages.RUN:
                    taken_as_parameters(request.fields[1])
        except (handshake.HandshakeError, FramingError, messages.MessageError, C360Error):
            return False
        return True


class BoltSession(Bolt):
    """Whole conversations, connections side by side, without sockets."""

    name = "bolt-session"
    whole = True

    def __init__(self) -> None:
        super().__init__()
        self._faults = Faults()
        self._start()

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._access = Access("u", "p", self.batch)

    def mend(self) -> None:
        # The loop and what hangs on it are left as they are: they may be what does not answer.
        self._faults.found.clear()
        self._start()

    def close(self) -> None:
        self._loop.close()
        self._faults.close()

    def judge(self, inputs: list[bytes]) -> list[bool]:
        answers = self._loop.run_until_complete(self._side_by_side(inputs))
        self._faults.expect_none()
        assert self._access._taken == 0, "a place is not given back"
        return [expect_answers(sent) for sent in answers]

    async def _side_by_side(self, inputs: list[bytes]) -> list[bytes]:
        return await asyncio.gather(*map(self._served, inputs))

    async def _served(self, data: bytes) -> bytes:
        reader, writer = asyncio.StreamReader(), Writer()
        limits = Limits(30, 30)
        connection = Connection(reader, writer, Echo(), self._access, limits, "bolt-1")  # type: ignore[arg-type]
        serving = asyncio.ensure_future(connection.serve())
        # In two pieces, as TCP may bring it.
        middle = len(data) * 2 // 3
        for piece in (data[:middle], data[middle:]):
            reader.feed_data(piece)
            await _idle(connection, serving)
        reader.feed_eof()
        await serving
        return bytes(writer.sent)


async def _idle(connection: Connection, serving: "asyncio.Task[None]") -> None:
    """Waits until what was sent is answered, or the connection is over."""
    idle = waiting = 0
    while idle < IDLE_ROUNDS and not serving.done():
        await asyncio.sleep(0)
        # What a session that is over leaves behind is not worked on.
        busy = connection._task is not None or len(connection._queue) != waiting
        idle, waiting = 0 if busy else idle + 1, len(connection._queue)


class Writer:
    """Takes what a connection sends."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.transport = self

    def write(self, data: bytes) -> None:
        self.sent += data

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, _: str) -> tuple[str, int]:
        return "127.0.0.1", 7687

    def is_closing(self) -> bool:
        return False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        return None

    def close(self) -> None:
        return None

    def abort(self) -> None:
        raise AssertionError("broken off")

    async def drain(self) -> None:
        return None

    async def wait_closed(self) -> None:
        return None


class BoltSocket(BoltSession):
    """The same over TCP, with a server that must answer everybody else as before."""

    name = "bolt-socket"
    batch = 1

    def _start(self) -> None:
        super()._start()
        (port,) = free_ports(1)
        self._server = Server(
            Settings(bolt_port=port, bolt_password="p"),
            Echo(),
            self._access,
        )
        self._port = port
        self._loop.run_until_complete(self._server.start())

    def close(self) -> None:
        self._loop.run_until_complete(self._server.close())
        super().close()

    async def _served(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(data)
        # One that still says nothing is told that there will be nothing more.
        silence = asyncio.get_running_loop().call_later(SILENT_SECONDS, writer.write_eof)
        try:
            sent = await asyncio.wait_for(reader.read(), 60)
        except ConnectionResetError:
            sent = b""
        silence.cancel()
        await _closed(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        client = AsyncClient(reader, writer)
        await asyncio.wait_for(client.log_on(), 60)
        client.send(messages.GOODBYE)
        assert await client.at_end()
        await _closed(writer)
        return sent


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def split(data: bytes) -> tuple[bytes, list[bytes]]:
    """The handshake and the messages of an input that is whole."""
    end = end_of_opening(data)
    return data[:end], Framer(1 << 20).feed(data[end:])


def end_of_opening(data: bytes) -> int:
    """Where messages begin: behind the proposals or, with the manifest, the choice and the capabilities."""
    return handshake.OPENING + 5 * (data[4:8] == handshake.MANIFEST)


def taken_as_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the compiler and ClickHouse are given them; an error of this project for those that cannot be."""
    taken = wire.parameters(given)
    described(taken)
    for value in taken.values():
        written(value)
    return taken


def joined(said: Sequence[bytes], draw: random.Random | None = None) -> bytes:
    """Messages in chunks; of any size where it is drawn."""
    out = bytearray()
    for message in said:
        if draw is None or draw.random() < 0.8:
            chunked(out, message)
            continue
        size = draw.choice((1, 2, 7, 100))
        for at in range(0, len(message), size):
            piece = message[at : at + size]
            out += len(piece).to_bytes(2, "big") + piece
        out += b"\0\0"
    return bytes(out)


def expect_values_to_last(data: bytes) -> None:
    """However the bytes are cut, the messages are the same; a value that is read is the same when it is written."""
    found = fed(data, len(data) or 1)
    assert found == fed(data, 1 + len(data) // 3)
    for message in found:
        try:
            value = unpacked(message)
            again = Packer().packed(value)
        except PackStreamError:
            continue
        assert repr(unpacked(again)) == repr(value)


def fed(data: bytes, size: int) -> list[bytes]:
    """Messages out of an input, read in pieces of a size."""
    framer, found = Framer(1 << 16), []
    try:
        for at in range(end_of_opening(data), len(data), size):
            found += framer.feed(data[at : at + size])
    except FramingError:
        return []
    return found


def expect_answers(sent: bytes) -> bool:
    """What a server sends is whole messages that a driver knows; answers whether nothing was refused."""
    start = 4 if sent[:4] != handshake.MANIFEST else len(handshake.manifest())
    framer = Framer(1 << 24)
    found = framer.feed(sent[start:]) if sent[:4] != handshake.NONE else []
    assert not framer.pending, "half a message"
    answers = [unpacked(message) for message in found]
    assert all(isinstance(one, Structure) and one.tag in ANSWERS for one in answers)
    return bool(answers) and all(one.tag != messages.FAILURE for one in answers)
