"""Aggregates of optional matches are made before the join, where that is right, and nowhere else."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())
BOUGHT = "MATCH (c:Customer) WHERE c.segment = 'VIP' OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product) "


def sql(text: str) -> str:
    return COMPILER.compile(text, {}).sql


@pytest.mark.parametrize(
    "rest",
    [
        "RETURN c.customer_id AS i, count(r) AS n",
        "RETURN c.customer_id AS i, c.name AS m, count(DISTINCT p) AS n, sum(r.amount) AS s, max(r.ts) AS t",
        "WITH c, count(r) AS n WHERE n < 3 RETURN c.name AS m, n",
        "WITH c AS d, avg(r.amount) + 1 AS n RETURN d.name AS m, n ORDER BY n",
    ],
)
def test_they_are_grouped_by_the_node_alone(rest: str) -> None:
    made = sql(BOUGHT + rest)
    assert "LEFT JOIN" not in made
    assert made.count("status IN ('completed')") == 1
    assert "status IN ('completed') AND customer_id IN (SELECT customer_id" in made


@pytest.mark.parametrize(
    "text",
    [
        # All rows are counted, those without a match too; lists; rows that are not told apart by the node.
        BOUGHT + "RETURN c.customer_id AS i, count(*) AS n",
        BOUGHT + "RETURN c.customer_id AS i, collect(r.amount) AS n",
        BOUGHT + "RETURN c.segment AS s, count(r) AS n",
        BOUGHT + "RETURN c.customer_id AS i, p.name AS m, count(r) AS n",
        BOUGHT + "RETURN c.customer_id AS i, count(r) AS n, count(c) AS m",
        BOUGHT + "WITH c, r WHERE r.amount > 5 RETURN c.customer_id AS i, count(r) AS n",
        # Rows that may repeat the node.
        "MATCH (c)-[:INTERACTED]->() OPTIONAL MATCH (c)-[r:PURCHASED]->(p) RETURN c.customer_id AS i, count(r) AS n",
    ],
)
def test_all_else_is_joined_by_row(text: str) -> None:
    assert "LEFT JOIN" in sql(text)
