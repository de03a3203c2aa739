"""Which version is spoken: four proposals of the client, each one version or a range, or the manifest.

Source: https://neo4j.com/docs/bolt/current/bolt/handshake/
"""

from dataclasses import dataclass

MAGIC = b"\x60\x60\xb0\x17"
#: Magic and four proposals.
OPENING = 20
#: Asks for, and announces, the list of all versions.
MANIFEST = b"\x00\x00\x01\xff"
NONE = bytes(4)

Version = tuple[int, int]

#: What is spoken, the best first. There is no 5.5.
RANGES: tuple[tuple[Version, int], ...] = (((5, 8), 2), ((5, 4), 4), ((4, 4), 0))
VERSIONS: tuple[Version, ...] = tuple(
    (major, minor - step) for (major, minor), back in RANGES for step in range(back + 1)
)
#: Bytes of the longest 64-bit number in groups of seven bits.
LONGEST_VARINT = 10


class HandshakeError(ValueError):
    """No Bolt, or none that is spoken here."""


@dataclass(frozen=True)
class Agreed:
    """What to answer; the version, unless the client has yet to choose from the manifest."""

    answer: bytes
    version: Version | None


def negotiated(opening: bytes) -> Agreed:
    """The answer to a client's first 20 bytes.

    Raises:
        HandshakeError: it is not Bolt, or no proposal can be met.
    """
    if opening[:4] != MAGIC:
        raise HandshakeError(_not_bolt(opening))
    proposals = [opening[start : start + 4] for start in range(4, OPENING, 4)]
    for proposal in proposals:
        if proposal == MANIFEST:
            return Agreed(manifest(), None)
        if version := _met(proposal):
            return Agreed(bytes((0, 0, version[1], version[0])), version)
    asked = " ".join(proposal.hex() for proposal in proposals)
    raise HandshakeError(f"none of the versions asked for is spoken here: {asked}")


def manifest() -> bytes:
    """All ranges of versions, and no capabilities."""
    ranges = b"".join(bytes((0, back, minor, major)) for (major, minor), back in RANGES)
    return MANIFEST + varint(len(RANGES)) + ranges + varint(0)


def chosen(proposal: bytes) -> Version:
    """The one version that a client takes from the manifest.

    Raises:
        HandshakeError: it was not on offer.
    """
    version = proposal[3], proposal[2]
    if proposal[:2] != b"\x00\x00" or version not in VERSIONS:
        raise HandshakeError(f"the version chosen was not offered: {proposal.hex()}")
    return version


def varint(number: int) -> bytes:
    """Groups of seven bits, the lowest first; all but the last have their highest bit set."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def from_varint(data: bytes) -> int:
    """The number that varint() wrote."""
    return sum((byte & 0x7F) << 7 * place for place, byte in enumerate(data))


def _met(proposal: bytes) -> Version | None:
    back, minor, major = proposal[1], proposal[2], proposal[3]
    asked = {(major, minor - step) for step in range(min(back, minor) + 1)}
    return next((version for version in VERSIONS if version in asked), None)


def _not_bolt(opening: bytes) -> str:
    if opening.split(b" ")[0] in {b"GET", b"POST", b"PUT", b"HEAD", b"OPTIONS", b"DELETE", b"PATCH", b"CONNECT"}:
        return "this port speaks Bolt, not HTTP or WebSocket"
    if opening[:2] == b"\x16\x03":
        return "the client speaks TLS and this port does not: set C360_BOLT_TLS_CERTIFICATE, or connect with bolt://"
    return f"this is not Bolt: {opening.hex()}"
