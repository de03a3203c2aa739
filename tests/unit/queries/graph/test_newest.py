"""A page of the newest rows of a table is bounded, and no other page is."""

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import load_view

COMPILER = Compiler(load_view())
BOUGHT = "MATCH (c:Customer)-[r:PURCHASED]->(p:Product) "


def sql(text: str) -> str:
    return COMPILER.compile(text, {}).sql


@pytest.mark.parametrize(
    "text",
    [
        BOUGHT + "RETURN r.ts AS t, r.amount AS a ORDER BY t DESC, a LIMIT 5",
        BOUGHT + "WHERE c.segment = 'VIP' AND r.amount > 5 RETURN p.name AS m ORDER BY r.ts DESC LIMIT 5",
        "MATCH (p:Product {category: 'Home'})<-[r:INTERACTED]-(c) RETURN c.name AS m ORDER BY r.ts DESC LIMIT 5",
    ],
)
def test_the_newest_rows_are_bounded_by_those_of_the_last_days(text: str) -> None:
    made = sql(text)
    assert "if(count() < 5, CAST('1900-01-01 00:00:00', 'DateTime64(3, ''UTC'')'), min(moment))" in made
    assert "subtractDays((SELECT max(ts) FROM" in made


def test_rows_that_are_skipped_are_bounded_with_the_page() -> None:
    assert "if(count() < 5 + 2," in sql(BOUGHT + "RETURN r.ts AS t ORDER BY t DESC SKIP 2 LIMIT 5")


@pytest.mark.parametrize(
    "text",
    [
        # The oldest; another order first; all of them; those of one node; groups; more than one relationship.
        BOUGHT + "RETURN r.ts AS t ORDER BY t LIMIT 5",
        BOUGHT + "RETURN r.ts AS t ORDER BY r.amount DESC, t DESC LIMIT 5",
        BOUGHT + "RETURN r.ts AS t ORDER BY t DESC",
        BOUGHT + "WHERE c.customer_id = 7 RETURN r.ts AS t ORDER BY t DESC LIMIT 5",
        BOUGHT + "RETURN DISTINCT r.ts AS t ORDER BY t DESC LIMIT 5",
        BOUGHT + "RETURN c.name AS m, max(r.ts) AS t ORDER BY t DESC LIMIT 5",
        BOUGHT + ", (p)<-[:INTERACTED]-(d) RETURN r.ts AS t ORDER BY t DESC LIMIT 5",
    ],
)
def test_other_rows_are_read_as_they_are(text: str) -> None:
    assert "subtractDays" not in sql(text)


def test_a_view_without_access_paths_has_no_bound() -> None:
    bare = Compiler(load_view(access=False))
    made = bare.compile(BOUGHT + "RETURN r.ts AS t ORDER BY t DESC LIMIT 5", {})
    assert "subtractDays" not in made.sql
