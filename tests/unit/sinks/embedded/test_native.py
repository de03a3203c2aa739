"""Native blocks at a client's revision, for every kind of type that has to be passed over."""

import struct

import pytest

from sinks.embedded.faults import ServerError
from sinks.embedded.native import BLOCK_INFO, at_revision


def _text(value: str) -> bytes:
    return bytes([len(value)]) + value.encode()


def _column(name: str, kind: str, data: bytes) -> tuple[bytes, bytes]:
    return _text(name) + _text(kind), data


U64 = struct.Struct("<Q").pack
DICTIONARY = U64(1) + U64(0x600) + U64(2) + b"\0\1x" + U64(2) + b"\1\1"
CASES = [
    ("UInt8", b"\1\2"),
    ("DateTime64(3, 'UTC')", bytes(16)),
    ("Decimal(12, 2)", bytes(16)),
    ("Decimal(40, 2)", bytes(64)),
    ("FixedString(3)", b"abcdef"),
    ("Enum8('a, (b' = 1, 'c\\'' = 2)", b"\1\2"),
    ("String", _text("a") + b"\x81\x01" + bytes(129)),
    ("Nullable(UInt16)", b"\0\1" + bytes(4)),
    ("Array(UInt32)", U64(1) + U64(3) + bytes(12)),
    ("Array(Nullable(String))", U64(0) + U64(1) + b"\0" + _text("x")),
    ("Map(String, UInt8)", U64(1) + U64(1) + _text("k") + b"\7"),
    ("Tuple(a UInt8, `b c` String)", b"\1\2" + _text("x") + _text("y")),
    ("LowCardinality(String)", DICTIONARY),
    ("LowCardinality(Nullable(String))", DICTIONARY),
    ("Array(LowCardinality(String))", U64(1) + U64(1) + U64(2) + U64(0x600) + U64(2) + b"\0\1x" + U64(2) + b"\1\1"),
    ("Nested(x UInt8, y String)", U64(0) + U64(1) + b"\1" + _text("x")),
    ("SimpleAggregateFunction(sum, UInt64)", bytes(16)),
    ("IntervalDay", bytes(16)),
    ("Polygon", U64(0) + U64(0)),
]


@pytest.mark.parametrize(("kind", "data"), CASES)
def test_columns_behind_each_type_are_found(kind: str, data: bytes) -> None:
    if kind == "Array(LowCardinality(String))":
        # The dictionary's version stands before the offsets of the array.
        data = U64(1) + U64(1) + U64(2) + U64(0x600) + U64(2) + b"\0\1x" + U64(2) + b"\1\1"
    columns = [_column("a", kind, data), _column("b", "UInt8", b"\5\6")]
    block = b"\2\2" + b"".join(head + content for head, content in columns)
    expected = BLOCK_INFO + b"\2\2" + b"".join(head + b"\0" + content for head, content in columns)
    assert at_revision(block, 54454) == expected


def test_earlier_revisions() -> None:
    block = b"\1\1" + b"".join(_column("a", "UInt8", b"\1"))
    assert at_revision(block, 0) == block
    assert at_revision(block, 54405) == BLOCK_INFO + block


def test_types_of_unknown_length_may_stand_last_only() -> None:
    json, number = _column("j", "JSON", b"whatever"), _column("n", "UInt8", b"\1")
    assert at_revision(b"\2\1" + b"".join(number + json), 54454).endswith(b"\0whatever")
    with pytest.raises(ServerError, match="JSON"):
        at_revision(b"\2\1" + b"".join(json + number), 54454)


def test_blocks_without_rows() -> None:
    block = b"\1\0" + _text("a") + _text("JSON")
    assert at_revision(block, 54454) == BLOCK_INFO + block + b"\0"
