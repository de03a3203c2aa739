"""Columns of one Avro type as pieces: up to eight bytes of each row, held in a 64-bit word, and how many of them count.

A row is written by storing the words of its pieces one after another, each over the unused bytes of the one before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

#: Bits a variable-length integer holds in the eight bytes of one word.
WORD_BITS = 56
CONTINUED = 0x8080_8080_8080_8080


@dataclass(frozen=True)
class Piece:
    """`word`: bytes in memory order, zero from `width` on; `width`: how many count, 0 to `most` (at most 8).

    Both are columns, or scalars where every row has the same.
    """

    word: Words | np.uint64
    width: Words | int
    most: int

    def then(self, after: "Piece") -> "Piece":
        """Both in one word, where self.most + after.most is at most 8."""
        shift = self.width * 8 if isinstance(self.width, np.ndarray) else np.uint64(self.width * 8)
        return Piece(self.word | (after.word << shift), _sum(self.width, after.width), self.most + after.most)

    def only_where(self, valid: Words) -> "Piece":
        """The same with width 0 in the rows where `valid` is 0 instead of 1."""
        return Piece(self.word * valid, valid * np.asarray(self.width, np.uint64), self.most)


def fused(pieces: Sequence[Piece]) -> list[Piece]:
    """The same bytes in as few pieces as neighbours fit together."""
    out: list[Piece] = []
    for piece in pieces:
        if out and out[-1].most + piece.most <= 8:
            out[-1] = out[-1].then(piece)
        else:
            out.append(piece)
    return out


def constant(encoded: bytes) -> list[Piece]:
    """The same bytes in every row."""
    parts = [encoded[at : at + 8] for at in range(0, len(encoded), 8)]
    return [Piece(np.uint64(int.from_bytes(part, "little")), len(part), len(part)) for part in parts]


def integers(values: npt.NDArray[Any]) -> list[Piece]:
    """Avro int and long: zigzag, then seven bits a byte, least significant first.

    Source: https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1
    """
    signed = values.astype(np.int64, copy=False)
    return _varints(((signed << 1) ^ (signed >> 63)).view(np.uint64))


def _varints(values: Words) -> list[Piece]:
    highest = int(values.max())
    if highest < 1 << WORD_BITS:
        width, most = _widths(values, int(values.min()), highest, bits=7)
        return [Piece(_spread(values, width, most), width, most)]
    low, high = values & np.uint64((1 << WORD_BITS) - 1), values >> np.uint64(WORD_BITS)
    wide = high > 0
    width = np.where(wide, np.uint64(8), _widths(low, 0, (1 << WORD_BITS) - 1, bits=7)[0])
    first = _spread(low, width, 8) | (wide.astype(np.uint64) << np.uint64(63))
    rest_width = 1 + (high >= 0x80).astype(np.uint64)
    rest = Piece(_spread(high, rest_width, 2), rest_width, 2)
    return [Piece(first, width, 8), rest.only_where(wide.astype(np.uint64))]


def _widths(values: Words, lowest: int, highest: int, bits: int, first: int = 0) -> tuple[Words | int, int]:
    """Groups of `bits` bits that each value needs (the first holds `first` or else `bits`), and the most of all."""
    limits = [1 << at for at in range(first or bits, 64, bits)]
    least = 1 + sum(lowest >= limit for limit in limits)
    most = 1 + sum(highest >= limit for limit in limits)
    if least == most:
        return most, most
    width = np.full(len(values), least, np.uint64)
    for limit in limits[least - 1 : most - 1]:
        width += values >= limit
    return width, most


def _sum(left: Words | int, right: Words | int) -> Words | int:
    """Both widths together; numpy's own typing loses the unsigned type of a column plus a plain number."""
    if isinstance(left, np.ndarray):
        return left + (right if isinstance(right, np.ndarray) else np.uint64(right))
    return left + right if not isinstance(right, np.ndarray) else np.uint64(left) + right


