"""What is asked of one node by its key reads one row of its table."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())


def sql(text: str) -> str:
    return COMPILER.compile(text, {"id": 5}).sql


@pytest.mark.parametrize("rest", ["", " ORDER BY n LIMIT 3"])
def test_properties_come_with_the_row(rest: str) -> None:
    made = sql("MATCH (c:Customer {customer_id: $id}) RETURN c.name AS n, c.segment AS s" + rest)
    assert "JOIN" not in made
    assert made.count("FROM customers FINAL WHERE customer_id = {id: Int64}") == made.count("FROM customers") == 1


def test_a_whole_node_adds_up_its_own_rows_alone() -> None:
    made = sql("MATCH (c:Customer {customer_id: $id}) RETURN c")
    assert "customer_nodes" not in made
    assert "FROM transactions FINAL WHERE status IN ('completed', 'refunded') AND customer_id = {id: Int64}" in made


def test_a_known_node_of_a_relationship_is_looked_up_by_its_key() -> None:
    made = sql("MATCH (c:Customer {customer_id: $id})-[r:PURCHASED]->(p) RETURN c.name AS n, r.amount AS a")
    assert "FROM customers FINAL WHERE customer_id = {id: Int64}" in made


def test_a_condition_on_the_row_of_a_relationship_is_no_set() -> None:
    made = sql("MATCH (p:Product)-[:BELONGS_TO]->(k) WHERE p.price > 5 RETURN k.name AS k, count(*) AS n")
    assert "price > 5" in made
    assert "IN (SELECT product_id FROM products" not in made


def test_a_key_that_is_given_within_a_list_restricts_the_list_alone() -> None:
    own = "[(c {customer_id: $id})-[:PURCHASED]->(p) | p.name]"
    made = sql(f"MATCH (c:Customer)-[:PURCHASED]->() RETURN c.name AS n, {own} AS l")
    assert "AND customer_id = {id: Int64}) AS hop1" in made
    assert "name AS v13_c_name FROM customers FINAL) AS of_" in made
