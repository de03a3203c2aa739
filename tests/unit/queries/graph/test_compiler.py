"""The SQL that comes out: what it reads, that values stay data, and what is refused."""

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.catalogue import find
from queries.graph.compiler import Anchor, Compiled, Compiler
from queries.graph.view import load_view, make_view
from schemas.errors import QueryError, UsageError

COMPILER = Compiler(load_view())


def compiled(text: str, **params: Any) -> Compiled:
    return COMPILER.compile(text, params)


def test_collaborative_filtering_reads_sets_and_expands_no_path() -> None:
    made = compiled(find("cypher", "4").text, customer_id=1, limit=10)
    assert " JOIN " not in made.core
    assert "bitmapAndCardinality" in made.core
    assert "uniqExact" not in made.core
    # The peers are the union of sets, those of the customer's own products, which are read by its key.
    assert "groupBitmapMergeState(buyers))) AS customer_id FROM product_buyers WHERE product_id IN (SELECT" in made.core
    assert "purchased_by_product" not in made.core
    assert made.anchors == (Anchor("Customer", "customer_id", "customer_id"),)
    assert made.settings["final"] == 0
    assert made.settings["use_index_for_in_with_subqueries_max_values"] == 20000


def test_attributes_are_fetched_for_the_rows_of_the_page_alone() -> None:
    text = find("cypher", "5").text
    made = compiled(text.replace(" AND other.name IS NOT NULL", ""), product_id=1, limit=10)
    assert made.core != compiled(text, product_id=1, limit=10).core
    assert "products" not in made.core
    assert "FROM products FINAL WHERE product_id IN" in made.sql


def test_relationships_that_are_counted_are_read_exactly() -> None:
    assert "transactions FINAL" in compiled("MATCH ()-[r:PURCHASED]->() RETURN count(*) AS n").sql
    assert "transactions FINAL" not in compiled("MATCH (c)-[:PURCHASED]->() RETURN count(DISTINCT c) AS n").sql


def test_the_table_is_the_one_sorted_by_the_end_that_is_known() -> None:
    forward = compiled("MATCH (c:Customer {customer_id: 1})-[:PURCHASED]->(p) RETURN count(*) AS n")
    back = compiled("MATCH (c)-[:PURCHASED]->(p:Product {product_id: 1}) RETURN count(*) AS n")
    assert "FROM transactions" in forward.sql
    assert "FROM purchased_by_product" in back.sql


def test_without_access_paths_the_view_itself_is_read_with_final() -> None:
    made = Compiler(load_view(access=False)).compile(find("cypher", "4").text, {"customer_id": 1, "limit": 1})
    assert "FROM purchased " in made.sql
    assert "transactions" not in made.sql
    assert made.settings["final"] == 1


def test_no_table_is_known_but_from_the_view() -> None:
    def source(table: str, fields: dict[str, str]) -> dict[str, Any]:
        mapped = [{"sourceFieldName": column, "targetFieldName": name} for name, column in fields.items()]
        return {"externalDataSource": {"table": table, "mappedField": mapped}}

    key = [{"name": "id", "type": "Long"}]
    schema = {
        "node": [{"label": "N", "dataSourceGroup": source("stars", {"id": "no"}), "id": key, "attribute": []}],
        "edge": [
            {
                "label": "E",
                "fromNodeLabel": "N",
                "toNodeLabel": "N",
                "dataSourceGroup": source("lanes", {"id": "lane", "from": "a", "to": "b"}),
                "id": key,
                "fromKey": [{"name": "from", "type": "Long"}],
                "toKey": [{"name": "to", "type": "Long"}],
                "attribute": [],
            }
        ],
    }
    made = Compiler(make_view(schema, {})).compile("MATCH (x:N)-[:E]->(y)-[:E]->(z) RETURN count(*) AS n")
    assert made.sql.count("FROM lanes") == 2


