"""The protocol's messages: what a client may ask, and the answers.

Source: https://neo4j.com/docs/bolt/current/bolt/message/
"""

from dataclasses import dataclass
from typing import Any

from queries.graph.bolt.packstream import PackStreamError, Structure, unpacked

HELLO, LOGON, LOGOFF, GOODBYE, RESET = 0x01, 0x6A, 0x6B, 0x02, 0x0F
RUN, DISCARD, PULL = 0x10, 0x2F, 0x3F
BEGIN, COMMIT, ROLLBACK = 0x11, 0x12, 0x13
ROUTE, TELEMETRY = 0x66, 0x54
SUCCESS, RECORD, IGNORED, FAILURE = 0x70, 0x71, 0x7E, 0x7F

#: Name and types of the fields of each request.
REQUESTS: dict[int, tuple[str, tuple[type, ...]]] = {
    HELLO: ("HELLO", (dict,)),
    LOGON: ("LOGON", (dict,)),
    LOGOFF: ("LOGOFF", ()),
    GOODBYE: ("GOODBYE", ()),
    RESET: ("RESET", ()),
    RUN: ("RUN", (str, dict, dict)),
    DISCARD: ("DISCARD", (dict,)),
    PULL: ("PULL", (dict,)),
    BEGIN: ("BEGIN", (dict,)),
    COMMIT: ("COMMIT", ()),
    ROLLBACK: ("ROLLBACK", ()),
    ROUTE: ("ROUTE", (dict, list, dict)),
    TELEMETRY: ("TELEMETRY", (int,)),
}


class MessageError(ValueError):
    """Bytes that are no request: the connection cannot go on."""


@dataclass(frozen=True)
class Request:
    """One message of a client, its fields of the right number and types."""

    tag: int
    fields: tuple[Any, ...]

    @property
    def name(self) -> str:
        """As the protocol calls it."""
        return REQUESTS[self.tag][0]


def read(message: bytes) -> Request:
    """The request in a message.

    Raises:
        MessageError: there is none.
    """
    try:
        found = unpacked(message)
    except PackStreamError as error:
        raise MessageError(f"a message cannot be read: {error}") from None
    if not isinstance(found, Structure) or found.tag not in REQUESTS:
        raise MessageError(f"there is no such message: {message[:8].hex()}")
    name, types = REQUESTS[found.tag]
    fits = len(found.fields) == len(types)
    if not fits or not all(isinstance(value, kind) for value, kind in zip(found.fields, types, strict=True)):
        wanted = ", ".join(kind.__name__ for kind in types) or "nothing"
        raise MessageError(f"{name} takes {wanted}")
    return Request(found.tag, found.fields)


def success(**metadata: Any) -> Structure:
    """A request is done."""
    return Structure(SUCCESS, (metadata,))


def record(values: Any) -> Structure:
    """One row."""
    return Structure(RECORD, (values,))


def failure(metadata: dict[str, Any]) -> Structure:
    """A request has failed."""
    return Structure(FAILURE, (metadata,))


IGNORE = Structure(IGNORED, ())
