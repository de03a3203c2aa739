"""The column encoder writes what fastavro writes, for every record of the contract and to the edges of every type."""

from decimal import Decimal
from importlib import resources
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import records, wire
from schemas.codec.encode import CHUNK_ROWS, Coded, ColumnEncoder, Nullable

SCHEMA_ID = 7
RECORDS = sorted(path.name.removesuffix(".avsc") for path in (resources.files("schemas") / "avro").iterdir())


def edges(bits: int) -> st.SearchStrategy[int]:
    """Integers that lean to where their encoding grows by a byte."""
    limit = 1 << bits - 1
    near = st.builds(
        lambda power, sign, offset: max(-limit, min(limit - 1, sign * (1 << power) + offset)),
        st.integers(0, bits - 1),
        st.sampled_from([-1, 1]),
        st.integers(-2, 2),
    )
    return st.one_of(near, st.integers(-limit, limit - 1))


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an Avro type as fastavro takes them."""
    if isinstance(kind, list):
        return st.one_of(st.none(), *(values_of(other) for other in kind if other != "null"))
    base = kind["type"] if isinstance(kind, dict) else kind
    if base == "bytes" and isinstance(kind, dict):
        top = 10 ** kind["precision"] - 1
        cents = st.one_of(edges(64).filter(lambda value: abs(value) <= top), st.sampled_from([top, -top, 0]))
        return cents.map(lambda value: Decimal(value).scaleb(-kind["scale"]))
    if base == "enum":
        return st.sampled_from(kind["symbols"])
    if base == "map":
        return st.dictionaries(st.text(max_size=12), edges(64), max_size=3)
    return {
        "long": edges(64),
        "int": edges(32),
        "boolean": st.booleans(),
        "double": st.floats(),
        "string": st.text(max_size=40),
        "bytes": st.binary(max_size=40),
    }[base]


def column_of(kind: Any, values: list[Any]) -> Any:
    """The same values as the encoder takes them."""
    if isinstance(kind, list):
        (other,) = (candidate for candidate in kind if candidate != "null")
        valid = np.array([value is not None for value in values])
        filler = "" if other == "string" else b"" if other == "bytes" else 0
        return Nullable(column_of(other, [filler if value is None else value for value in values]), valid)
    base = kind["type"] if isinstance(kind, dict) else kind
    if base == "bytes" and isinstance(kind, dict):
        return np.array([int(value.scaleb(kind["scale"])) for value in values], np.int64)
    if base == "enum":
        return np.array([kind["symbols"].index(value) for value in values], np.uint8)
    if base in {"string", "bytes"}:
        return values
    if base == "map":
        return Coded(values, np.arange(len(values)))
    return np.array(values, {"long": np.int64, "int": np.int32, "boolean": np.bool_, "double": np.float64}[base])


@given(data=st.data(), record=st.sampled_from(RECORDS))
def test_bytes_are_fastavros(data: st.DataObject, record: str) -> None:
    schema = records.schema(record)
    row = st.fixed_dictionaries({field["name"]: values_of(field["type"]) for field in schema["fields"]})
    rows = data.draw(st.lists(row, min_size=1, max_size=12))
    columns = {f["name"]: column_of(f["type"], [one[f["name"]] for one in rows]) for f in schema["fields"]}
    expected = [wire.encode(one, schema, SCHEMA_ID) for one in rows]
    assert ColumnEncoder(schema, SCHEMA_ID).encode(columns).values() == expected


@given(data=st.data(), record=st.sampled_from(RECORDS))
def test_one_value_for_all_rows(data: st.DataObject, record: str) -> None:
    schema = records.schema(record)
    one = {field["name"]: data.draw(values_of(field["type"])) for field in schema["fields"]}
    encoded = ColumnEncoder(schema, SCHEMA_ID).encode(one, rows=3)
    assert encoded.values() == [wire.encode(one, schema, SCHEMA_ID)] * 3


def interactions(rows: int) -> dict[str, Any]:
    """Columns of interactions that differ from row to row."""
    number = np.arange(rows)
    return {
        "interaction_id": (5 << 40) + number,
        "customer_id": number * 7 + 1,
        "product_id": number % 300 + 1,
        "type": number % 5 + 1,
        "duration_seconds": number % 900,
        "device": (number % 3 + 1).astype(np.uint8),
        "session_id": (5 << 40) + number // 4,
        "ts": 1_760_000_000_000 + number,
    }


def test_chunks_join_without_a_seam() -> None:
    rows = 2 * CHUNK_ROWS + 5
    schema, columns = records.schema("interaction"), interactions(rows)
    values = ColumnEncoder(schema, SCHEMA_ID).encode(columns).values()
    assert len(values) == rows
    symbols = {name: records.symbols("interaction", name) for name in ("type", "device")}
    for at in (0, CHUNK_ROWS - 1, CHUNK_ROWS, rows - 1):
        one = {name: symbols[name][int(c[at])] if name in symbols else int(c[at]) for name, c in columns.items()}
        assert values[at] == wire.encode(one, schema, SCHEMA_ID)


def test_no_rows() -> None:
    assert ColumnEncoder(records.schema("interaction"), 1).encode(interactions(0)).values() == []


def test_texts_from_fixed_width_arrays() -> None:
    schema = records.schema("source")
    names = np.array(["a", "four", "eight888", "much longer than one word"]).astype("S")
    values = ColumnEncoder(schema, 1).encode({"name": names, "number": 3}).values()
    assert values == [wire.encode({"name": name.decode(), "number": 3}, schema, 1) for name in names.tolist()]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("duration_seconds", np.array([1 << 31])),
        ("type", np.array([6])),
        ("type", np.array([-1])),
        ("ts", np.array([0.5])),
        ("ts", np.arange(2)),
    ],
)
def test_a_value_that_does_not_fit_is_refused(column: str, value: np.ndarray[Any, Any]) -> None:
    with pytest.raises(ValueError, match=r"column"):
        ColumnEncoder(records.schema("interaction"), 1).encode(interactions(1) | {column: value})


def test_a_decimal_beyond_its_precision_is_refused() -> None:
    schema = records.schema("transaction")
    one = {"transaction_id": 1, "customer_id": 1, "product_id": 1, "quantity": 1, "ts": 0, "refers_to": None}
    with pytest.raises(ValueError, match="12 digits"):
        ColumnEncoder(schema, 1).encode(one | {"channel": "web", "status": "completed", "amount": np.array([10**12])})
