"""A Bolt client of a few lines over a plain socket: says what it is told, also what no driver would."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

from queries.graph.bolt import messages as m
from queries.graph.bolt.packstream import Packer, Structure, unpacked

MAGIC = bytes.fromhex("6060B017")
NAMES = {m.SUCCESS: "SUCCESS", m.RECORD: "RECORD", m.IGNORED: "IGNORED", m.FAILURE: "FAILURE"}
TIMEOUT = 60


class Client:
    """One connection. Reads nothing until it is told to."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.noops = 0
        self._read = b""

    def handshake(self, proposals: str) -> bytes:
        """Sends four proposals in hexadecimal; the four bytes of the answer."""
        self.socket.sendall(MAGIC + bytes.fromhex(proposals))
        return self.read(4)

    def log_on(self, user: str, password: str, version: tuple[int, int] = (5, 4)) -> None:
        """From the handshake to READY."""
        major, minor = version
        answer = self.handshake(f"0000{minor:02X}{major:02X}" + "00000000" * 3)
        assert answer == bytes((0, 0, minor, major)), answer.hex()
        token = {"scheme": "basic", "principal": user, "credentials": password}
        agent = {"user_agent": "raw/1"}
        self.send(m.HELLO, {**agent, **token} if version < (5, 1) else agent)
        if version >= (5, 1):
            self.send(m.LOGON, token)
            self.expect("SUCCESS")
        self.expect("SUCCESS")

    def send(self, tag: int, *fields: Any) -> None:
        """Sends a message in one chunk."""
        self.send_bytes(Packer().packed(Structure(tag, fields)))

    def send_bytes(self, message: bytes) -> None:
        """Sends these bytes as a message."""
        self.socket.sendall(len(message).to_bytes(2, "big") + message + b"\0\0")

    def receive(self) -> tuple[str, Any]:
        """The next message: its name, and its field if it has one."""
        message, size = b"", 0
        while not message or size:
            size = int.from_bytes(self.read(2), "big")
            self.noops += not message and not size
            message += self.read(size)
        found = unpacked(message)
        return NAMES[found.tag], found.fields[0] if found.fields else None

    def expect(self, name: str) -> Any:
        """The field of the next message, which is of that name."""
        found, field = self.receive()
        assert found == name, (found, field)
        return field

    def answer(self) -> tuple[list[list[Any]], str, Any]:
        """Records up to a summary, the summary's name and its field."""
        rows = []
        while (found := self.receive())[0] == "RECORD":
            rows.append(found[1])
        return rows, *found

    def ask(self, text: str, parameters: dict[str, Any] | None = None) -> list[list[Any]]:
        """All rows of a query."""
        self.send(m.RUN, text, parameters or {}, {})
        self.send(m.PULL, {"n": -1})
        self.expect("SUCCESS")
        rows, name, field = self.answer()
        assert name == "SUCCESS", field
        return rows

    def read(self, size: int) -> bytes:
        """So many bytes."""
        while len(self._read) < size:
            more = self.socket.recv(1 << 16)
            if not more:
                raise EOFError(f"the server hung up after {self._read!r}")
            self._read += more
        data, self._read = self._read[:size], self._read[size:]
        return data

    def is_hung_up(self) -> bool:
        """Whether the server closes the connection, and sends nothing before it does."""
        try:
            return not self._read and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@contextlib.contextmanager
def connected(port: int) -> Iterator[Client]:
    """A connection for the time of the block."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
        yield Client(connection)
