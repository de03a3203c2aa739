"""Reads one Avro value at a time from many messages at once: a position in each, moved along together.

A message that turns out malformed is marked and left; nothing it holds can move a neighbour's position.
"""

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]

#: Bytes behind the last message, so that a 64-bit load at any message's end stays inside the buffer.
PADDING = 16
CONTINUED = np.uint64(0x8080_8080_8080_8080)
#: Longest encoding of a 64-bit integer.
VARINT_BYTES = 10

#: Neighbouring groups of 7, 14 and 28 bits: the lower, the upper, and the gap between them.
_GROUPS = tuple(
    (np.uint64(low), np.uint64(low << shift), np.uint64(gap))
    for low, shift, gap in (
        (0x007F_007F_007F_007F, 8, 1),
        (0x0000_3FFF_0000_3FFF, 16, 2),
        (0x0000_0000_0FFF_FFFF, 32, 4),
    )
)

TRUNCATED = "the record ends before its last field"
TOO_LONG = "an integer takes more than 64 bits"


class Cursor:
    """Positions in messages that lie behind one another in a buffer."""

    def __init__(self, buffer: bytes, starts: Longs, ends: Longs) -> None:
        """`buffer` ends in PADDING bytes that belong to no message; message i is buffer[starts[i]:ends[i]]."""
        self._buffer = buffer
        # One unaligned 64-bit load at every byte.
        self._words = np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))
        self._bytes = np.frombuffer(buffer, np.uint8)
        self.at = starts.copy()
        self.ends = ends
        self.bad: dict[int, str] = {}

    def fail(self, wrong: npt.NDArray[np.bool_], reason: str) -> None:
        """Marks messages (a mask over all) as malformed; the first reason of each stays."""
        for row in np.flatnonzero(wrong).tolist():
            self.bad.setdefault(row, reason)
            self.at[row] = self.ends[row]

    def varints(self) -> npt.NDArray[np.uint64]:
        """The next variable-length integer of each message, before zigzag."""
        at = self.at
        first = self._bytes[at]
        if first.max(initial=0) < 0x80:
            # As codes, branches and small counts are: a byte each.
            self.at = at + 1
            if (self.at > self.ends).any():
                self.fail(self.at > self.ends, TRUNCATED)
            return first.astype(np.uint64)
        words = self._words[at]
        stops = ~words & CONTINUED
        stop = stops & (~stops + np.uint64(1))
        below = stop - np.uint64(1)
        widths = (np.bitwise_count(below) >> 3) + np.uint8(1)
        values = _compressed(words & below)
        self.at = at + widths
        wrong = self.at > self.ends
        if not stops.all():
            for row in np.flatnonzero(stops == 0).tolist():
                value, width = self._long_varint(int(at[row]), int(self.ends[row]))
                values[row], self.at[row] = value, at[row] + width
                wrong[row] = width == 0
                if width == 0 and self.ends[row] - at[row] > VARINT_BYTES - 1:
                    self.bad.setdefault(row, TOO_LONG)
        if wrong.any():
            self.fail(wrong, TRUNCATED)
        return values

    def _long_varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for width, byte in enumerate(self._buffer[at : min(end, at + VARINT_BYTES)]):
            value |= (byte & 0x7F) << 7 * width
            if byte < 0x80:
                return (value, width + 1) if value < 1 << 64 else (0, 0)
        return 0, 0

    def longs(self) -> Longs:
        """The next Avro int or long of each message."""
        values = self.varints()
        return ((values >> np.uint64(1)) ^ (~(values & np.uint64(1)) + np.uint64(1))).view(np.int64)

    def lengths(self) -> Longs:
        """The next length of each message, none of them negative or beyond the message's end."""
        lengths = self.longs()
        if (lengths < 0).any():
            self.fail(lengths < 0, "a length is negative")
        beyond = lengths > self.ends - self.at
        if beyond.any():
            self.fail(beyond, TRUNCATED)
        if self.bad:
            lengths[list(self.bad)] = 0
        return lengths

    def fixed(self, width: int) -> npt.NDArray[np.uint64]:
        """The next `width` bytes (at most 8) of each message, least significant first."""
        words = self._words[self.at]
        self.at = self.at + width
        if (self.at > self.ends).any():
            self.fail(self.at > self.ends, TRUNCATED)
        return words & np.uint64((1 << 8 * width) - 1)

    def big_endian(self, lengths: Longs) -> Longs:
        """The signed big-endian integers of the given lengths at the positions; moves behind them."""
        words = self._words[self.at].byteswap().view(np.int64)
        values = words >> (64 - 8 * np.clip(lengths, 1, 8))
        values[lengths == 0] = 0
        if (lengths > 8).any():
            wide = lengths > 8
            for row in np.flatnonzero(wide).tolist():
                start = int(self.at[row])
                value = int.from_bytes(self._buffer[start : start + int(lengths[row])], "big", signed=True)
                wide[row] = not -(1 << 63) <= value < 1 << 63
                values[row] = 0 if wide[row] else value
            self.at = self.at + lengths
            self.fail(wide, "a decimal takes more than 64 bits")
            return values
        self.at = self.at + lengths
        return values

    def subset(self, rows: npt.NDArray[np.int64]) -> "Cursor":
        """A cursor over some of the messages; give it back with `merge`."""
        part = object.__new__(Cursor)
        part.__dict__.update(self.__dict__)
        part.at, part.ends, part.bad = self.at[rows], self.ends[rows], {}
        return part

    def merge(self, part: "Cursor", rows: npt.NDArray[np.int64]) -> None:
        """Takes over how far a subset has come, and what was wrong with it."""
        self.at[rows] = part.at
        for row, reason in part.bad.items():
            self.bad.setdefault(int(rows[row]), reason)

    def text(self, start: int, length: int) -> bytes:
        """Bytes of the buffer."""
        return self._buffer[start : start + length]


def _compressed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Seven bits of each byte, put together."""
    words = words & np.uint64(0x7F7F_7F7F_7F7F_7F7F)
    for low, high, shift in _GROUPS:
        words = (words & low) | ((words & high) >> shift)
    return words
