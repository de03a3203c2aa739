"""What is well-formed Avro, where fastavro reads on."""

from typing import Any

import fastavro
import pytest

from schemas import wellformed, wire
from schemas.errors import WireError

NODE = {"type": "record", "name": "Node", "fields": [{"name": "next", "type": ["null", "Node"]}]}


def record(kind: Any) -> Any:
    return fastavro.parse_schema({"type": "record", "name": "R", "fields": [{"name": "x", "type": kind}]})


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        ({"type": "enum", "name": "E", "symbols": ["a", "b"]}, "01", "an enum code is not below 2"),
        (["null", "long"], "0106", "a union's branch is not below 2"),
        ("string", "0161", "a length is negative"),
        ("bytes", "0161", "a length is negative"),
        ("boolean", "02", "a boolean is neither 0 nor 1"),
        ("int", "8080808010", "an int takes more than 32 bits"),
        ("long", "FFFFFFFFFFFFFFFFFF02", "an integer takes more than 64 bits"),
        ("long", "FF" * 10 + "01", "an integer takes more than 64 bits"),
        ({"type": "array", "items": "null"}, "8080808080808020", "items is not there"),
        ({"type": "map", "values": "long"}, "0301", "a block's size is negative"),
        ({"type": "fixed", "name": "F", "size": 4}, "010203", "ends before its last field"),
    ],
)
def test_what_fastavro_would_read_as_something_else_is_no_record(kind: Any, body: str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        wire.decode(wire.frame(1) + bytes.fromhex(body), record(kind))


@pytest.mark.parametrize(
    ("kind", "body", "value"),
    [
        ({"type": "array", "items": "long"}, "03040204 00", [1, 2]),
        ({"type": "map", "values": NODE}, "02 0261 0200 00", {"a": {"next": {"next": None}}}),
        ({"type": "fixed", "name": "F", "size": 2}, "0102", b"\x01\x02"),
        ("long", "8080808080808080 8000", 0),
    ],
)
def test_what_is_well_formed_is_read(kind: Any, body: str, value: Any) -> None:
    message = wire.frame(1) + bytes.fromhex(body)
    assert wire.decode(message, record(kind)) == {"x": value}
    assert wellformed.behind(message, wire.HEADER.size, record(kind)) == len(message)


def test_a_type_is_known_by_name_where_its_definition_was_not_stepped_over() -> None:
    fields = [{"name": "a", "type": ["null", NODE]}, {"name": "b", "type": ["null", "Node"]}]
    schema = fastavro.parse_schema({"type": "record", "name": "R", "fields": fields})
    assert wire.decode(wire.frame(1) + bytes.fromhex("000200"), schema) == {"a": None, "b": {"next": None}}


def test_a_record_within_itself_without_end_is_no_record() -> None:
    with pytest.raises(WireError, match="not a record of its schema"):
        wire.decode(wire.frame(1) + b"\x02" * 100_000, fastavro.parse_schema(NODE))
