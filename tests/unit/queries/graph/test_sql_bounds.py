"""Which questions for the largest are asked by bounds, and which are not."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view, make_view, read_files

COMPILER = Compiler(load_view())
BOUGHT = "MATCH (c:Customer)-[r:PURCHASED]->(p:Product) "
MOST = "ORDER BY n DESC, i LIMIT 5"


def sql(text: str) -> str:
    return COMPILER.compile(text, {}).sql


@pytest.mark.parametrize(
    "text",
    [
        BOUGHT + "RETURN c.customer_id AS i, count(*) AS n " + MOST,
        BOUGHT + "WHERE r.amount > 5 RETURN c.customer_id AS i, count(r) AS n, sum(r.amount) AS s " + MOST,
        BOUGHT + "WHERE c.segment = 'VIP' RETURN c.customer_id AS i, c.name AS m, count(r) AS n " + MOST,
        BOUGHT + "RETURN c.customer_id AS i, p.category AS k, count(r) AS n " + MOST,
        BOUGHT + "MATCH (p)-[:BELONGS_TO]->(k) RETURN c.customer_id AS i, count(k) AS n " + MOST,
        BOUGHT + "WITH c, count(r) AS n WHERE n >= 2 AND 1 < n RETURN c.customer_id AS i, n " + MOST,
    ],
)
def test_the_largest_counts_of_a_customer_are_bounded(text: str) -> None:
    assert sql(text).count("FROM customer_bounds FINAL WHERE purchases_at_most >= (SELECT if(count() < 5") == 1


def test_the_largest_counts_of_a_product_are_bounded_by_its_buyers() -> None:
    made = sql(BOUGHT + "RETURN c.segment AS i, p.product_id AS q, count(*) AS n " + MOST)
    assert "FROM product_buyers FINAL WHERE at_most >= (SELECT" in made


@pytest.mark.parametrize(
    "text",
    [
        # The smallest; all; of no one node, or of two; with what is asked of few to begin with; counts of a count.
        BOUGHT + "RETURN c.customer_id AS i, count(*) AS n ORDER BY n, i LIMIT 5",
        BOUGHT + "RETURN c.customer_id AS i, count(*) AS n ORDER BY n DESC",
        BOUGHT + "RETURN c.segment AS i, count(*) AS n " + MOST,
        BOUGHT + "RETURN c.customer_id AS i, p.product_id AS q, count(*) AS n " + MOST,
        BOUGHT + "MATCH (p)-[:BELONGS_TO]->(k) RETURN c.customer_id AS i, k.name AS k, count(*) AS n " + MOST,
        BOUGHT + "WHERE p.product_id = 3 RETURN c.customer_id AS i, count(*) AS n " + MOST,
        BOUGHT + "RETURN c.customer_id AS i, sum(r.amount) AS n " + MOST,
        BOUGHT + "RETURN c.customer_id AS i, count(DISTINCT p) AS n " + MOST,
        "MATCH (c:Customer)-[r:INTERACTED]->() RETURN c.customer_id AS i, count(r) AS n " + MOST,
        # More than one row for a purchase.
        BOUGHT + "MATCH (p)<-[:PURCHASED]-(d) RETURN c.customer_id AS i, count(*) AS n " + MOST,
        "MATCH (c)-[:PURCHASED]->()-[:BELONGS_TO]->()<-[:BELONGS_TO]-(q) RETURN c.customer_id AS i, count(*) AS n "
        + MOST,
        # Rows behind the bound that a condition on the small ones leaves.
        BOUGHT + "WITH c, count(r) AS n WHERE n < 9 RETURN c.customer_id AS i, n " + MOST,
        BOUGHT + "WITH c, count(r) AS n WHERE c.segment = 'VIP' RETURN c.customer_id AS i, n " + MOST,
        BOUGHT + "WITH c, count(r) AS n LIMIT 9 RETURN c.customer_id AS i, n " + MOST,
    ],
)
def test_all_else_is_counted_whole(text: str) -> None:
    assert "purchases_at_most" not in sql(text)


def test_the_largest_sums_are_bounded() -> None:
    made = sql("MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS v ORDER BY v DESC, i SKIP 2 LIMIT 3")
    assert "ORDER BY value_at_most DESC, customer_id LIMIT 3 + 2 + 20" in made
    assert "value_at_most >= (SELECT if(count() < 3 + 2, 0, min(n))" in made


@pytest.mark.parametrize(
    "text",
    [
        BOUGHT + "RETURN c.customer_id AS i, count(*) AS n " + MOST,
        "MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS n " + MOST,
    ],
)
def test_those_that_the_bound_is_taken_from_are_read_whatever_their_own_bounds_say(text: str) -> None:
    """Bounds may be behind the rows for a moment: without these there would be fewer than are asked for, or none."""
    made = sql(text)
    first = made[made.index("SELECT arrayJoin((SELECT groupArray(customer_id)") :].split("LIMIT 5 + 20")[0]
    assert f" OR customer_id IN ({first}LIMIT 5 + 20) AS most)) AS customer_id)" in made


@pytest.mark.parametrize("order", ["v", "i DESC, v DESC"])
def test_others_than_the_largest_sums_are_added_up_whole(order: str) -> None:
    made = sql(f"MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS v ORDER BY {order} LIMIT 3")
    assert "value_at_most" not in made


def test_without_the_table_of_bounds_nothing_is_bounded() -> None:
    schema, access = read_files()
    access.pop("bounds")
    bare = Compiler(make_view(schema, access))
    assert "customer_bounds" not in bare.compile(BOUGHT + "RETURN c.customer_id AS i, count(*) AS n " + MOST, {}).sql
