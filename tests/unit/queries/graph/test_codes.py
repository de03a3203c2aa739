"""Distinct codes are counted as the bits of a mask, those beyond its size apart."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view


@pytest.mark.parametrize(
    "counted", ["count(DISTINCT k)", "count(DISTINCT p.brand)", "count(DISTINCT c.country)", "count(DISTINCT k) * 2"]
)
def test_distinct_values_of_few_are_bits(counted: str) -> None:
    text = f"MATCH (c:Customer)-[:PURCHASED]->(p:Product)-[:BELONGS_TO]->(k) RETURN p.product_id AS i, {counted} AS n"
    made = Compiler(load_view()).compile(text, {})
    assert "bitCount(groupBitOr(" in made.sql
    assert "arrayDistinct(groupArrayIf(" in made.sql
    assert "uniqExact" not in made.sql


def test_codes_are_places_among_values_in_order() -> None:
    """So that they would be the same if the engine read the values more than once in a statement."""
    text = "MATCH (c:Customer)-[:PURCHASED]->(p:Product) RETURN p.brand AS b, count(*) AS n"
    made = Compiler(load_view()).compile(text, {})
    assert "arraySort(groupArray(value))" in made.sql
    assert made.sql.count("groupArray(value)") == made.sql.count("arraySort(groupArray(value))")
