"""PackStream, version 1: values to bytes and back.

Source: https://neo4j.com/docs/bolt/current/packstream/
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: Levels of lists, maps and structures within each other that are read.
DEEPEST = 128
INTEGERS = range(-(2**63), 2**63)

_DOUBLE = struct.Struct(">d")
_NULL, _FLOAT, _FALSE, _TRUE = 0xC0, 0xC1, 0xC2, 0xC3
_BYTES, _STRING, _LIST, _MAP = 0xCC, 0xD0, 0xD4, 0xD8


class PackStreamError(ValueError):
    """Bytes that are no PackStream, or a value that PackStream has not."""


@dataclass(frozen=True)
class Structure:
    """A tag and at most 15 fields; what they mean is the protocol's."""

    tag: int
    fields: tuple[Any, ...]


def refuse(value: object) -> Any:
    """Stands in for a value that PackStream has not: there is nothing."""
    raise PackStreamError(f"PackStream has no {type(value).__name__}")


class Packer:
    """Writes values; what is none of PackStream's types goes through `replaced` first."""

    def __init__(self, replaced: Callable[[object], Any] = refuse) -> None:
        self._replaced = replaced

    def packed(self, value: object) -> bytes:
        """The bytes of one value.

        Raises:
            PackStreamError: it cannot be written.
        """
        out = bytearray()
        self.write(out, value)
        return bytes(out)

    def write(self, out: bytearray, value: Any) -> None:
        """Appends the bytes of one value."""
        kind = type(value)
        if kind is str:
            _write_string(out, value)
        elif kind is int:
            _write_integer(out, value)
        elif value is None:
            out.append(_NULL)
        elif kind is float:
            out.append(_FLOAT)
            out += _DOUBLE.pack(value)
        elif kind is bool:
            out.append(_TRUE if value else _FALSE)
        else:
            self._write_compound(out, value)

    def _write_compound(self, out: bytearray, value: Any) -> None:
        if isinstance(value, (list, tuple)):
            _write_size(out, len(value), 0x90, _LIST)
            for item in value:
                self.write(out, item)
        elif isinstance(value, Mapping):
            _write_size(out, len(value), 0xA0, _MAP)
            for key, item in value.items():
                _write_string(out, key)
                self.write(out, item)
        elif isinstance(value, Structure):
            self._write_structure(out, value)
        elif isinstance(value, (bytes, bytearray)):
            _write_length(out, len(value), _BYTES)
            out += value
        else:
            self.write(out, self._replaced(value))

    def _write_structure(self, out: bytearray, value: Structure) -> None:
        if len(value.fields) > 15:
            raise PackStreamError(f"a structure has at most 15 fields, not {len(value.fields)}")
        out += bytes((0xB0 + len(value.fields), value.tag))
        for item in value.fields:
            self.write(out, item)


def _write_integer(out: bytearray, value: int) -> None:
    if -16 <= value < 128:
        out.append(value & 0xFF)
    elif -128 <= value < -16:
        out += bytes((0xC8, value & 0xFF))
    elif -(2**15) <= value < 2**15:
        out.append(0xC9)
        out += value.to_bytes(2, "big", signed=True)
    elif -(2**31) <= value < 2**31:
        out.append(0xCA)
        out += value.to_bytes(4, "big", signed=True)
    elif value in INTEGERS:
        out.append(0xCB)
        out += value.to_bytes(8, "big", signed=True)
    else:
        raise PackStreamError(f"{value} has more than 64 bits")


def _write_string(out: bytearray, value: Any) -> None:
    if not isinstance(value, str):
        raise PackStreamError(f"a map's key is a string, not {value!r}")
    try:
        content = value.encode()
    except UnicodeEncodeError:
        raise PackStreamError(f"{value!r} is not text") from None
    _write_size(out, len(content), 0x80, _STRING)
    out += content


def _write_size(out: bytearray, size: int, tiny: int, marker: int) -> None:
    if size < 16:
        out.append(tiny + size)
    else:
        _write_length(out, size, marker)


def _write_length(out: bytearray, size: int, marker: int) -> None:
    for place, width in enumerate((1, 2, 4)):
        if size < 1 << 8 * width:
            out.append(marker + place)
            out += size.to_bytes(width, "big")
            return
    raise PackStreamError(f"a value of {size} bytes or items is too long")


def unpacked(data: bytes) -> Any:
    """The one value of these bytes.

    Raises:
        PackStreamError: they are not exactly one value.
    """
    reader = _Reader(data)
    value = reader.value(0)
    if reader.left:
        raise PackStreamError(f"{reader.left} bytes are left over")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._place

    def value(self, depth: int) -> Any:
        marker = self._take(1)[0]
        if marker < 0x80:
            return marker
        if marker >= 0xF0:
            return marker - 256
        high, low = marker & 0xF0, marker & 0x0F
        if high == 0x80:
            return self._string(low)
        if high in {0x90, 0xA0, 0xB0}:
            return self._compound(high, low, depth)
        return self._long(marker, depth)

    def _long(self, marker: int, depth: int) -> Any:
        simple = {_NULL: None, _TRUE: True, _FALSE: False}
        if marker in simple:
            return simple[marker]
        if marker == _FLOAT:
            return _DOUBLE.unpack(self._take(8))[0]
        if 0xC8 <= marker <= 0xCB:
            return int.from_bytes(self._take(1 << marker - 0xC8), "big", signed=True)
        for start in (_BYTES, _STRING, _LIST, _MAP):
            if start <= marker < start + 3:
                size = int.from_bytes(self._take(1 << marker - start), "big")
                return self._sized(start, size, depth)
        raise PackStreamError(f"no value begins with {marker:02X}")

    def _sized(self, start: int, size: int, depth: int) -> Any:
        if start == _BYTES:
            return self._take(size)
        if start == _STRING:
            return self._string(size)
        return self._compound(0x90 if start == _LIST else 0xA0, size, depth)

    def _compound(self, high: int, size: int, depth: int) -> Any:
        if depth >= DEEPEST:
            raise PackStreamError(f"values are nested deeper than {DEEPEST}")
        if size > self.left:
            # An item has a byte at least: nothing is made for a size that cannot be.
            raise PackStreamError(f"{size} items are said to be in {self.left} bytes")
        if high == 0x90:
            return [self.value(depth + 1) for _ in range(size)]
        if high == 0xA0:
            return self._map(size, depth)
        tag = self._take(1)[0]
        return Structure(tag, tuple(self.value(depth + 1) for _ in range(size)))

    def _map(self, size: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(size):
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise PackStreamError(f"a map's key is a string, not {key!r}")
            if key in found:
                raise PackStreamError(f"a map has the key {key!r} twice")
            found[key] = self.value(depth + 1)
        return found

    def _string(self, size: int) -> str:
        content = self._take(size)
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise PackStreamError("a string is not UTF-8") from None

    def _take(self, size: int) -> bytes:
        if size > self.left:
            raise PackStreamError(f"{size} bytes are missing at the end")
        taken = self._data[self._place : self._place + size]
        self._place += size
        return taken
