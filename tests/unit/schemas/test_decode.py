"""The column decoder against fastavro: the same values for every good message, a reason for every bad one."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import fastavro
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import records, wire
from schemas.codec.decode import EMPTY, EPOCH, ColumnDecoder
from schemas.errors import UnreachableError, WireError

SCHEMA_ID = 7
RECORDS = ("transaction", "interaction", "customer", "product", "dead_letter", "churn_alert")


def no_schema(schema_id: int) -> Any:
    raise WireError(f"the registry knows no schema {schema_id}")


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an Avro type as fastavro takes them."""
    if isinstance(kind, list):
        return st.one_of(*map(values_of, kind))
    if isinstance(kind, dict) and kind["type"] == "enum":
        return st.sampled_from(kind["symbols"])
    logical = kind.get("logicalType") if isinstance(kind, dict) else None
    if logical == "decimal":
        most = 10 ** kind["precision"] - 1
        return st.integers(-most, most).map(lambda cents: Decimal(cents).scaleb(-kind["scale"]))
    if logical == "timestamp-millis":
        most_ms = 253_402_300_799_999
        return st.integers(-most_ms // 10, most_ms).map(lambda ms: EPOCH + dt.timedelta(milliseconds=ms))
    if logical == "date":
        return st.dates()
    name = kind["type"] if isinstance(kind, dict) else kind
    return {
        "null": st.none(),
        "long": st.integers(-(1 << 63), (1 << 63) - 1),
        "int": st.integers(-(1 << 31), (1 << 31) - 1),
        "boolean": st.booleans(),
        "double": st.floats(allow_nan=False),
        "string": st.text(max_size=20),
        "bytes": st.binary(max_size=20),
    }[name]


def record_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({item["name"]: values_of(item["type"]) for item in records.schema(name)["fields"]})


def plain(value: Any) -> Any:
    """A value of fastavro's as a column holds it; enums apart."""
    if isinstance(value, Decimal):
        return int(value.scaleb(2))
    if isinstance(value, dt.datetime):
        return (value - EPOCH) // dt.timedelta(milliseconds=1)
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days
    return value.encode() if isinstance(value, str) else value


def row(name: str, decoded: Any, at: int) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for item in records.schema(name)["fields"]:
        field, kind = item["name"], item["type"]
        value = decoded.columns[field][at]
        value = value.item() if isinstance(value, np.generic) else value
        if isinstance(kind, dict) and kind["type"] == "enum":
            value = kind["symbols"][value].encode()
        out[field] = None if field in decoded.nulls and decoded.nulls[field][at] else value
    return out


def encode(name: str, record: dict[str, Any]) -> bytes:
    return wire.encode(record, records.schema(name), SCHEMA_ID)


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_reads_as_fastavro_wrote_it(name: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.lists(record_of(name), min_size=1, max_size=8))
    def check(written: list[dict[str, Any]]) -> None:
        decoded = ColumnDecoder(name, SCHEMA_ID, no_schema).decode([encode(name, record) for record in written])
        assert not decoded.bad
        assert [row(name, decoded, at) for at in range(len(written))] == [
            {field: plain(value) for field, value in record.items()} for record in written
        ]

    check()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(record_of("transaction"), min_size=1, max_size=6),
    st.lists(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda b: wire.frame(SCHEMA_ID) + b))),
    st.randoms(use_true_random=False),
)
def test_garbage_never_raises_and_never_touches_its_neighbours(
    written: list[dict[str, Any]], garbage: list[bytes], shuffle: random.Random
) -> None:
    decoder = ColumnDecoder("transaction", SCHEMA_ID, no_schema)
    good = [encode("transaction", record) for record in written]
    messages = good + garbage
    shuffle.shuffle(messages)
    decoded = decoder.decode(messages)
    assert sorted([*decoded.rows.tolist(), *(bad.row for bad in decoded.bad)]) == list(range(len(messages)))
    assert all(bad.reason for bad in decoded.bad)
    for at, place in enumerate(decoded.rows.tolist()):
        alone = decoder.decode([messages[place]])
        assert row("transaction", decoded, at) == row("transaction", alone, 0)
    assert {messages[bad.row] for bad in decoded.bad}.isdisjoint(good)


@settings(max_examples=150, deadline=None)
@given(record_of("interaction"), st.data())
def test_what_it_accepts_fastavro_accepts_with_the_same_values(record: dict[str, Any], data: st.DataObject) -> None:
    value = bytearray(encode("interaction", record))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(5, len(value) - 1))
        value[at] = data.draw(st.integers(0, 255))
    decoded = ColumnDecoder("interaction", SCHEMA_ID, no_schema).decode([bytes(value)])
    if len(decoded.rows):
        # Times beyond the year 9999 are numbers to us and an error to fastavro's conversion.
        bare = fastavro.parse_schema({**records.schema("interaction"), "fields": _bare("interaction")})
        read = wire.decode(bytes(value), bare)
        assert row("interaction", decoded, 0) == {field: plain(item) for field, item in read.items()}


