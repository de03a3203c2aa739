"""Cells of an answer become what their kinds say."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from queries.graph.decoding import decoded, identity
from queries.graph.elements import Node, Path, Relationship
from queries.graph.shapes import AnyKind, ElementKind, Kind, ListKind, MapKind, PathKind, unify
from queries.graph.view import load_view

VIEW = load_view()
HOME, THING = VIEW.nodes["Category"], VIEW.nodes["Product"]
BELONGS = VIEW.edges["BELONGS_TO"]
CATEGORY = ["Category", "Home", ["Home"]]
PRODUCT = ["Product", 7, [7, "Thing", "Home", "Ikea", "12.50", None, "2024-01-01"]]
STEP = ["BELONGS_TO", 7, 7, "Home", []]
MIXED = AnyKind(frozenset({"integer", "string"}))


def test_a_node_has_labels_ids_and_the_properties_that_are_not_null() -> None:
    node = decoded(ElementKind("node", (HOME, THING)), json.dumps(PRODUCT))
    assert isinstance(node, Node)
    assert (node.labels, node.element_id, node.id) == (("Product",), "Product:7", identity(THING, 7))
    assert node.properties["price"] == Decimal("12.50")
    assert node.properties["launch_date"] == dt.date(2024, 1, 1)
    assert "stock_quantity" not in node.properties


def test_a_path_holds_nodes_and_relationships_between_them() -> None:
    found = decoded(PathKind((HOME, THING), (BELONGS,)), json.dumps([[PRODUCT, CATEGORY], [STEP]]))
    assert isinstance(found, Path)
    (step,) = found.relationships
    assert isinstance(step, Relationship)
    assert (step.start, step.end) == tuple(node.id for node in found.nodes)
    assert (step.start_element_id, step.end_element_id) == ("Product:7", "Category:Home")


def test_nodes_of_different_types_have_different_ids() -> None:
    ids = {identity(VIEW.nodes[name], key) for name in ("Customer", "Product") for key in range(50)}
    ids |= {identity(VIEW.nodes[name], key) for name in ("Category", "Brand") for key in ("Home", "Ikea")}
    assert len(ids) == 104


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("boolean", 1, True),
        ("string", "x", "x"),
        (ListKind("boolean"), [1, None], [True, None]),
        (ListKind("integer", packed=True), "[1, null]", [1, None]),
        (MapKind((("a", "decimal"), ("b", ListKind("integer")))), '{"a": "1.10"}', {"a": Decimal("1.1")}),
        (ListKind(MIXED), ['["integer", 1]', '["string", "x"]', None], [1, "x", None]),
        (MapKind(()), None, None),
    ],
)
def test_values(kind: Kind, cell: Any, expected: Any) -> None:
    assert decoded(kind, cell) == expected


def test_kinds_are_shown_as_one_that_holds_them_all() -> None:
    assert unify(["integer", "null", "integer"]) == "integer"
    assert unify([]) == "null"
    assert unify([ListKind("integer"), ListKind("string", packed=True)]) == ListKind(MIXED, packed=True)
    assert unify([MapKind((("a", "integer"),)), MapKind((("b", "string"),))]) == MapKind(
        (("a", "integer"), ("b", "string"))
    )
    assert unify([MIXED, ListKind("float")]) == AnyKind(
        frozenset({"integer", "string", ListKind("float", packed=True)})
    )
