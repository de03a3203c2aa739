"""Typed patterns out of Cypher, for the tests of rules."""

from queries.graph.binder import bind
from queries.graph.pattern import Pattern
from queries.graph.reader import read
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.syntax import Query
from queries.graph.view import load_view

INTEGERS = {"id": "integer", "other": "integer"}


def query(text: str) -> Query:
    """A query that is no UNION."""
    found = read(text)
    assert isinstance(found, Query)
    return found


def pattern(text: str) -> Pattern:
    """The pattern of `MATCH text`, as the binder leaves it."""
    return bind(query(f"MATCH {text} RETURN 1 AS one"), load_view())[0].patterns[0]


def prepared(text: str) -> Pattern:
    """The same with its conditions split and its constants known."""
    return propagate(split(pattern(text)), INTEGERS)


LIKE_YOU = "(c:Customer {customer_id: $id})-[:PURCHASED]->(p)<-[:PURCHASED]-(peer)-[:PURCHASED]->(other)"
