"""A file that says it is UTF-8 and is not everywhere: its bytes as UTF-8 all the same, what is spoilt marked as such.

pyarrow breaks off at a row that has too many values and is not UTF-8; so it never sees a byte that is none.
"""

import codecs
import io
from typing import Any

#: Stands before what a spoilt byte is written as (\\xc4); Unicode keeps it out of all text.
MARK = "\ufdd0"
_RULE = "c360-spoilt"
#: A character of UTF-8 has so many bytes at most.
_LONGEST = 4


def _written(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(f"{MARK}\\x{byte:02x}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_RULE, _written)


class Checked(io.RawIOBase):
    """The bytes of a source, to be read once."""

    def __init__(self, source: Any) -> None:
        """`source` has read(size)."""
        self._source, self._rest, self._ready = source, b"", b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, none at the end."""
        while not self._ready:
            block = bytes(self._source.read(size) if size >= 0 else self._source.read())
            if not block and not self._rest:
                return b""
            whole = self._rest + block
            cut = _cut(whole) if block else len(whole)
            self._ready, self._rest = _checked(whole[:cut]), whole[cut:]
        given = self._ready if size < 0 else self._ready[:size]
        self._ready = self._ready[len(given) :]
        return given


def _cut(block: bytes) -> int:
    """Where the last character begins if its end is still to come, else the end."""
    for back in range(1, min(_LONGEST, len(block) + 1)):
        byte = block[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(block) - back if needed > back else len(block)
        if byte < 0x80:
            break
    return len(block)


def _checked(block: bytes) -> bytes:
    try:
        block.decode()
    except UnicodeDecodeError:
        return block.decode("utf-8", _RULE).encode()
    return block
