"""A scenario's graph as tables and a view of them: one table for nodes of the same labels and kinds of properties."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from queries import values
from queries.graph.view import View, make_view
from tests.bench.tck.graphs import Graph
from tests.integration.queries.brute_values import Node, Relation

TYPES = {bool: ("Boolean", "Bool"), int: ("Long", "Int64"), float: ("Double", "Float64"), str: ("String", "String")}
KEY = [{"name": "@id", "type": "Long"}]

#: Names and types of properties.
Signature = tuple[tuple[str, type], ...]


class UnsuitableError(Exception):
    """A graph that tables cannot hold: with lists or times as properties."""


@dataclass
class Tables:
    """Statements that make the tables, the view of them, and the tables' names."""

    statements: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    view: View = field(default_factory=lambda: make_view({"node": [], "edge": []}, {"open": True}))


def tables(graph: Graph) -> Tables:
    """The graph as tables.

    Raises:
        UnsuitableError: a property has no type that a column could have.
    """
    made = Tables()
    kinds: dict[Node, str] = {}
    nodes: list[dict[str, Any]] = []
    labels: dict[str, list[str]] = {}
    for (own, signature), members in _nodes(graph).items():
        name = f"n{len(nodes)}"
        kinds.update(dict.fromkeys(members, name))
        labels[name] = list(own)
        nodes.append({"label": name, "id": KEY, **_mapped(name, signature, {"@id": "id"})})
        _table(made, name, signature, ["id"], [([node.key], graph.keys(node)) for node in members])
    edges: list[dict[str, Any]] = []
    types: dict[str, str] = {}
    for (kind, source, target, signature), relations in _relations(graph, kinds).items():
        name = f"e{len(edges)}"
        types[name] = kind
        ends = {
            "fromNodeLabel": source,
            "toNodeLabel": target,
            "fromKey": [{"name": "@from"}],
            "toKey": [{"name": "@to"}],
        }
        columns = {"@id": "id", "@from": "source", "@to": "target"}
        edges.append({"label": name, "id": KEY, **ends, **_mapped(name, signature, columns)})
        rows = [([one.key, one.source.key, one.target.key], graph.keys(one)) for one in relations]
        _table(made, name, signature, ["id", "source", "target"], rows)
    made.view = make_view({"node": nodes, "edge": edges}, {"open": True, "labels": labels, "types": types})
    return made


def _nodes(graph: Graph) -> dict[tuple[tuple[str, ...], Signature], list[Node]]:
    found = defaultdict(list)
    for element, own in graph.properties.items():
        if isinstance(element, Node):
            found[graph.labels(element), _signature(own)].append(element)
    return found


def _relations(graph: Graph, kinds: dict[Node, str]) -> dict[tuple[str, str, str, Signature], list[Relation]]:
    found = defaultdict(list)
    for one in graph.relations:
        found[one.type, kinds[one.source], kinds[one.target], _signature(graph.keys(one))].append(one)
    return found


def _signature(own: dict[str, Any]) -> Signature:
    for key, value in own.items():
        if type(value) not in TYPES:
            raise UnsuitableError(f"the property {key} is a {type(value).__name__}")
    return tuple(sorted((key, type(value)) for key, value in own.items()))


def _mapped(table: str, signature: Signature, columns: dict[str, str]) -> dict[str, Any]:
    pairs = [*columns.items(), *((key, f"p{place}") for place, (key, _) in enumerate(signature))]
    fields = [{"sourceFieldName": column, "targetFieldName": name} for name, column in pairs]
    source = {"externalDataSource": {"table": table, "mappedField": fields}}
    attributes = [{"name": key, "type": TYPES[kind][0]} for key, kind in signature]
    return {"dataSourceGroup": source, "attribute": attributes}


def _table(
    made: Tables, name: str, signature: Signature, keys: list[str], rows: list[tuple[list[Any], dict[str, Any]]]
) -> None:
    columns = [f"{key} Int64" for key in keys]
    columns += [f"p{place} {TYPES[kind][1]}" for place, (_, kind) in enumerate(signature)]
    made.names.append(name)
    made.statements.append(f"CREATE TABLE {name} ({', '.join(columns)}) ENGINE = Memory")
    if rows:
        texts = [
            ", ".join(values.literal(value) for value in [*own_keys, *(own[key] for key, _ in signature)])
            for own_keys, own in rows
        ]
        made.statements.append(f"INSERT INTO {name} VALUES {', '.join(f'({text})' for text in texts)}")