def _spread(values: Words, width: Words | int, most: int) -> Words:
    """Seven bits of each value to each byte, with the continuation bit in all but the last."""
    if most == 1:
        return values
    if most > 4:
        values = (values & np.uint64(0x0FFF_FFFF)) | ((values & np.uint64(0x00FF_FFFF_F000_0000)) << np.uint64(4))
    if most > 2:
        values = (values & np.uint64(0x0000_3FFF_0000_3FFF)) | (
            (values & np.uint64(0x0FFF_C000_0FFF_C000)) << np.uint64(2)
        )
    values = (values & np.uint64(0x007F_007F_007F_007F)) | ((values & np.uint64(0x3F80_3F80_3F80_3F80)) << np.uint64(1))
    if isinstance(width, np.ndarray):
        return values | (
            ((np.uint64(1) << ((width - np.uint64(1)) << np.uint64(3))) - np.uint64(1)) & np.uint64(CONTINUED)
        )
    return values | np.uint64(CONTINUED & ((1 << 8 * (width - 1)) - 1))


def decimals(unscaled: npt.NDArray[Any], precision: int) -> list[Piece]:
    """Avro decimal in bytes: the length, then two's complement, big-endian, as short as the magnitude and a sign bit.

    Raises:
        ValueError: a value has more than `precision` digits.
    """
    signed = unscaled.astype(np.int64, copy=False)
    if precision < 19 and (int(signed.max()) >= 10**precision or int(signed.min()) <= -(10**precision)):
        raise ValueError(f"a decimal has more than {precision} digits")
    magnitude = np.abs(signed).view(np.uint64)
    width, most = _widths(magnitude, int(magnitude.min()), int(magnitude.max()), bits=8, first=7)
    if isinstance(width, np.ndarray):
        prefix = Piece(width << np.uint64(1), 1, 1)
        shift = np.uint64(64) - (width << np.uint64(3))
        return [prefix, Piece((signed.view(np.uint64) << shift).byteswap(), width, most)]
    return [*constant(bytes([2 * width])), Piece((signed << (64 - 8 * width)).view(np.uint64).byteswap(), width, most)]


def doubles(values: npt.NDArray[Any]) -> list[Piece]:
    """Avro double: eight bytes, least significant first."""
    return [Piece(values.astype("<f8").view(np.uint64), 8, 8)]


def texts(values: npt.NDArray[np.bytes_] | Sequence[str | bytes]) -> list[Piece]:
    """Avro string and bytes: the length, then the bytes. An array of dtype S drops closing NULs."""
    words, lengths = packed(values)
    return [*integers(lengths), *_columns(words, lengths)]


def packed(values: npt.NDArray[np.bytes_] | Sequence[str | bytes]) -> tuple[Words, npt.NDArray[np.int64]]:
    """Texts as words (values x words for the longest), NULs behind each text, and the length of each."""
    if isinstance(values, np.ndarray):
        array, lengths = values, np.strings.str_len(values)
    else:
        encoded = [value.encode() if isinstance(value, str) else value for value in values]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        array = np.array(encoded, dtype="S")
    padded = np.zeros((len(array), -(-array.itemsize // 8) * 8), np.uint8)
    padded[:, : array.itemsize] = np.ascontiguousarray(array).view(np.uint8).reshape(len(array), -1)
    return padded.view(np.uint64), lengths


def coded(words: Words, lengths: npt.NDArray[np.int64], codes: npt.NDArray[Any]) -> list[Piece]:
    """Bytes picked by code from a dictionary that `packed` made."""
    return _columns(words.take(codes, axis=0), lengths.take(codes))


def _columns(words: Words, lengths: npt.NDArray[np.int64]) -> list[Piece]:
    longest = int(lengths.max())
    pieces = []
    for at in range(0, longest, 8):
        width = np.clip(lengths - at, 0, 8).astype(np.uint64)
        pieces.append(Piece(np.ascontiguousarray(words[:, at // 8]), width, min(8, longest - at)))
    return pieces
