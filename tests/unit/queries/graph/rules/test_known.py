"""Of which nodes it is known that they have a row, and what their properties are like."""

import pytest

from queries.graph.binder import bind
from queries.graph.compiler import Compiler
from queries.graph.rules.known import known, of_pattern
from queries.graph.syntax import Binary, Constant, Property
from queries.graph.view import load_view
from tests.unit.queries.graph.support import prepared, query

VIP = Binary("=", Property("c", "segment"), Constant("VIP"))


def last(text: str) -> dict[str, tuple[object, ...]]:
    """What is known where a query answers."""
    return dict(list(known(bind(query(text), load_view())))[-1])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("(c:Customer)", {"c"}),
        ("(c:Customer)-[:PURCHASED]->(p:Product)", set()),
        ("(c:Customer)-[:PURCHASED]->(p:Product) WHERE c.segment = 'VIP'", {"c"}),
        ("(c:Customer)-[:PURCHASED]->(p:Product) WHERE c.name IS NOT NULL AND p.price > 1", {"c", "p"}),
        ("(c:Customer)-[:PURCHASED]->(p:Product) WHERE c.name IS NULL", set()),
        ("(c:Customer)-[:PURCHASED]->(p:Product) WHERE c.segment = 'VIP' OR p.price > 1", set()),
        ("(c:Customer)-[:PURCHASED]->(p:Product) WHERE c.customer_id = 1", set()),
        ("(c:Customer)-[:PURCHASED]->(p:Product), (d:Customer)", {"d"}),
        ("(c:Customer)-[:PURCHASED]->(p:Product), (d:Customer) WHERE d = c", set()),
        ("(p:Product) WHERE NOT (p)<-[:PURCHASED]-(:Customer {segment: 'VIP'})", {"p"}),
    ],
)
def test_who_has_a_row(text: str, names: set[str]) -> None:
    assert set(of_pattern(prepared(text))) == names


def test_what_is_known_is_handed_on_under_the_new_name() -> None:
    match = "MATCH (c:Customer)-[:PURCHASED]->(:Product) WHERE c.segment = 'VIP' "
    text = match + "WITH c AS d, count(*) AS n RETURN d.name AS x"
    assert last(text) == {"d": (Binary("=", Property("d", "segment"), Constant("VIP")),)}


def test_an_optional_match_says_nothing_of_what_it_binds() -> None:
    match = "MATCH (c:Customer {segment: 'VIP'}) OPTIONAL MATCH (c)-[:PURCHASED]->(p:Product {brand: 'Lego'}) "
    assert last(match + "RETURN c.name AS x, p.name AS y") == {"c": (VIP,)}


def test_a_sum_is_made_of_the_rows_of_those_that_are_asked_for() -> None:
    made = Compiler(load_view()).compile(
        "MATCH (c:Customer {segment: 'VIP'}) RETURN c.customer_id AS id ORDER BY c.lifetime_value DESC", {}
    )
    assert "customer_nodes" not in made.sql
    assert "AND customer_id IN (SELECT customer_id AS" in made.sql


def test_a_node_that_may_have_no_row_may_have_no_sum() -> None:
    text = "MATCH (c:Customer)-[:PURCHASED]->(:Product) RETURN DISTINCT c.customer_id AS i, c.lifetime_value AS v"
    assert "FROM customer_nodes" in Compiler(load_view()).compile(text, {}).sql
