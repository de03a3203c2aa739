"""Parameters are given to ClickHouse as what it can hold, and as text where no column could."""

import datetime as dt
import json
from typing import Any

import pytest

from queries.graph.parameters import described, written
from queries.graph.shapes import AnyKind, ListKind, MapKind
from schemas.errors import UsageError


@pytest.mark.parametrize(
    ("value", "type_name", "kind"),
    [
        (1, "Int64", "integer"),
        ([1, 2], "Array(Int64)", ListKind("integer")),
        ([], "Array(String)", ListKind("null")),
        ([1, None], "String", ListKind("integer", packed=True)),
        ([[1], [2]], "String", ListKind(ListKind("integer", packed=True), packed=True)),
        ([1, "a"], "String", ListKind(AnyKind(frozenset({"integer", "string"})), packed=True)),
        ({"b": 1, "a": None}, "String", MapKind((("a", "null"), ("b", "integer")))),
    ],
)
def test_kinds(value: Any, type_name: str, kind: Any) -> None:
    assert described({"x": value}) == (("x", type_name, kind),)


def test_what_is_text_says_what_it_holds() -> None:
    assert json.loads(written([1, "a"])) == [["integer", 1], ["string", "a"]]
    assert json.loads(written({"t": dt.datetime(2026, 1, 31, tzinfo=dt.UTC)})) == {"t": "2026-01-31 00:00:00.000"}
    assert written("a\tb") == "a\\tb"


def test_the_same_kinds_are_told_the_same_whatever_the_order() -> None:
    assert described({"b": 1, "a": 2}) == described({"a": 3, "b": 4})


@pytest.mark.parametrize("given", [{"\ud800": 1}, {"x": "\ud800"}, {"x": ["\ud800"]}, {"x": {"\ud800": 1}}])
def test_half_a_character_is_no_name_and_no_value(given: dict[str, Any]) -> None:
    """As a name it was taken, and could not be written into an answer."""
    with pytest.raises(UsageError, match=r"no text, for which UTF-8 is expected|Cypher's keys are texts"):
        described(given)
