"""Sets handed on by WITH DISTINCT are conditions of what follows, wherever that is right, and nowhere else."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())


def sql(text: str) -> str:
    return COMPILER.compile(text).sql


def test_a_chain_of_sets_joins_nothing() -> None:
    made = sql(
        "MATCH (:Customer {customer_id: 7})-[:PURCHASED]->(p:Product) WITH DISTINCT p "
        "MATCH (p)<-[:PURCHASED]-(c:Customer) WITH DISTINCT c "
        "MATCH (c)-[:PURCHASED]->(o:Product) RETURN o.product_id AS id, count(DISTINCT c) AS n"
    )
    assert "JOIN" not in made


@pytest.mark.parametrize(
    "handed",
    ["WITH c", "WITH DISTINCT c LIMIT 5", "WITH DISTINCT c, p", "WITH DISTINCT c AS d", "WITH DISTINCT c.segment AS s"],
)
def test_what_is_not_a_whole_set_is_joined(handed: str) -> None:
    """Repeats, a page, or more than the node itself are rows, not a set."""
    name = {"WITH DISTINCT c AS d": "d", "WITH DISTINCT c.segment AS s": "x"}.get(handed, "c")
    made = sql(
        f"MATCH (c:Customer)-[:PURCHASED]->(p:Product) {handed} "
        f"MATCH ({name}:Customer)-[:INTERACTED]->(o:Product) RETURN count(*) AS n"
    )
    assert "JOIN" in made


def test_a_set_before_an_optional_match_stays_rows() -> None:
    made = sql(
        "MATCH (c:Customer)-[:PURCHASED]->(:Product) WITH DISTINCT c "
        "OPTIONAL MATCH (c)-[r:INTERACTED]->(:Product) RETURN c.customer_id AS id, count(r) AS n"
    )
    assert "LEFT JOIN" in made
