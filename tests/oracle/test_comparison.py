"""The comparison with Neo4j sees what differs, and nothing else."""

from decimal import Decimal
from typing import Any

import pytest

from queries.graph.reader import read
from tests.oracle.cypher.comparison import form_of, same_answer
from tests.oracle.cypher.features import features
from tests.oracle.cypher.values import alike, missing

NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1), (Decimal("0.30"), 0.1 + 0.2), (Decimal(2), 2), (NAN, NAN), (None, None), ([1, None], [1, None])],
)
def test_alike(one: Any, other: Any) -> None:
    assert alike(one, other, bags=False)
    assert alike(other, one, bags=False)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (1, "1"), (0, None), (1.0, 1.00000001), ([1, 2], [2, 1]), ("a", "A"), (2**53, 2**53 + 1),
     ({"a": None}, {}), (("node", "a", {}), ["node", "a", {}]), ([], None)],
)  # fmt: skip
def test_unlike(one: Any, other: Any) -> None:
    assert not alike(one, other, bags=False)
    assert not alike(other, one, bags=False)


def test_lists_are_bags_where_that_is_said() -> None:
    assert alike([1, [2, 3], 1], [[3, 2], 1, 1], bags=True)
    assert not alike([1, 1, 2], [1, 2, 2], bags=True)
    assert missing([[1], [1]], [[1], [2]], bags=True) == [[1]]


def same(text: str, ours: list[list[Any]], theirs: list[list[Any]], whole: list[list[Any]] | None = None) -> bool:
    return same_answer(ours, theirs, whole, form_of(text, read(text)))


def test_rows_are_a_bag_unless_they_are_in_order() -> None:
    assert same("UNWIND [1, 2] AS x RETURN x", [[1], [2], [2]], [[2], [1], [2]])
    assert not same("UNWIND [1, 2] AS x RETURN x", [[1], [2], [1]], [[2], [1], [2]])
    assert not same("UNWIND [1, 2] AS x RETURN x ORDER BY x", [[1], [2]], [[2], [1]])


def test_what_ties_may_come_in_any_order() -> None:
    text = "MATCH (c:Customer) RETURN c.segment AS s, c.name AS n ORDER BY s"
    assert same(text, [["a", 1], ["a", 2], ["b", 3]], [["a", 2], ["a", 1], ["b", 3]])
    assert not same(text, [["a", 1], ["b", 2], ["b", 3]], [["a", 1], ["a", 2], ["b", 3]])


def test_a_page_holds_as_many_of_each_tie_group_and_only_what_is_there() -> None:
    text = "MATCH (c:Customer) RETURN c.segment AS s, c.name AS n ORDER BY s LIMIT 2"
    assert form_of(text, read(text)).whole == "MATCH (c:Customer) RETURN c.segment AS s, c.name AS n ORDER BY s"
    whole = [["a", 1], ["a", 2], ["a", 3], ["b", 4]]
    assert same(text, [["a", 3], ["a", 1]], [["a", 1], ["a", 2]], whole)
    assert not same(text, [["a", 3], ["a", 3]], [["a", 1], ["a", 2]], whole)
    assert not same(text, [["a", 3], ["b", 4]], [["a", 1], ["a", 2]], whole)


def test_collected_lists_are_bags_and_others_are_not() -> None:
    assert same("MATCH (c:Customer) RETURN collect(c.name) AS l", [[["a", "b"]]], [[["b", "a"]]])
    assert not same("RETURN ['a', 'b'] AS l", [[["a", "b"]]], [[["b", "a"]]])


def test_features_are_found() -> None:
    assert "three hops and more" in features("MATCH (a)-[:X]->(b)<-[r]-(c:C)-[:Y]-() RETURN count(*) AS n")
    text = (
        "MATCH (c:Customer)-[:PURCHASED]->(p)<-[r:PURCHASED]-(d) "
        "OPTIONAL MATCH (d)-[e*1..2]-(x) WHERE NOT x.name IN [null] "
        "WITH c, collect(DISTINCT x.name) AS l RETURN toUpper(c.name) AS n, l[0..2] AS l ORDER BY n LIMIT 3"
    )
    assert features(text) == {
        "MATCH", "OPTIONAL MATCH", "WHERE", "WITH", "ORDER BY", "SKIP or LIMIT", "hop forwards", "hop backwards",
        "hop either way", "walk (*m..n)", "NOT", "IN", "null", "collect(DISTINCT)", "toUpper()",
        "slice or index",
    }  # fmt: skip
