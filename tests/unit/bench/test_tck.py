"""What the TCK's bench reads, and how it compares: without the TCK itself, which is downloaded."""

from typing import Any

import pytest

from queries.graph.elements import Node, Path, Relationship
from tests.bench.tck.expected import same_rows, shown, written
from tests.bench.tck.features import scenarios
from tests.bench.tck.graphs import Builder, Graph, UnreadableError
from tests.bench.tck.tables import UnsuitableError, tables

FEATURE = r'''
Feature: Some
  Scenario Outline: [1] One
    Given an empty graph
    When executing query:
      """
      RETURN <x> AS a
      """
    Then the result should be, in any order:
      | a   |
      | <x> |
    Examples:
      | x      |
      | 1      |
      | 'a\|b' |
'''


def test_an_outline_stands_for_its_examples() -> None:
    (outline,) = scenarios("Some", FEATURE)
    first, second = outline.cases()
    assert [step.doc.strip() for step in first if step.doc] == ["RETURN 1 AS a"]
    assert second[-1].table == (("a",), ("'a|b'",))


def graph(*statements: str) -> Graph:
    made = Graph()
    for statement in statements:
        Builder(made).execute(statement)
    return made


def test_nodes_of_the_same_labels_and_properties_share_a_table() -> None:
    made = tables(
        graph(
            "CREATE (:A {n: 1})-[:T]->(b:B), (:A {n: 2})", "MATCH (b:B) UNWIND [1, 2] AS x CREATE (b)<-[:T {x: x}]-()"
        )
    )
    assert [node.labels for node in made.view.nodes.values()] == [("A",), ("B",), ()]
    assert {edge.type for edge in made.view.edges.values()} == {"T"}
    assert len(made.view.edges) == 2


def test_what_no_column_holds_is_told() -> None:
    with pytest.raises(UnsuitableError, match="the property n is a list"):
        tables(graph("CREATE ({n: [1]})"))
    with pytest.raises(UnreadableError):
        graph("MERGE (a)")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("null", None),
        ("-1.5", -1.5),
        ("[1, 'a', {k: true}]", [1, "a", {"k": True}]),
        ("(:B:A {n: 1})", ("node", ("A", "B"), {"n": 1})),
        (
            "<(:A)<-[:T {x: 1}]-()>",
            ("path", [("node", ("A",), {}), ("back", ("relationship", "T", {"x": 1})), ("node", (), {})]),
        ),
    ],
)
def test_cells(cell: str, value: Any) -> None:
    assert written(cell) == value


def test_the_engines_values_have_the_same_form() -> None:
    first, second = Node(1, "a:1", ("A",), {}), Node(2, "b:2", (), {"n": 1})
    step = Relationship(3, "t:3", "T", 2, "b:2", 1, "a:1", {})
    assert shown(Path((first, second), (step,))) == written("<(:A)<-[:T]-({n: 1})>")


def test_rows_are_bags_unless_they_are_ordered() -> None:
    assert same_rows([[1], [2]], [[2], [1]], ordered=False, bags=False)
    assert not same_rows([[1], [2]], [[2], [1]], ordered=True, bags=False)
    assert not same_rows([[1]], [[1.0]], ordered=False, bags=False)
    assert same_rows([[[1, 2]]], [[[2, 1]]], ordered=True, bags=True)
