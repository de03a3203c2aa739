"""Does something answer? Cheap questions to a broker, to HTTP servers and to Bolt on loopback."""

import http.client
import socket
import struct
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from schemas.tls import connected_to_anyone

TIMEOUT_SECONDS = 2.0

# ApiVersions, version 0, with a null client id: the one request that a broker answers to anybody.
# Source: https://kafka.apache.org/protocol#The_Messages_ApiVersions
_API_VERSIONS = struct.Struct(">ihhih").pack(10, 18, 0, 360, -1)
#: Length, the question's number again, error, how many requests are known; then of each its number and versions.
_ANSWER = struct.Struct(">iihi")
_KNOWN = struct.Struct(">hhh")
# What a client asks a broker first. A node's controller port answers ApiVersions as well, but does not know this.
_METADATA = 3

# Proposes Bolt 4.4 alone. Source: https://neo4j.com/docs/bolt/current/bolt/handshake/
_BOLT_HANDSHAKE = bytes.fromhex("6060B017 00000404 00000000 00000000 00000000")
_BOLT_AGREES = bytes.fromhex("00000404")


@dataclass(frozen=True)
class Probe:
    """A question: to a broker or a Bolt server at 'host:port', or to a URL that answers 200 or asks who is there.

    Who has what certificate is not asked: it is about life alone.
    """

    kind: Literal["kafka", "http", "bolt"]
    target: str
    tls: bool = False

    def answers(self) -> bool:
        """Whether an answer came within two seconds."""
        try:
            questions = {"kafka": _broker_answers, "http": _url_answers, "bolt": _bolt_answers}
            return questions[self.kind](self.target, self.tls)
        except (OSError, http.client.HTTPException):
            return False


def _broker_answers(address: str, tls: bool) -> bool:
    host, _, port = address.rpartition(":")
    with _connected(host, int(port), tls) as connection:
        connection.sendall(_API_VERSIONS)
        head = _received(connection, _ANSWER.size)
        if len(head) < _ANSWER.size:
            return False
        _, number, error, count = _ANSWER.unpack(head)
        # An answer of another protocol may read as any count: no broker knows as many requests as this.
        if number != 360 or error or not 0 < count < 1_000:
            return False
        known = _received(connection, count * _KNOWN.size)
    return len(known) == count * _KNOWN.size and any(key == _METADATA for key, _, _ in _KNOWN.iter_unpack(known))


def _bolt_answers(address: str, tls: bool) -> bool:
    host, _, port = address.rpartition(":")
    with _connected(host, int(port), tls) as connection:
        connection.sendall(_BOLT_HANDSHAKE)
        return _received(connection, len(_BOLT_AGREES)) == _BOLT_AGREES


def _received(connection: socket.socket, size: int) -> bytes:
    """The next bytes, fewer when the other side hangs up."""
    answer = b""
    while len(answer) < size and (more := connection.recv(size - len(answer))):
        answer += more
    return answer


def _connected(host: str, port: int, tls: bool) -> AbstractContextManager[socket.socket]:
    if tls:
        return connected_to_anyone(host, port, TIMEOUT_SECONDS)
    return socket.create_connection((host, port), TIMEOUT_SECONDS)


def _url_answers(url: str, tls: bool) -> bool:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (http.client.HTTPS_PORT if tls else http.client.HTTP_PORT)
    with _connected(host, port, tls) as channel:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = channel
        connection.request("GET", parts.path or "/")
        with connection.getresponse() as response:
            response.read()
            return response.status in {http.client.OK, http.client.UNAUTHORIZED}
