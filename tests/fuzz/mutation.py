"""Valid inputs made wrong: bits, ends, pieces of others, lengths that lie, numbers without end."""

import random
from collections.abc import Callable, Sequence
from typing import Literal

from queries.graph.bolt.handshake import varint

#: No input grows beyond this, so that a million of them are soon read.
LONGEST = 1 << 14
#: Where encodings and widths end.
EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 40,
         (1 << 62) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
NUMBERS = (b"-1", b"0", b"2147483648", b"-9223372036854775809", b"18446744073709551616", b"1e400", b"9" * 400, b"NaN")


def mutated(draw: random.Random, seeds: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """One of the seeds with one to four things done to it; `words` are pieces that mean something to its reader."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 4))):
        draw.choice(WAYS)(draw, data, seeds, words)
    return bytes(data[:LONGEST])


def _place(draw: random.Random, data: bytearray) -> int:
    return int(draw.random() * (len(data) + 1))


def _span(draw: random.Random, data: bytearray) -> slice:
    start = _place(draw, data)
    return slice(start, start + draw.choice((1, 1, 2, 4, 8, 32, len(data) + 1)))


def _flip(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    if data:
        data[_place(draw, data) % len(data)] ^= 1 << draw.randrange(8)


def _byte(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    if data:
        data[_place(draw, data) % len(data)] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))


def _insert(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    at = _place(draw, data)
    data[at:at] = draw.randbytes(draw.choice((1, 2, 4, 9)))


def _delete(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    del data[_span(draw, data)]


def _cut(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    del data[_place(draw, data) :]


def _repeat(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    span = _span(draw, data)
    times = draw.choice((1, 1, 2, 3, 40))
    data[span.start : span.start] = bytes(data[span]) * times
    del data[LONGEST:]


def _splice(draw: random.Random, data: bytearray, seeds: Sequence[bytes], *_: Sequence[bytes]) -> None:
    other = draw.choice(seeds)
    piece = other[int(draw.random() * (len(other) + 1)) :]
    if draw.random() < 0.5:
        del data[_place(draw, data) :]
        data += piece
    else:
        data[_span(draw, data)] = piece[:64]


def _lie(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    """A number over what may have been a length: as Avro has it, or in one, two, four or eight bytes either way."""
    value = draw.choice(EDGES) if draw.random() < 0.7 else draw.getrandbits(draw.randrange(1, 71))
    width = draw.choice((0, 1, 2, 4, 8))
    order: Literal["big", "little"] = "big" if draw.random() < 0.5 else "little"
    lie = varint(value) if not width else (value % (1 << 8 * width)).to_bytes(width, order)
    at = _place(draw, data)
    data[at : at + draw.choice((1, len(lie)))] = lie


def _number(draw: random.Random, data: bytearray, *_: Sequence[bytes]) -> None:
    """Digits of a text become a number that may not fit."""
    digits = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    at = draw.choice(digits) if digits else _place(draw, data)
    data[at : at + 1] = draw.choice(NUMBERS)


def _word(draw: random.Random, data: bytearray, _: Sequence[bytes], words: Sequence[bytes]) -> None:
    if words:
        at = _place(draw, data)
        data[at : at + draw.choice((0, 0, 1, 4))] = draw.choice(words)


Way = Callable[[random.Random, bytearray, Sequence[bytes], Sequence[bytes]], None]
WAYS: tuple[Way, ...] = (
    _flip,
    _flip,
    _byte,
    _byte,
    _insert,
    _delete,
    _cut,
    _repeat,
    _splice,
    _lie,
    _lie,
    _number,
    _word,
)
