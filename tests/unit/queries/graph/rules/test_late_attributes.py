"""Which properties can wait until the rows are few."""

from collections.abc import Mapping

from queries.graph.rules.late_attributes import late
from queries.graph.syntax import Binary, Constant, Id, Property
from queries.graph.view import EdgeType, NodeType, load_view

SCOPE: Mapping[str, NodeType | EdgeType | None] = {
    "p": load_view().nodes["Product"],
    "r": load_view().edges["PURCHASED"],
}
NAME, PRICE, AMOUNT = Property("p", "name"), Property("p", "price"), Property("r", "amount")


def test_a_property_waits_where_its_key_is_a_column() -> None:
    assert late([Id("p"), NAME, PRICE], [], SCOPE, grouped=True) == {NAME, PRICE}


def test_a_property_that_is_itself_a_grouping_key_does_not() -> None:
    assert late([NAME], [], SCOPE, grouped=True) == frozenset()


def test_a_property_that_a_key_is_computed_from_does_not() -> None:
    assert late([Id("p"), PRICE, Binary("*", PRICE, Constant(2))], [], SCOPE, grouped=True) == frozenset()


def test_all_of_a_node_waits_where_nothing_is_grouped_but_what_a_relationship_holds_is_there() -> None:
    assert late([NAME, AMOUNT, Binary("*", PRICE, Constant(2))], [], SCOPE, grouped=False) == {NAME, PRICE}
