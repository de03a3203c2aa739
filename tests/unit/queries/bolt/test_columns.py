"""Values of each of ClickHouse's types, out of its JSON."""

import datetime as dt
import math
from typing import Any

import pytest

from queries.graph.bolt.columns import decoder, parts

MOMENT = dt.datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=dt.UTC)
DAY = dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    ("type_name", "written", "value"),
    [
        ("Decimal(38, 2)", "0.10", 0.1),
        ("Nullable(Decimal(12, 2))", None, None),
        ("Float64", 1, 1.0),
        ("Float64", "inf", math.inf),
        ("Date32", "2026-01-31", DAY),
        ("LowCardinality(Nullable(Date))", "2026-01-31", DAY),
        ("DateTime64(3, 'UTC')", "2026-01-31T12:00:00.123Z", MOMENT),
        ("DateTime", "2026-01-31T12:00:00Z", MOMENT.replace(microsecond=0)),
        ("Array(Date)", ["2026-01-31"], [DAY]),
        ("Array(Nullable(Decimal(9, 1)))", ["1.5", None], [1.5, None]),
        ("Array(Array(Date))", [[], ["2026-01-31"]], [[], [DAY]]),
        ("Map(String, Date)", {"a": "2026-01-31"}, {"a": DAY}),
        ("Tuple(Date, String)", ["2026-01-31", "x"], [DAY, "x"]),
        ("Tuple(a Date, `b c` Array(Int8), d Decimal(9, 2))", ["2026-01-31", [1], "1"], {"a": DAY, "b c": [1], "d": 1}),
        ("Nullable(Tuple(a Date))", None, None),
        ("Tuple(`x, (y` Enum8('a, (' = 1), z Date)", ["a, (", "2026-01-31"], {"x, (y": "a, (", "z": DAY}),
    ],
)  # fmt: skip
def test_values_by_their_type(type_name: str, written: Any, value: Any) -> None:
    decode = decoder(type_name)
    assert decode is not None
    assert decode(written) == value


@pytest.mark.parametrize(
    "type_name",
    ["String", "LowCardinality(String)", "Nullable(UInt8)", "Int64", "Bool", "Array(String)", "Map(String, UInt8)",
     "Tuple(String, Int8)", "Enum8('Decimal' = 1)", "UUID", "Nullable(Nothing)", "FixedString(3)"],
)  # fmt: skip
def test_what_json_says_already_is_left_alone(type_name: str) -> None:
    assert decoder(type_name) is None


def test_what_cannot_be_shown_is_refused() -> None:
    with pytest.raises(ValueError, match="AggregateFunction"):
        decoder("AggregateFunction(sum, UInt8)")


def test_types_in_brackets_are_taken_apart() -> None:
    assert parts("A, B(C, D), Enum8('x,' = 1)") == ["A", "B(C, D)", "Enum8('x,' = 1)"]
