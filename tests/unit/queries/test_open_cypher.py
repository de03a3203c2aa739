"""The 20 graph queries need no more of Cypher than PuppyGraph documents, so that they run there as they are.

PuppyGraph documents that it supports openCypher, version 9: https://docs.puppygraph.com/reference/cypher-query-language.
What that has is in the Cypher Query Language Reference, Version 9, of https://opencypher.org/resources. The list is
of what the queries use of it: who adds to it looks there first. EXISTS { }, COUNT { } and CALL { } came later.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from queries.catalogue import Query, catalogue
from queries.graph import syntax
from queries.graph.reader import read

CLAUSES = {"MATCH", "OPTIONAL MATCH", "WITH", "RETURN", "WHERE", "DISTINCT", "ORDER BY", "LIMIT"}
OPERATORS = {"=", "<>", "<", ">=", "<=", "/", "*", "AND", "NOT", "IN", "IS NOT NULL", "CASE", "pattern as predicate"}
FUNCTIONS = {"count", "count DISTINCT", "sum", "avg", "type", "tofloat"}
#: Values, names, and the parts of patterns: nodes, relationships of one or of several types, and their directions.
PLAIN = {"Constant", "Parameter", "Variable", "Property", "NodePattern", "EdgePattern", "Path", "Item", "Sort"}
DOCUMENTED = CLAUSES | OPERATORS | FUNCTIONS | PLAIN


def used(node: Any) -> Iterator[str]:
    """What a part of a query is, and what its parts are."""
    match node:
        case syntax.Match():
            yield "OPTIONAL MATCH" if node.optional else "MATCH"
            yield from ["WHERE"] if node.where is not None else []
        case syntax.Project():
            said = {"DISTINCT": node.distinct, "ORDER BY": node.order, "SKIP": node.skip, "LIMIT": node.limit}
            yield from (name for name, there in {**said, "WHERE": node.where, "*": node.star}.items() if there)
        case syntax.Binary() | syntax.Unary() | syntax.Boolean():
            yield node.operator
        case syntax.Call():
            yield node.name
        case syntax.Aggregate():
            yield f"{node.name} DISTINCT" if node.distinct else node.name
        case syntax.Case():
            yield "CASE"
        case syntax.PathTest():
            yield "pattern as predicate"
        case _:
            yield type(node).__name__
            yield from ["variable length"] if isinstance(node, syntax.EdgePattern) and node.length else []
    for part in syntax.children(node):
        yield from used(part)


def everything(text: str) -> set[str]:
    """All that a query uses."""
    query = read(text)
    assert isinstance(query, syntax.Query)
    *before, last = query.clauses
    stages = {"WITH" for clause in before if isinstance(clause, syntax.Project)}
    return {"RETURN", *stages, *(name for clause in (*before, last) for name in used(clause))}


@pytest.mark.parametrize("query", catalogue("cypher"), ids=lambda query: query.name)
def test_a_query_keeps_to_what_puppygraph_documents(query: Query) -> None:
    assert everything(query.text) <= DOCUMENTED


def test_the_list_names_nothing_that_no_query_uses() -> None:
    assert set().union(*(everything(query.text) for query in catalogue("cypher"))) == DOCUMENTED


@pytest.mark.parametrize(
    ("text", "beyond"),
    [
        ("MATCH (c) WHERE EXISTS { (c)-->() } RETURN c.name AS n", {"Exists"}),
        ("UNWIND [1] AS x RETURN x", {"Unwind", "ListOf"}),
        ("MATCH (c)-[*1..2]->(d) RETURN size(d.name) AS n SKIP 1", {"Length", "variable length", "size", "SKIP"}),
    ],
)
def test_what_goes_beyond_is_seen(text: str, beyond: set[str]) -> None:
    assert everything(text) - DOCUMENTED == beyond
