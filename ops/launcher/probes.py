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
_ANSWER = struct.Struct(">ii")

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
    answer = _answer(address, tls, _API_VERSIONS, _ANSWER.size)
    return len(answer) == _ANSWER.size and int(_ANSWER.unpack(answer)[1]) == 360


def _bolt_answers(address: str, tls: bool) -> bool:
    return _answer(address, tls, _BOLT_HANDSHAKE, len(_BOLT_AGREES)) == _BOLT_AGREES


def _answer(address: str, tls: bool, question: bytes, size: int) -> bytes:
    """The first bytes of an answer, fewer when the other side hangs up."""
    host, _, port = address.rpartition(":")
    with _connected(host, int(port), tls) as connection:
        connection.sendall(question)
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