@given(st.text(max_size=40))
def test_values_are_never_part_of_the_statement(value: str) -> None:
    text = "MATCH (c:Customer {name: $name}) RETURN c.customer_id AS id"
    made = compiled(text, name=value)
    assert made.sql == compiled(text, name="").sql
    assert "{name: String}" in made.sql


def test_the_same_text_is_compiled_once_for_each_kind_of_values() -> None:
    compiler = Compiler(load_view())
    text = "MATCH (c:Customer) WHERE c.customer_id = $x RETURN c.name AS n"
    first, again, other = (compiler.compile(text, {"x": x}) for x in (1, 2, "a"))
    assert first.sql == again.sql != other.sql
    assert (first.parameters, again.parameters) == ({"x": "1"}, {"x": "2"})


@pytest.mark.parametrize(
    ("value", "type_name"),
    [(1.5, "Float64"), (True, "Bool"), (["a"], "Array(String)"), (dt.date(2026, 1, 1), "Date32")],
)
def test_types_of_parameters(value: object, type_name: str) -> None:
    assert f"{{x: {type_name}}}" in compiled("MATCH (c:Customer) RETURN coalesce($x, 1) AS n", x=value).sql


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "MATCH (c:Custmer) RETURN c.name",
            r"no label 'Custmer'. There are .*did you mean 'Customer'\?.*line 1, column 7",
        ),
        ("MATCH ()-[:BOUGHT]->() RETURN 1", "no relationship type 'BOUGHT'. There are PURCHASED"),
        ("MATCH (c:Customer) RETURN c.nam", r"Customer has no property 'nam'.*did you mean 'name'\?.*column 27"),
        ("MATCH (c:Customer) RETURN d.name", "no variable 'd' here. There are: c"),
        ("MATCH (c:Customer) WHERE count(*) > 1 RETURN c.name", "aggregate cannot stand"),
        ("MATCH (c:Customer) RETURN count(count(*)) AS n", r"aggregate cannot stand in 'count'.*column 33"),
        ("MATCH (c:Customer) RETURN sum(1 + max(c.customer_id)) AS n", r"aggregate cannot stand in 'sum'.*column 35"),
        ("MATCH (c:Customer) RETURN count(*) AS n ORDER BY sum(n)", "aggregate cannot stand in 'sum'"),
        ("MATCH (c:Customer) RETURN c.name AS n, c.email AS n", "Two columns are called 'n'"),
        ("MATCH (c:Customer)-[c:PURCHASED]->() RETURN 1", "'c' is bound already"),
        ("MATCH (c:Customer) RETURN foo(c.name)", "The function 'foo' is not supported"),
        ("MATCH (c:Customer) RETURN c.name LIMIT 'x'", "LIMIT takes a whole number"),
        ("MATCH (n:Customer) RETURN n.foo.bar", "Customer has no property 'foo'"),
        ("MATCH (c:Customer) WITH c.name AS n RETURN n.x", "'n' is a value and has no properties"),
        ("MATCH (c:Customer) WHERE (c)-->(d) RETURN c.name", "'d' is not a node bound before"),
        ("MATCH (c:Customer) RETURN id()", "The function 'id' is not supported .line 1, column 27"),
        ("MATCH (c:Customer) RETURN " + "(" * 400 + "1" + ")" * 400, "nested too deep"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        compiled(text)


@pytest.mark.parametrize("value", [2**63, [1, object()], {"a": {1: 2}}])
def test_values_that_cypher_has_not(value: object) -> None:
    with pytest.raises(UsageError, match="The parameter 'x'"):
        compiled("MATCH (c:Customer) WHERE c.customer_id = $x RETURN c.name", x=value)


def test_literals_of_different_types_are_different_columns() -> None:
    sql = compiled("MATCH (c:Customer) RETURN 7 / 2 AS a, 7.0 / 2 AS b, 1 AS n, true AS t").sql
    assert sql.count("intDiv(7, 2)") == 1
    assert "divide(toFloat64(7.0), toFloat64(2))" in sql
    assert "TRUE" in sql


def test_whole_numbers_that_do_not_fit_are_told() -> None:
    with pytest.raises(QueryError, match=r"9223372036854775807 \+ 1 is too large: whole numbers have 64 bits"):
        compiled("RETURN 9223372036854775807 + 1 AS n")
    assert (
        "accurateCast(toInt128(customer_id) * toInt128(3), 'Int64')"
        in compiled("MATCH (c:Customer) RETURN c.customer_id * 3").sql
    )


def test_a_value_needs_no_pattern() -> None:
    assert "FROM customers" not in compiled("RETURN 'it' AS x").sql


def test_a_negative_page() -> None:
    with pytest.raises(UsageError, match="SKIP and LIMIT take 0 or more"):
        compiled("MATCH (c:Customer) RETURN c.name LIMIT $n", n=-1)


def test_a_character_in_two_halves_is_one() -> None:
    assert compiled("RETURN '\\uD83D\\uDE00' AS x").sql == compiled("RETURN '\U0001f600' AS x").sql


@pytest.mark.parametrize("value", ["\udcff", ["a", "\ud800"], {"a": "\ud800"}, {"\ud800": 1}])
def test_a_parameter_that_is_no_text_is_refused_by_name(value: Any) -> None:
    """A command line's other bytes, and halves of characters in JSON: nothing could send them."""
    with pytest.raises(UsageError, match="'p'"):
        compiled("RETURN $p AS p", p=value)


@pytest.mark.parametrize("name", ["größe", "é", "`\u02bc`", "`a b`", "名"])
def test_names_beyond_ascii_stand_in_quotes_alone(name: str) -> None:
    """An apostrophe of Unicode's (02BC) was no name to the engine, and stood without quotes."""
    sql = compiled(f"WITH 1 AS {name} RETURN {name} AS {name}, [{name} IN [1, 2] | {name} + 1] AS b").sql
    outside = "".join(sql.split('"')[::2])
    assert outside.isascii(), sql


def test_variables_of_lists_stay_apart_whatever_their_letters() -> None:
    made = compiled("RETURN [`a b` IN [1, 2] | [ab IN [3, 4] | `a b` + ab]] AS x, [é IN [1] | [è IN [2] | é - è]] AS y")
    names = set(re.findall(r"\blx?_\w+", made.sql))
    assert len(names) == 4, names


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (c:Customer) WHERE toUpper(c.name) RETURN c.name AS n",
        "MATCH (c:Customer) WHERE c.customer_id > 1 AND c.customer_id RETURN c.name AS n",
        "MATCH (p:Product)-[:BELONGS_TO]-(k) WHERE p.brand RETURN k.name AS n",
        "MATCH (c:Customer) WITH c.name AS n WHERE n RETURN n",
    ],
)
def test_what_is_no_condition_is_refused_alone_and_beside_others(text: str) -> None:
    """The engine refused a text, and took a number for one."""
    with pytest.raises(QueryError, match="WHERE takes conditions, not"):
        compiled(text)


@pytest.mark.parametrize("test", ["1.5", "'text'", "[true]", "false OR c.customer_id"])
def test_a_case_s_condition_is_one(test: str) -> None:
    """Of a number ClickHouse says that it is none, where it has no code for such an error."""
    with pytest.raises(QueryError, match=r"(CASE WHEN|OR) takes conditions, not"):
        compiled(f"MATCH (c:Customer) RETURN CASE WHEN {test} THEN 1 ELSE 2 END AS n")


def test_a_case_over_conditions_or_nothing_is_none_of_these() -> None:
    for test in ("c.customer_id > 1", "null", "c.name STARTS WITH 'a' OR null", "exists { (c)-[:PURCHASED]->() }"):
        compiled(f"MATCH (c:Customer) RETURN CASE WHEN {test} THEN 1 ELSE 2 END AS n")
