"""Answers as JSON, CSV and tables."""

import csv
import datetime as dt
import json
from decimal import Decimal

import pytest

from queries.graph.elements import Node, Path, Relationship
from queries.render import rendered, text
from queries.runner import Result

MOMENT = dt.datetime(2026, 1, 31, 12, 0, 0, 5000, tzinfo=dt.UTC)
RESULT = Result(
    ("name", "revenue", "at", "day", "tags", "share"),
    [("Ada, 'A'", Decimal("1234567890123456.70"), MOMENT, MOMENT.date(), ["x", "y"], 1.5), (None,) * 6],
    12.3,
)


def test_json_is_one_object_that_loses_no_cent() -> None:
    text = rendered(RESULT, "json", terminal=False)
    assert "\n" not in text
    answer = json.loads(text)
    assert list(answer) == ["columns", "rows", "elapsed_ms"]
    assert answer["columns"] == list(RESULT.columns)
    assert answer["rows"][0] == [
        "Ada, 'A'",
        "1234567890123456.70",
        "2026-01-31T12:00:00.005Z",
        "2026-01-31",
        ["x", "y"],
        1.5,
    ]
    assert answer["rows"][1] == [None] * 6
    assert answer["elapsed_ms"] == 12.3


def test_json_has_no_nan() -> None:
    assert json.loads(rendered(Result(("a",), [(float("nan"),)], 0), "json", terminal=False))["rows"] == [[None]]


def test_csv() -> None:
    lines = rendered(RESULT, "csv", terminal=False).splitlines()
    assert lines[0] == "name,revenue,at,day,tags,share"
    assert lines[1].startswith("\"Ada, 'A'\",1234567890123456.70,2026-01-31T12:00:00.005Z,2026-01-31,")
    assert lines[2] == ",,,,,"


def test_a_plain_table_is_aligned_and_says_how_many() -> None:
    table = rendered(Result(("id", "name"), [(7, "b"), (100, "aa")], 3.0), "table", terminal=False)
    assert table.splitlines() == [" id  name", "---  ----", "  7  b", "100  aa", "(2 rows, 3 ms)"]


def test_a_terminal_gets_the_same_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    table = rendered(RESULT, "table", terminal=True)
    assert "1,234,567,890,123,456.70" in table
    assert "(2 rows, 12 ms)" in table


def test_maps_and_bytes_are_no_python() -> None:
    result = Result(("m", "b"), [({"a": Decimal("1.50"), "b": [MOMENT]}, b"ab\0")], 1.0)
    (row,) = json.loads(rendered(result, "json", terminal=False))["rows"]
    assert row == [{"a": "1.50", "b": ["2026-01-31T12:00:00.005Z"]}, "ab"]
    assert "a: 1.50, b: 2026-01-31 12:00:00  ab" in rendered(result, "table", terminal=False)
    assert rendered(result, "csv", terminal=False).startswith('m,b\n"{""a"": ""1.50""')


def test_more_digits_than_decimal_counts_with() -> None:
    for digits, shown in (("9" * 40 + ".5", "9.50"), ("9" * 40 + ".125", "9.125")):
        table = rendered(Result(("n",), [(Decimal(digits),)], 1.0), "table", terminal=False)
        assert f",99{shown}" in table


def test_no_rows() -> None:
    assert rendered(Result(("n",), [], 1.0), "table", terminal=False).endswith("(0 rows, 1 ms)")


CUSTOMER = Node(4, "Customer:1", ("Customer",), {"name": "Ada", "lifetime_value": Decimal("5.00")})
PRODUCT = Node(9, "Product:2", ("Product",), {})
STEP = Relationship(7, "PURCHASED:3", "PURCHASED", 4, "Customer:1", 9, "Product:2", {"quantity": 1})


def test_elements_of_the_graph_are_drawn_for_people_and_whole_for_programs() -> None:
    path = Path((PRODUCT, CUSTOMER), (STEP,))
    assert text(path) == "(:Product)<-[:PURCHASED {quantity: 1}]-(:Customer {name: Ada, lifetime_value: 5.00})"
    result = Result(("p",), [(path,)], 1.0)
    (row,) = json.loads(rendered(result, "json", terminal=False))["rows"]
    assert row[0]["nodes"][1] == {
        "id": "Customer:1",
        "labels": ["Customer"],
        "properties": {"name": "Ada", "lifetime_value": "5.00"},
    }
    assert row[0]["relationships"][0]["start"] == "Customer:1"
    assert json.loads(next(csv.reader(rendered(result, "csv", terminal=False).splitlines()[1:]))[0]) == row[0]
