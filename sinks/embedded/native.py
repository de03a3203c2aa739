"""Native blocks as clients of a later protocol revision expect them; the engine writes revision 0.

From revision 1 a block begins with its info, from 54454 each column says whether its serialization is special.
"""

import re
from dataclasses import dataclass

from sinks.embedded.faults import NOT_IMPLEMENTED, ServerError

CUSTOM_SERIALIZATION = 54454
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"

_FIXED = {
    **dict.fromkeys(("Int8", "UInt8", "Bool", "Enum8", "Nothing"), 1),
    **dict.fromkeys(("Int16", "UInt16", "Date", "Enum16", "BFloat16"), 2),
    **dict.fromkeys(("Int32", "UInt32", "Float32", "Date32", "DateTime", "Decimal32", "IPv4", "Time"), 4),
    **dict.fromkeys(("Int64", "UInt64", "Float64", "DateTime64", "Decimal64", "Time64"), 8),
    **dict.fromkeys(("Int128", "UInt128", "Decimal128", "UUID", "IPv6"), 16),
    **dict.fromkeys(("Int256", "UInt256", "Decimal256"), 32),
}
_ALIASES = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}
_FIELD_NAME = re.compile(r"^(?:`(?:[^`\\]|\\.)*`|[A-Za-z_][A-Za-z0-9_]*) (?=.)")


def at_revision(block: bytes, revision: int) -> bytes:
    """A block of revision 0 (columns, rows, then name, type and data of each column) at a client's revision.

    Raises:
        ServerError: a column before the last has a type whose length cannot be told (JSON, Dynamic, aggregate states).
    """
    if revision <= 0:
        return block
    if revision < CUSTOM_SERIALIZATION:
        return BLOCK_INFO + block
    reader = _Reader(block)
    columns, rows = reader.varint(), reader.varint()
    pieces, written = [BLOCK_INFO], 0
    for index in range(columns):
        reader.skip_string()
        length = reader.varint()
        type_name = block[reader.position : reader.position + length].decode()
        reader.position += length
        pieces += [block[written : reader.position], b"\0"]
        written = reader.position
        if rows and index < columns - 1:
            _skip(reader, type_name, rows)
    pieces.append(block[written:])
    return b"".join(pieces)


@dataclass
class _Reader:
    data: bytes
    position: int = 0

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.position]
            self.position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def uint64(self) -> int:
        self.position += 8
        return int.from_bytes(self.data[self.position - 8 : self.position], "little")

    def skip_string(self) -> None:
        length = self.varint()
        self.position += length

    def skip_strings(self, count: int) -> None:
        data, position = self.data, self.position
        for _ in range(count):
            length = data[position]
            if length < 0x80:
                position += length + 1
            else:
                self.position = position
                self.skip_string()
                position = self.position
        self.position = position


def _skip(reader: _Reader, type_name: str, rows: int) -> None:
    _skip_prefix(reader, type_name)
    _skip_data(reader, type_name, rows)


def _skip_prefix(reader: _Reader, type_name: str) -> None:
    """Dictionary versions stand before the data of the whole column."""
    base, arguments = _split(type_name)
    if base == "LowCardinality":
        reader.position += 8
    else:
        for argument in arguments:
            _skip_prefix(reader, argument)


def _skip_data(reader: _Reader, type_name: str, rows: int) -> None:
    base, arguments = _split(type_name)
    if base in _FIXED:
        reader.position += _FIXED[base] * rows
    elif base == "String":
        reader.skip_strings(rows)
    elif base == "Nullable":
        reader.position += rows
        _skip_data(reader, arguments[0], rows)
    elif base in {"Array", "Map"}:
        reader.position += 8 * (rows - 1) if rows else 0
        total = reader.uint64() if rows else 0
        for argument in arguments:
            _skip_data(reader, argument, total)
    elif base == "Tuple":
        for argument in arguments:
            _skip_data(reader, argument, rows)
        reader.position += 0 if arguments else rows
    elif base == "LowCardinality":
        _skip_dictionary(reader, arguments[0], rows)
    elif base.startswith("FixedString "):
        reader.position += int(base.removeprefix("FixedString ")) * rows
    else:
        raise ServerError(
            NOT_IMPLEMENTED,
            f"Native blocks with {type_name} before the last column are not implemented for this client. "
            "Cast the column to String, or ask for another FORMAT",
        )


def _skip_dictionary(reader: _Reader, inner: str, rows: int) -> None:
    if not rows:
        return
    width = 1 << (reader.uint64() & 0xFF)
    keys = reader.uint64()
    _skip_data(
        reader, inner.removeprefix("Nullable(").removesuffix(")") if inner.startswith("Nullable(") else inner, keys
    )
    entries = reader.uint64()
    reader.position += width * entries


def _split(type_name: str) -> tuple[str, list[str]]:
    """A type's family and the types inside it; decimals, enums and fixed strings come out with their width."""
    type_name = _ALIASES.get(type_name, type_name)
    base, _, rest = type_name.partition("(")
    if base.startswith("Interval"):
        return "Int64", []
    if base in {"Array", "Nullable", "Tuple", "Map", "LowCardinality", "Nested"}:
        inner = [_FIELD_NAME.sub("", part) for part in _arguments(rest[:-1])]
        return ("Array", [f"Tuple({', '.join(inner)})"]) if base == "Nested" else (base, inner)
    if base == "SimpleAggregateFunction":
        return _split(_arguments(rest[:-1])[-1])
    if base == "FixedString":
        return f"FixedString {rest[:-1]}", []
    if base == "Decimal":
        precision = int(rest.split(",")[0])
        return next(
            f"Decimal{bits}" for bits, digits in ((32, 9), (64, 18), (128, 38), (256, 76)) if precision <= digits
        ), []
    return base, []


def _arguments(text: str) -> list[str]:
    """Splits at the commas that stand in no brackets and no quotes."""
    parts, depth, quote, start, position = [], 0, "", 0, 0
    while position < len(text):
        sign = text[position]
        if quote:
            position += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in "'`":
            quote = sign
        elif sign == "," and not depth:
            parts.append(text[start:position].strip())
            start = position + 1
        else:
            depth += (sign == "(") - (sign == ")")
        position += 1
    return [*parts, text[start:].strip()] if text.strip() else []
