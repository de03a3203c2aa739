"""What kind a value has where expressions of different kinds meet: as in Cypher, which has no decimals."""

import json
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from queries.graph.compiler import Compiled, Compiler
from queries.graph.parameters import written
from queries.graph.shapes import AnyKind, Kind, ListKind, MapKind, unify
from queries.graph.view import load_view
from schemas.errors import QueryError

COMPILER = Compiler(load_view())


def any_of(*members: Kind) -> AnyKind:
    return AnyKind(frozenset(members))


def compiled(expression: str, **params: Any) -> Compiled:
    return COMPILER.compile(f"MATCH (n:Product) RETURN {expression} AS v", params)


def kind(expression: str, **params: Any) -> Kind:
    return compiled(expression, **params).kinds[0]


@pytest.mark.parametrize(
    ("kinds", "wanted"),
    [
        (["float", "decimal"], "float"),
        (["decimal", "null", "decimal"], "decimal"),
        (["integer", "decimal"], any_of("integer", "decimal")),
        (["integer", "float"], any_of("integer", "float")),
        (["integer", "float", "decimal"], any_of("integer", "float")),
        ([any_of("integer", "decimal"), "float"], any_of("integer", "float")),
        ([any_of("string", "decimal"), any_of("float", "boolean")], any_of("string", "float", "boolean")),
        ([ListKind("decimal"), ListKind("float", packed=True)], ListKind("float", packed=True)),
        ([ListKind("null"), ListKind("decimal")], ListKind("decimal")),
        ([MapKind((("a", "decimal"),)), MapKind((("a", "float"), ("b", "string")))],
         MapKind((("a", "float"), ("b", "string")))),
    ],
)  # fmt: skip
def test_money_beside_floats_is_a_float_and_whole_numbers_stay_whole(kinds: list[Kind], wanted: Kind) -> None:
    assert {unify(order) for order in permutations(kinds)} == {wanted}


@pytest.mark.parametrize(
    "expression",
    [
        "CASE WHEN n.price > 100 THEN n.price / 2 ELSE n.price END",
        "CASE n.price WHEN 40 THEN 0.5 ELSE n.price END",
        "coalesce(n.price, n.price / 2)",
        "coalesce(null, 0.5, n.price)",
        "head([n.price, 0.5])",
        "last([0.5, n.price])",
        "[n.price, n.price / 2][1]",
        "[x IN [n.price, 0.5] | x + 1][0]",
        "{a: CASE WHEN n.price > 1 THEN n.price ELSE 0.5 END}.a",
        "[{a: n.price}, {a: 0.5}][0].a",
        "min(coalesce(n.price, 0.5))",
        "sum(coalesce(n.price, 0.5))",
        "n.price / 2",
        "2 / n.price",
        "n.price / n.price",
        "n.price % 7",
        "n.price % n.price",
        "n.price * 0.5",
        "n.price ^ 2",
        "avg(n.price)",
        "coalesce($fee, 0.5)",
        "$list[0]",
    ],
)
def test_what_is_made_of_money_and_floats_is_a_float(expression: str) -> None:
    assert kind(expression, fee=Decimal("1.5"), list=[Decimal("1.5"), 0.5]) == "float"


@pytest.mark.parametrize(
    "expression",
    [
        "sum(n.price)",
        "sum(DISTINCT n.price)",
        "max(n.price)",
        "sum(n.price * 2)",
        "n.price + 1 - n.price",
        "-abs(n.price)",
        "coalesce(n.price, $fee)",
        "CASE WHEN n.price > 0.5 THEN n.price ELSE null END",
        "head([n.price, n.price * 2])",
    ],
)
def test_money_by_itself_is_reckoned_as_decimals(expression: str) -> None:
    made = compiled(expression, fee=Decimal("1.5"))
    assert made.kinds[0] == "decimal"
    assert "toFloat64" not in made.sql


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("coalesce(n.price, 0)", any_of("integer", "decimal")),
        ("coalesce(n.price / 2, 0)", any_of("integer", "float")),
        ("sum(CASE WHEN n.price > 9 THEN n.price ELSE 0 END)", any_of("integer", "decimal")),
        ("coalesce(n.price, 0) + 1", any_of("integer", "decimal")),
        ("coalesce(n.price, 0) + n.price", "decimal"),
        ("coalesce(n.price, 0) / 2", any_of("integer", "float")),
        ("coalesce(n.price, 0) * 0.5", "float"),
        ("abs(coalesce(n.price, 0))", any_of("integer", "decimal")),
        ("toString(coalesce(n.price, 0))", "string"),
        ("avg(coalesce(n.price, 0))", "float"),
        ("coalesce(n.price, 0) > 0.5", "boolean"),
        ("[n.price, 1]", ListKind(any_of("integer", "decimal"))),
    ],
)
def test_whole_numbers_beside_others_keep_their_kind(expression: str, wanted: Kind) -> None:
    assert kind(expression) == wanted


def test_a_float_that_is_written_stays_one() -> None:
    assert "SELECT 0.0 AS" in compiled("0.0").sql
    assert " + 0.0 AS" in compiled("n.stock_quantity + 0.0").sql


def test_a_union_of_money_and_floats_is_of_floats() -> None:
    parts = ["MATCH (n:Product) RETURN n.price AS x", "MATCH (n:Product) RETURN n.price / 2 AS x"]
    for glue in (" UNION ", " UNION ALL "):
        for order in permutations(parts):
            made = COMPILER.compile(glue.join(order), {})
            assert made.kinds == ("float",)
            assert "toFloat64(x)" in made.sql.replace('"', "")


def test_parameters_say_their_numbers_kinds_where_these_differ() -> None:
    assert json.loads(written([Decimal("1.5"), 0.5])) == ["1.5", "0.5"]
    numbers = [["float", "1.5"], ["float", "0.5"], ["integer", 1]]
    assert json.loads(written([Decimal("1.5"), 0.5, 1])) == numbers
    assert json.loads(written([Decimal("1.5"), 1])) == [["decimal", "1.5"], ["integer", 1]]


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND [[1, 2.5]] AS x RETURN DISTINCT x",
        "UNWIND [1, 2.5] AS x RETURN collect(DISTINCT x) AS l",
        "UNWIND [1, 'a', 2.5] AS x RETURN x, count(*) AS n",
        "RETURN 1 AS x UNION RETURN 2.5 AS x",
    ],
)
def test_1_and_1_0_are_not_told_apart_by_their_texts(text: str) -> None:
    with pytest.raises(QueryError, match="Telling whole numbers and floats apart"):
        COMPILER.compile(text, {})


def test_a_value_that_is_used_several_times_is_written_once() -> None:
    one, five = (" + ".join(["coalesce(n.price, 0)"] * count) for count in (2, 6))
    assert len(compiled(five).sql) < 6 * len(compiled(one).sql)
