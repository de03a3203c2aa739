"""The graph's view of the tables: schemas/graph.json (PuppyGraph's format) and, beside it, ways to the same rows.

The compiler knows no table and no column by name but through this.
"""

import difflib
import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal

from queries.graph.errors import refusal
from queries.graph.syntax import At

Rows = Literal["immutable", "versioned", "opaque"]

#: PuppyGraph's types as this compiler reasons about them.
KINDS = {
    "Byte": "integer",
    "Short": "integer",
    "Int": "integer",
    "Long": "integer",
    "HugeInt": "integer",
    "Float": "float",
    "Double": "float",
    "String": "string",
    "Boolean": "boolean",
    "Date": "date",
    "DateTime": "datetime",
}


@dataclass(frozen=True)
class Source:
    """A table as one way to rows.

    `rows` says what FINAL is for: immutable rows may be repeated but never differ, versioned ones may be out of date,
    of opaque ones (views) nothing is known. `where` is the condition that is part of the way. Columns in `few` have few
    distinct values. `newest` is a column of times, never null, and a number of days: rows of the last of these days are
    found without reading the others.
    """

    table: str
    rows: Rows = "opaque"
    order: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lacks: frozenset[str] = frozenset()
    few: frozenset[str] = frozenset()
    newest: tuple[str, int] | None = None


@dataclass(frozen=True)
class Members:
    """A table with a row for each node at one end of an edge type, and the set of the nodes at the other ends.

    `key` is the column of the node, `column` holds the set (a Roaring bitmap), `at_most` a number no smaller than the
    set is. Sets of the same node are united.
    """

    table: str
    key: str
    column: str
    at_most: str


@dataclass(frozen=True)
class Bound:
    """A table of numbers that bound one that is not kept: how many relationships of a type a node has, or a sum.

    `key` is the column of the node. The number is never more than the sum of `at_most` over the node's rows, nor than 0
    without any. It is never less than there are bits in all their `at_least`, if there is such a column.
    """

    table: str
    key: str
    at_most: str
    at_least: str | None = None


@dataclass(frozen=True)
class Sum:
    """A property that is the sum of a column over the rows of another table that have the node's key: 0 without any."""

    source: Source
    key: str
    column: str
    bound: Bound | None = None


@dataclass(frozen=True)
class NodeType:
    """A label: its key column, its properties as column and kind, and ways to its rows, the best first.

    `labels` are what its nodes bear: the label alone, unless the access file says otherwise. It is number `place` of
    the `among` that there are.
    """

    label: str
    key: str
    key_kind: str
    columns: Mapping[str, str] = field(hash=False)
    kinds: Mapping[str, str] = field(hash=False)
    sources: tuple[Source, ...] = field(hash=False)
    labels: tuple[str, ...] = ()
    place: int = 0
    among: int = 1
    sums: Mapping[str, Sum] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """The name among the view's nodes."""
        return self.label

    def source(self, columns: frozenset[str]) -> Source:
        """The best way to these columns."""
        return next(source for source in self.sources if not source.lacks & columns)


@dataclass(frozen=True)
class EdgeType:
    """A relationship type between two labels, with ways sorted by either end.

    `type` is what its relationships bear: the name, unless the access file says otherwise.
    """

    name: str
    source_label: str
    target_label: str
    key: str
    source_key: str
    target_key: str
    columns: Mapping[str, str] = field(hash=False)
    kinds: Mapping[str, str] = field(hash=False)
    sources: tuple[Source, ...] = field(hash=False)
    source_node: NodeType
    target_node: NodeType
    type: str
    place: int = 0
    among: int = 1
    members: tuple[Members, ...] = field(default=(), hash=False)
    bounds: tuple[Bound, ...] = field(default=(), hash=False)

    def source(self, by: str | None, columns: frozenset[str]) -> Source:
        """The way to these columns, sorted by the column `by` where there is one."""
        able = [source for source in self.sources if not source.lacks & columns]
        sorted_so = [source for source in able if by is not None and source.order[:1] == (by,)]
        return (sorted_so or able)[0]


