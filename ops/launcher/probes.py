"""Does something answer? Cheap questions to a broker, to HTTP servers and to Bolt on loopback."""

import http.client
import socket
import struct
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

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
    """A question: to a broker or a Bolt server at 'host:port', or to a URL that answers 200."""

    kind: Literal["kafka", "http", "bolt"]
    target: str

    def answers(self) -> bool:
        """Whether an answer came within two seconds."""
        try:
            questions = {"kafka": _broker_answers, "http": _url_answers, "bolt": _bolt_answers}
            return questions[self.kind](self.target)
        except (OSError, http.client.HTTPException):
            return False


def _broker_answers(address: str) -> bool:
    answer = _answer(address, _API_VERSIONS, _ANSWER.size)
    return len(answer) == _ANSWER.size and int(_ANSWER.unpack(answer)[1]) == 360


def _bolt_answers(address: str) -> bool:
    return _answer(address, _BOLT_HANDSHAKE, len(_BOLT_AGREES)) == _BOLT_AGREES


def _answer(address: str, question: bytes, size: int) -> bytes:
    """The first bytes of an answer, fewer when the other side hangs up."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        connection.sendall(question)
        answer = b""
        while len(answer) < size and (more := connection.recv(size - len(answer))):
            answer += more
    return answer


def _url_answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        response = connection.getresponse()
        response.read()
        return response.status == http.client.OK
    finally:
        connection.close()
