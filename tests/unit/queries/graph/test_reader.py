"""The reader takes Cypher over as it is meant, and refuses by name and place."""

import pytest

from queries.graph.reader import read
from queries.graph.syntax import Binary, Boolean, Constant, Expression, Match, Parameter, Project, Property, Unary
from schemas.errors import QueryError
from tests.unit.queries.graph.support import query

X, Y, Z = Property("a", "x"), Property("a", "y"), Property("a", "z")


def condition(text: str) -> Expression:
    match = query(f"MATCH (a) WHERE {text} RETURN a.x").clauses[0]
    assert isinstance(match, Match)
    return match.where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.x IN $xs AND a.y", Boolean("AND", (Binary("IN", X, Parameter("xs")), Y))),
        ("a.x IN $xs OR a.y AND a.z", Boolean("OR", (Binary("IN", X, Parameter("xs")), Boolean("AND", (Y, Z))))),
        ("NOT a.x IN $xs AND a.y", Boolean("AND", (Unary("NOT", Binary("IN", X, Parameter("xs"))), Y))),
        ("a.x OR a.y XOR a.z", Boolean("OR", (X, Boolean("XOR", (Y, Z))))),
        ("(a.x OR a.y) AND a.z", Boolean("AND", (Boolean("OR", (X, Y)), Z))),
        ("a.x IS NOT NULL", Unary("IS NOT NULL", X)),
        ("a.x STARTS WITH 'v'", Binary("STARTS WITH", X, Constant("v"))),
        (
            "a.x - 1 - a.y = 2 * a.z",
            Binary("=", Binary("-", Binary("-", X, Constant(1)), Y), Binary("*", Constant(2), Z)),
        ),
    ],
)
def test_conditions_bind_as_cypher_has_it(text: str, expected: Expression) -> None:
    assert condition(text) == expected


def test_a_parameter_may_bear_a_keywords_name() -> None:
    project = query("MATCH (a) RETURN a.x AS x LIMIT $limit").clauses[-1]
    assert isinstance(project, Project)
    assert project.limit == Parameter("limit")


def test_a_column_without_a_name_is_called_as_it_is_written() -> None:
    project = query("MATCH (a) RETURN a.x, count( * )").clauses[-1]
    assert isinstance(project, Project)
    assert [item.name for item in project.items] == ["a.x", "count( * )"]


def test_paths_of_every_direction() -> None:
    match = query("MATCH (a)<--(b)-[r:X|Y {k: 1}]-(c), (d) RETURN a.x").clauses[0]
    assert isinstance(match, Match)
    first, second = match.paths
    assert [edge.direction for edge in first.edges] == ["in", "both"]
    assert first.edges[1].types == ("X", "Y")
    assert first.edges[1].properties == (("k", Constant(1)),)
    assert second.nodes[0].variable == "d"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MATCH (a RETURN a", r"Broken Cypher: unexpected 'RETURN'.*\(line 1, column 10\)"),
        ("MATCH (a)\nRETURN a.x +", r"Broken Cypher: unexpected end of the query.* \(line 2, column 13\)"),
        ("MATCH (a) WHERE a.x = 'open RETURN a", r"Unterminated string.*line 1"),
        ("  ", "no query"),
        ("RETURN 1; RETURN 2", "One Cypher statement at a time"),
        ("CREATE (a:X)", "read-only: create would write"),
        ("MATCH (a) SET a.x = 1 RETURN a", r"read-only: set would write \(line 1, column 11\)"),
        ("MATCH (a) DETACH DELETE a", "read-only"),
        ("MERGE (a) RETURN a", "read-only: merge would write"),
        ("MATCH (a) RETURN a.x UNION MATCH (b) RETURN b.x UNION ALL RETURN 1", "UNION and UNION ALL cannot be mixed"),
        ("MATCH (a) WITH a.x + 1 RETURN 1", r"In WITH an expression needs a name: add AS and one \(line 1, column 16"),
        ("CALL db.labels()", r"'CALL' is not supported \(line 1, column 1\)"),
        ("MATCH (a)\nRETURN COLLECT { (a) }", r"COLLECT \{ \} is not supported \(line 2, column 8\)"),
        ("RETURN shortestPath((a)-->(b))", "'shortestpath' is not supported"),
        ("RETURN 12abc", "'12abc' is no number"),
        ("RETURN 9223372036854775808", "too large: Cypher's whole numbers have 64 bits"),
        ("RETURN " + "9" * 5000, r"a number of 5,000 digits \(line 1, column 8\)"),
        ("RETURN 0." + "9" * 5000, "a number of 5,002 digits"),
        ("MATCH (a)-[*1.." + "9" * 5000 + "]->(b) RETURN a", "a number of 5,000 digits"),
        ("RETURN 501e400", r"'501e400' is too large: Cypher's fractions end at 1.8e308 \(line 1, column 8\)"),
        ("RETURN 1e99999999999999999999", "is too large"),
        ("WITH 1 AS `` RETURN ``", r"a name without a letter \(line 1, column 11\)"),
        ("RETURN `open", "Unterminated name"),
        ("RETURN '\\uD800' AS x", "half a character stands alone in a string.*column 8"),
        ("RETURN '\\uDE00\\uD83D' AS x", "half a character"),
        ("RETURN '\\U00110000' AS x", r"there is no character '\\U00110000'"),
        ("RETURN '\udcff' AS x", "bytes that are no text"),
        ("RETURN 1 AS `\ud800`", "bytes that are no text"),
        ("RETURN /* open", "a comment that does not end"),
        (r"RETURN '\q'", r"a string knows no '\\q'"),
    ],
)
def test_refusals(text: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        read(text)