@dataclass(frozen=True)
class View:
    """All labels and types. In an `open` one, what is not there is only absent; else it is refused, as a slip."""

    nodes: Mapping[str, NodeType]
    edges: Mapping[str, EdgeType]
    open: bool = False

    def node(self, label: str, at: At | None = None) -> NodeType:
        """The label's type; refuses one that is not there and says which are."""
        if label not in self.nodes:
            raise refusal(f"There is no label '{label}'{_near(label, self.nodes)}", at)
        return self.nodes[label]

    def edge(self, name: str, at: At | None = None) -> EdgeType:
        """The relationship type; refuses one that is not there and says which are."""
        if name not in self.edges:
            raise refusal(f"There is no relationship type '{name}'{_near(name, self.edges)}", at)
        return self.edges[name]

    def labelled(self, label: str, at: At | None = None) -> tuple[NodeType, ...]:
        """The nodes that bear a label; refuses one that is not there and says which are."""
        found = tuple(node for node in self.nodes.values() if label in node.labels)
        if not found and not self.open:
            there = dict.fromkeys(name for node in self.nodes.values() for name in node.labels)
            raise refusal(f"There is no label '{label}'{_near(label, there)}", at)
        return found

    def typed(self, name: str, at: At | None = None) -> tuple[EdgeType, ...]:
        """The relationships of a type; refuses one that is not there and says which are."""
        found = tuple(edge for edge in self.edges.values() if edge.type == name)
        if not found and not self.open:
            there = dict.fromkeys(edge.type for edge in self.edges.values())
            raise refusal(f"There is no relationship type '{name}'{_near(name, there)}", at)
        return found

    def expect_property(self, elements: Sequence[NodeType | EdgeType], key: str, at: At | None) -> None:
        """Refuses a property that none of the elements has, and says which they have."""
        if elements and not self.open and not any(key in element.columns for element in elements):
            names = " or ".join(element.name for element in elements)
            there = dict.fromkeys(name for element in elements for name in element.columns)
            raise refusal(f"{names} has no property '{key}'{_near(key, there)}", at)


def column_of(element: NodeType | EdgeType, key: str, at: At | None = None) -> str:
    """The column of a property; refuses one that is not there and says which are."""
    if key not in element.columns:
        raise refusal(f"{element.name} has no property '{key}'{_near(key, element.columns)}", at)
    return element.columns[key]


@functools.cache
def load_view(access: bool = True) -> View:
    """The view of schemas/graph.json, with the ways of schemas/graph.access.json unless `access` is false."""
    schema, ways = read_files()
    return make_view(schema, ways if access else {})


def read_files() -> tuple[dict[str, Any], dict[str, Any]]:
    """The content of the two files."""
    folder = resources.files("schemas")
    graph, access = ((folder / f"{name}.json").read_text(encoding="utf-8") for name in ("graph", "graph.access"))
    return json.loads(graph), json.loads(access)


def make_view(schema: Mapping[str, Any], access: Mapping[str, Any]) -> View:
    """A view from the content of the two files; `access` may be empty."""
    counts = len(schema["node"]), len(schema["edge"])
    nodes = {node["label"]: _node(node, access, (place, counts[0])) for place, node in enumerate(schema["node"])}
    edges = {edge["label"]: _edge(edge, access, nodes, (at, counts[1])) for at, edge in enumerate(schema["edge"])}
    return View(nodes, edges, bool(access.get("open")))


