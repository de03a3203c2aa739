"""schemas/graph.json is what PuppyGraph documents, holds no secret, and agrees with itself and the access paths."""

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from queries.graph.view import load_view

FOLDER = resources.files("schemas")


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def test_the_schema_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(read("graph.schema.json"))
    jsonschema.validate(read("graph.json"), read("graph.schema.json"), cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda graph: graph["catalog"][0]["jdbc"].update(password="secret"),
        lambda graph: graph["node"][0].pop("id"),
        lambda graph: graph["edge"][0].update(fromKey=[]),
        lambda graph: graph["node"][0]["attribute"].append({"name": "x", "type": "Text"}),
    ],
)
def test_a_spoilt_one_is_not(spoil: Any) -> None:
    graph = read("graph.json")
    spoil(graph)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(graph, read("graph.schema.json"), cls=jsonschema.Draft202012Validator)


def test_every_field_is_mapped() -> None:
    for element in [*read("graph.json")["node"], *read("graph.json")["edge"]]:
        mapped = [field["targetFieldName"] for field in element["dataSourceGroup"]["externalDataSource"]["mappedField"]]
        used = [part["name"] for key in ("id", "attribute", "fromKey", "toKey") for part in element.get(key, [])]
        assert sorted(mapped) == sorted(used), element["label"]


def test_edges_join_labels_that_are_there() -> None:
    view = load_view()
    assert set(view.nodes) == {"Customer", "Product", "Category", "Brand"}
    assert set(view.edges) == {"PURCHASED", "INTERACTED", "BELONGS_TO", "MANUFACTURED_BY"}
    for edge in view.edges.values():
        assert {edge.source_label, edge.target_label} <= set(view.nodes)


def test_access_paths_belong_to_types_that_are_there() -> None:
    access, view = read("graph.access.json"), load_view()
    for name, ways in access["edges"].items():
        edge = view.edges[name]
        for way in ways:
            assert way["table"] in access["tables"]
            assert {edge.key, edge.source_key, edge.target_key} <= set(way["columns"])
    for label, ways in access["sums"].items():
        for way in ways:
            assert way["property"] in view.nodes[label].columns
            assert way["order"][0] == way["by"] == view.nodes[label].key


def test_without_access_paths_the_view_still_has_every_table() -> None:
    bare = load_view(access=False)
    assert all(len(edge.sources) == 1 and edge.sources[0].rows == "opaque" for edge in bare.edges.values())
