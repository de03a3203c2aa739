"""Nodes with too many relationships are left out before they are counted, where that is right, and nowhere else."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())
BOUGHT = "MATCH (c:Customer) OPTIONAL MATCH (c)-[r:PURCHASED]->(p:Product) WITH c, count(r) AS n "
ANSWER = " RETURN c.name AS m, n"


def sql(text: str, **given: object) -> str:
    return COMPILER.compile(text, given).sql


@pytest.mark.parametrize(
    ("condition", "out"),
    [
        ("n < 3", "bitCount(purchase_bits) >= 3"),
        ("n <= 3", "bitCount(purchase_bits) > 3"),
        ("3 > n", "bitCount(purchase_bits) >= 3"),
        ("n > 1 AND n < $most", "bitCount(purchase_bits) >= {most: Int64}"),
    ],
)
def test_those_with_more_bits_are_left_out(condition: str, out: str) -> None:
    made = sql(f"{BOUGHT} WHERE {condition} {ANSWER}", most=4)
    left_out = f"NOT (customer_id IN (SELECT customer_id FROM customer_bounds FINAL WHERE {out}))"
    assert made.count(left_out) == 2


@pytest.mark.parametrize(
    "text",
    [
        BOUGHT + "WHERE n > 3" + ANSWER,
        BOUGHT + "WHERE n < 3.5" + ANSWER,
        BOUGHT + "WHERE n < 3 OR c.segment = 'VIP'" + ANSWER,
        BOUGHT.replace("count(r)", "count(DISTINCT p)") + "WHERE n < 3" + ANSWER,
        BOUGHT.replace("(p:Product)", "(p:Product {category: 'Home'})") + "WHERE n < 3" + ANSWER,
        BOUGHT.replace("PURCHASED", "INTERACTED") + "WHERE n < 3" + ANSWER,
        BOUGHT + "LIMIT 5 MATCH (c) WHERE n < 3" + ANSWER,
    ],
)
def test_no_others_are(text: str) -> None:
    assert "purchase_bits" not in sql(text)