def _node(node: Mapping[str, Any], access: Mapping[str, Any], place: tuple[int, int]) -> NodeType:
    table, mapped = _mapped(node)
    kinds = {item["name"]: _kind(item["type"]) for item in node["attribute"]}
    return NodeType(
        label=node["label"],
        key=mapped[node["id"][0]["name"]],
        key_kind=_kind(node["id"][0]["type"]),
        columns={name: mapped[name] for name in kinds},
        kinds=kinds,
        sources=_sources(table, access),
        labels=tuple(access.get("labels", {}).get(node["label"], (node["label"],))),
        place=place[0],
        among=place[1],
        sums={
            way["property"]: Sum(_base(way["of"], way), way["by"], way["column"], _sum_bound(way))
            for way in access.get("sums", {}).get(node["label"], ())
        },
    )


def _edge(
    edge: Mapping[str, Any], access: Mapping[str, Any], nodes: Mapping[str, NodeType], place: tuple[int, int]
) -> EdgeType:
    table, mapped = _mapped(edge)
    kinds = {item["name"]: _kind(item["type"]) for item in edge["attribute"]}
    own = frozenset(mapped.values())
    others = tuple(
        _source(way["table"], access, own - frozenset(way["columns"]))
        for way in access.get("edges", {}).get(edge["label"], ())
    )
    return EdgeType(
        name=edge["label"],
        source_label=edge["fromNodeLabel"],
        target_label=edge["toNodeLabel"],
        key=mapped[edge["id"][0]["name"]],
        source_key=mapped[edge["fromKey"][0]["name"]],
        target_key=mapped[edge["toKey"][0]["name"]],
        columns={name: mapped[name] for name in kinds},
        kinds=kinds,
        sources=(*_sources(table, access), *others),
        source_node=nodes[edge["fromNodeLabel"]],
        target_node=nodes[edge["toNodeLabel"]],
        type=access.get("types", {}).get(edge["label"], edge["label"]),
        place=place[0],
        among=place[1],
        members=tuple(
            Members(way["table"], mapped[edge[f"{way['by']}Key"][0]["name"]], way["column"], way["at_most"])
            for way in access.get("members", {}).get(edge["label"], ())
        ),
        bounds=tuple(
            Bound(way["table"], mapped[edge[f"{way['by']}Key"][0]["name"]], way["at_most"], way.get("at_least"))
            for kind in ("bounds", "members")
            for way in access.get(kind, {}).get(edge["label"], ())
        ),
    )


def _mapped(element: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    source = element["dataSourceGroup"]["externalDataSource"]
    return source["table"], {field["targetFieldName"]: field["sourceFieldName"] for field in source["mappedField"]}


def _sources(table: str, access: Mapping[str, Any]) -> tuple[Source, ...]:
    """The table itself last: what stands behind a view is quicker, and may lack columns."""
    known = access.get("tables", {}).get(table, {})
    if "base" not in known:
        return (_source(table, access, frozenset()),)
    return (_base(known["base"], known), Source(table))


def _base(table: str, known: Mapping[str, Any]) -> Source:
    """A table with the conditions under which its rows are those that are meant."""
    where = tuple((column, tuple(values)) for column, values in known.get("where", {}).items())
    lacks = frozenset(known.get("lacks", ()))
    few = frozenset(known.get("few", ()))
    return Source(table, known["rows"], tuple(known["order"]), where, lacks, few, _newest(known))


def _source(table: str, access: Mapping[str, Any], lacks: frozenset[str]) -> Source:
    known = access.get("tables", {}).get(table)
    if not known:
        return Source(table)
    few = frozenset(known.get("few", ()))
    return Source(table, known["rows"], tuple(known["order"]), (), lacks, few, _newest(known))


def _sum_bound(way: Mapping[str, Any]) -> Bound | None:
    bound = way.get("bound")
    return Bound(bound["table"], way["by"], bound["at_most"]) if bound else None


def _newest(known: Mapping[str, Any]) -> tuple[str, int] | None:
    way = known.get("newest")
    return (way["column"], way["days"]) if way else None


def _kind(type_name: str) -> str:
    return "decimal" if type_name.startswith("Decimal") else KINDS[type_name]


def _near(name: str, names: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f". There are {', '.join(names)}" + (f"; did you mean '{near[0]}'?" if near else "")
