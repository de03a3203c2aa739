"""Does something answer? Cheap questions to a broker and to HTTP servers on loopback."""

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


@dataclass(frozen=True)
class Probe:
    """A question: to a broker at 'host:port', or to a URL that answers 200."""

    kind: Literal["kafka", "http"]
    target: str

    def answers(self) -> bool:
        """Whether an answer came within two seconds."""
        try:
            return _broker_answers(self.target) if self.kind == "kafka" else _url_answers(self.target)
        except (OSError, http.client.HTTPException):
            return False


def _broker_answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), TIMEOUT_SECONDS) as connection:
        connection.sendall(_API_VERSIONS)
        answer = b""
        while len(answer) < _ANSWER.size:
            more = connection.recv(_ANSWER.size - len(answer))
            if not more:
                return False
            answer += more
    return int(_ANSWER.unpack(answer)[1]) == 360


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
