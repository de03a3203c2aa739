"""The bytes of a file as pyarrow is given them; one that says it is UTF-8 and is not everywhere is so all the same.

pyarrow breaks off at a row that has too many values and is not UTF-8; so it never sees a byte that is none, but a mark.
"""

import codecs
import io
import threading
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

    def __init__(self, source: Any, utf8: bool = True) -> None:
        """`source` has read(size); what is in another encoding than UTF-8 is left as it is."""
        self._source, self._utf8, self._rest, self._ready = source, utf8, b"", b""
        self._ended, self._reading = False, threading.Lock()

    def end(self) -> None:
        """Returns when nobody reads any more; whoever tries is at the end."""
        self._ended = True
        with self._reading:
            pass

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, none at the end."""
        with self._reading:
            return self._read(size)

    def _read(self, size: int) -> bytes:
        while not self._ready and not self._ended:
            block = bytes(self._source.read(size) if size >= 0 else self._source.read())
            if not block and not self._rest:
                return b""
            whole = self._rest + block
            cut = _cut(whole) if block and self._utf8 else len(whole)
            self._ready, self._rest = _checked(whole[:cut]) if self._utf8 else whole, whole[cut:]
        given = b"" if self._ended else self._ready if size < 0 else self._ready[:size]
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
