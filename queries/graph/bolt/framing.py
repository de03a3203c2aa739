"""Messages in chunks: two bytes of length before each chunk, an empty chunk behind each message.

Source: https://neo4j.com/docs/bolt/current/bolt/message/#chunking
"""

LONGEST_CHUNK = 0xFFFF
#: An empty chunk between messages says nothing but that the server lives.
NOOP = b"\x00\x00"


class FramingError(ValueError):
    """A message longer than is taken."""


class Framer:
    """Puts messages together out of bytes as they come; `longest` is a message's most bytes and may be changed."""

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self._bytes = bytearray()
        self._message = bytearray()

    @property
    def pending(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._bytes or self._message)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are complete with these bytes.

        Raises:
            FramingError: one is too long.
        """
        self._bytes += data
        messages = []
        place = 0
        while place + 2 <= len(self._bytes):
            size = self._bytes[place] << 8 | self._bytes[place + 1]
            if len(self._message) + size > self.longest:
                raise FramingError(f"a message is longer than {self.longest} bytes")
            if place + 2 + size > len(self._bytes):
                break
            self._message += self._bytes[place + 2 : place + 2 + size]
            place += 2 + size
            if size == 0 and self._message:
                messages.append(bytes(self._message))
                self._message.clear()
        del self._bytes[:place]
        return messages


def chunked(out: bytearray, message: bytes | bytearray) -> None:
    """Appends a message in its chunks."""
    for start in range(0, len(message), LONGEST_CHUNK):
        piece = message[start : start + LONGEST_CHUNK]
        out += len(piece).to_bytes(2, "big")
        out += piece
    out += NOOP
