"""Tables of sets stand in for rows where only distinct nodes count, and nowhere else."""

from typing import Any

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())
BUYERS = "MATCH (c:Customer)-[r:PURCHASED]->(p:Product) "


def sql(text: str, **given: Any) -> str:
    return COMPILER.compile(text, given).sql


@pytest.mark.parametrize(
    "text",
    [
        BUYERS + "RETURN p.product_id AS id, count(DISTINCT c) AS n",
        BUYERS + "RETURN count(DISTINCT c) AS n",
        BUYERS + "WHERE p.category = 'Home' RETURN p.brand AS b, count(DISTINCT c) AS n",
        BUYERS + "WHERE c.segment = 'VIP' RETURN p.product_id AS id, count(DISTINCT c) AS n",
        "MATCH (c:Customer)-[:PURCHASED]->(p:Product)-[:BELONGS_TO]->(k) RETURN k.name AS k, count(DISTINCT c) AS n",
        "MATCH (c:Customer) WHERE (c)-[:PURCHASED]->(:Product {product_id: 3}) RETURN c.name AS n",
    ],
)
def test_distinct_nodes_are_taken_from_sets(text: str) -> None:
    assert "FROM product_buyers" in sql(text)


@pytest.mark.parametrize(
    "text",
    [
        BUYERS + "RETURN p.product_id AS id, count(c) AS n",
        BUYERS + "RETURN p.product_id AS id, count(DISTINCT c) AS n, count(*) AS m",
        BUYERS + "RETURN p.product_id AS id, count(DISTINCT c.segment) AS n",
        BUYERS + "WHERE r.amount > 10 RETURN p.product_id AS id, count(DISTINCT c) AS n",
        BUYERS + "WHERE c.name IS NULL RETURN p.product_id AS id, count(DISTINCT c) AS n",
        BUYERS + "RETURN p.product_id AS id, c.segment AS s, count(DISTINCT c) AS n",
        BUYERS + "RETURN c.customer_id AS id, count(DISTINCT p) AS n",
        BUYERS + "WHERE c.customer_id = p.product_id RETURN p.product_id AS id, count(DISTINCT c) AS n",
        "MATCH (c:Customer {customer_id: 1})-[:PURCHASED]->(p) RETURN p.product_id AS id, count(DISTINCT c) AS n",
        "MATCH (c:Customer)-[:INTERACTED]->(p) RETURN p.product_id AS id, count(DISTINCT c) AS n",
        "MATCH (c:Customer)-[:PURCHASED]->(p), (c)-[:PURCHASED]->(o) RETURN p.product_id AS id, count(DISTINCT c) AS n",
    ],
)
def test_all_else_is_read_by_row(text: str) -> None:
    assert "bitmapCardinality" not in sql(text)
    assert "bitmapAndCardinality" not in sql(text)


@pytest.mark.parametrize(
    ("start", "met"),
    [
        ("(:Product {product_id: 7})<-[:PURCHASED]-(c:Customer)", False),
        ("(:Customer {customer_id: 7})-[:PURCHASED]->(:Product)<-[:PURCHASED]-(c:Customer)", True),
        ("(:Category {name: 'Home'})<-[:BELONGS_TO]-(:Product)<-[:PURCHASED]-(c:Customer)", True),
    ],
)
def test_what_many_nodes_reach_are_the_sets_that_hold_any_of_them(start: str, met: bool) -> None:
    made = sql(f"MATCH {start} WITH DISTINCT c MATCH (c)-[:PURCHASED]->(p:Product) WITH DISTINCT p RETURN p.name AS m")
    assert ("bitmapHasAny(buyers, (SELECT" in made) is met


def test_the_largest_counts_alone_are_made_where_only_they_are_asked_for() -> None:
    text = BUYERS + "WHERE c.segment = 'VIP' RETURN p.product_id AS id, count(DISTINCT c) AS n ORDER BY n {} LIMIT 10"
    assert "sum(at_most) >= (SELECT if(count() < 10, 0, min(n))" in sql(text.format("DESC"))
    assert "at_most" not in sql(text.format("ASC"))
    assert "at_most" not in sql(text.format("DESC").removesuffix(" LIMIT 10"))


def test_a_page_that_begins_later_needs_as_many_more() -> None:
    text = BUYERS + "RETURN p.product_id AS id, count(DISTINCT c) AS n ORDER BY n DESC SKIP 5 LIMIT 10"
    assert "if(count() < 10 + 5, 0, min(n))" in sql(text)


def test_a_view_without_access_paths_has_no_sets() -> None:
    bare = Compiler(load_view(access=False))
    assert "product_buyers" not in bare.compile(BUYERS + "RETURN count(DISTINCT c) AS n", {}).sql


@pytest.mark.parametrize("thing", ["(:Product {category: 'Home'})", "()-[:BELONGS_TO]->(:Category {name: 'Home'})"])
def test_a_set_of_all_who_bought_things_of_a_kind_is_made_of_rows(thing: str) -> None:
    made = sql(f"MATCH (c:Customer) WHERE NOT (c)-[:PURCHASED]->{thing} RETURN c.name AS n")
    assert "bitmapContains((SELECT groupBitmapState(customer_id) FROM purchased_by_product WHERE product_id IN" in made
    assert "product_buyers" not in made


def test_what_those_bought_who_bought_one_thing_is_counted_in_their_rows() -> None:
    made = sql(
        "MATCH (:Product {product_id: 3})<-[:PURCHASED]-(c)-[:PURCHASED]->(o) "
        "WHERE o.product_id <> 3 RETURN o.product_id AS id, count(DISTINCT c) AS n"
    )
    assert "uniqExact(customer_id)" in made
    assert "FROM transactions WHERE status IN ('completed') AND product_id <> 3 AND customer_id IN (SELECT" in made