def _bare(name: str) -> list[dict[str, Any]]:
    fields = []
    for item in records.schema(name)["fields"]:
        kind = item["type"]
        fields.append({**item, "type": kind["type"] if isinstance(kind, dict) and "logicalType" in kind else kind})
    return fields


TRANSACTION = {
    "transaction_id": (3 << 40) + 5,
    "customer_id": 42,
    "product_id": 9,
    "amount": Decimal("-12.50"),
    "quantity": 1,
    "channel": "web",
    "status": "refunded",
    "refers_to": (3 << 40) + 1,
    "ts": EPOCH + dt.timedelta(milliseconds=1_700_000_000_123),
}


def reason_of(value: bytes | None) -> str:
    good = encode("transaction", TRANSACTION)
    decoded = ColumnDecoder("transaction", SCHEMA_ID, no_schema).decode([good, value, good])
    assert decoded.rows.tolist() == [0, 2]
    assert decoded.columns["amount"].tolist() == [-1250, -1250]
    (bad,) = decoded.bad
    assert bad.row == 1
    return bad.reason


def test_each_kind_of_damage_has_its_reason() -> None:
    good = encode("transaction", TRANSACTION)
    header = wire.frame(SCHEMA_ID)
    assert reason_of(None) == EMPTY
    assert reason_of(good[:-1]) == "the record ends before its last field"
    assert reason_of(good + b"\0") == "bytes behind the record's end"
    assert reason_of(header + b"\xff" * 30) == "an integer takes more than 64 bits"
    assert reason_of(header + b"\x02\x02\x02" + b"\x01" + b"\0" * 20) == "a length is negative"
    assert reason_of(header + b"\x02\x02\x02\x00\x02" + b"\x40" + b"\0" * 20) == "an enum code is not below 5"
    assert reason_of(header + b"\x02\x02\x02\x00\x02\x00\x00\x06" + b"\0" * 9).startswith("a union's branch")
    assert reason_of(header + b"\x02\x02\x02" + b"\x14\x01" + b"\0" * 30) == "a decimal takes more than 64 bits"
    assert reason_of(b"\x01" + good[1:]) == "the first byte is 1, not 0"
    assert reason_of(wire.frame(99) + good[5:]) == "the registry knows no schema 99"


def test_fields_that_are_not_asked_for_are_stepped_over() -> None:
    decoder = ColumnDecoder("customer", SCHEMA_ID, no_schema, ["customer_id", "segment", "deleted"])
    record = {
        "customer_id": 5, "name": "Zoë", "email": "z@example.org", "segment": "VIP", "country": "NL", "version": 3,
        "registration_date": dt.date(2024, 1, 2), "acquisition_channel": "email", "deleted": True,
    }  # fmt: skip
    decoded = decoder.decode([encode("customer", record)])
    assert {name: column.tolist() for name, column in decoded.columns.items()} == {
        "customer_id": [5], "segment": [1], "deleted": [True],
    }  # fmt: skip
    with pytest.raises(ValueError, match="no fields"):
        ColumnDecoder("customer", SCHEMA_ID, no_schema, ["nonesuch"])


def test_another_version_of_the_schema_is_resolved_to_ours() -> None:
    later = records.schema("transaction")
    newer = {**later, "fields": [*later["fields"], {"name": "coupon", "type": "string", "default": ""}]}
    parsed = fastavro.parse_schema({key: value for key, value in newer.items() if not key.startswith("__")})
    other = wire.encode({**TRANSACTION, "coupon": "SPRING"}, parsed, 8)
    decoder = ColumnDecoder("transaction", SCHEMA_ID, {8: parsed}.__getitem__)
    decoded = decoder.decode([encode("transaction", TRANSACTION), other, b"x", encode("transaction", TRANSACTION)])
    assert decoded.rows.tolist() == [0, 1, 3]
    assert row("transaction", decoded, 1) == row("transaction", decoded, 0) == row("transaction", decoded, 2)
    assert [bad.row for bad in decoded.bad] == [2]


def test_a_registry_that_is_away_is_not_taken_for_a_bad_record() -> None:
    def away(_: int) -> Any:
        raise UnreachableError("away")

    with pytest.raises(UnreachableError):
        ColumnDecoder("transaction", SCHEMA_ID, away).decode([wire.frame(99) + b"\0"])


def test_nothing_decodes_to_nothing() -> None:
    assert ColumnDecoder("transaction", SCHEMA_ID, no_schema).decode([]).rows.tolist() == []
