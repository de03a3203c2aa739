"""Which conditions wait until rows are grouped."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())
BOUGHT = "MATCH (c:Customer)-[r:PURCHASED]->(p:Product) "


def sql(text: str) -> str:
    return COMPILER.compile(text, {}).sql


def test_that_a_grouped_node_has_a_row_is_decided_once_for_each_group() -> None:
    made = sql(BOUGHT + "WHERE c.name IS NOT NULL AND r.amount > 5 RETURN c.customer_id AS i, count(r) AS n")
    assert made.count("isNotNull(name)") == 1
    assert "HAVING v3_id IN (SELECT customer_id AS" in made


@pytest.mark.parametrize(
    "text",
    [
        # Another condition, which may leave out most; a node that rows are not grouped by; no groups at all.
        BOUGHT + "WHERE c.segment = 'VIP' RETURN c.customer_id AS i, count(r) AS n",
        BOUGHT + "WHERE p.name IS NOT NULL RETURN c.customer_id AS i, count(r) AS n",
        BOUGHT + "WHERE c.name IS NOT NULL RETURN c.name AS m, count(r) AS n",
        BOUGHT + "WHERE c.name IS NOT NULL RETURN c.customer_id AS i, r.amount AS a",
        BOUGHT + "WHERE c.name IS NOT NULL RETURN DISTINCT c.customer_id AS i",
    ],
)
def test_all_else_is_decided_by_row(text: str) -> None:
    assert "HAVING" not in sql(text)
