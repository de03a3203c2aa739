"""From the cells of an answer to Python values: lists, dictionaries, nodes, relationships and paths among them."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from queries.graph.elements import Node, Path, Relationship
from queries.graph.shapes import AnyKind, ElementKind, Kind, ListKind, MapKind, PathKind
from queries.graph.view import EdgeType, NodeType


def decoded(kind: Kind, value: Any) -> Any:
    """The Python value of a cell; JSON text (see queries.graph.packing) becomes what its kind says."""
    if value is None:
        return None
    if isinstance(kind, str):
        return bool(value) if kind == "boolean" else value
    if isinstance(kind, ListKind) and not kind.packed:
        return [decoded(kind.item, item) for item in value]
    return _parsed(kind, json.loads(value))


def is_plain(kind: Kind) -> bool:
    """Whether cells of the kind are what they should be as the database gives them."""
    return isinstance(kind, str) and kind != "boolean"


def element_id(element: NodeType | EdgeType, key: int | str) -> str:
    """What elementId() says."""
    return f"{element.name}:{key}"


def identity(element: NodeType | EdgeType, key: int | str) -> int:
    """A whole number that no other node (or relationship) has; for a key that is a text, one derived from it."""
    number = key if isinstance(key, int) else int.from_bytes(hashlib.blake2b(key.encode(), digest_size=6).digest())
    return number * element.among + element.place


def _parsed(kind: Kind, found: Any) -> Any:
    if found is None:
        return None
    if isinstance(kind, str):
        return SCALARS[kind](found) if kind in SCALARS else found
    return READERS[type(kind)](kind, found)


def _element(kind: ElementKind, found: Any) -> Node | Relationship:
    element = next(item for item in kind.types if item.name == found[0])
    return _node(element, found) if isinstance(element, NodeType) else _relationship(element, found)


def _path(kind: PathKind, found: Any) -> Path:
    nodes = _parsed(ListKind(ElementKind("node", kind.nodes)), found[0])
    return Path(tuple(nodes), tuple(_parsed(ListKind(ElementKind("relationship", kind.edges)), found[1])))


def _node(kind: NodeType, found: Any) -> Node:
    _, key, values = found
    return Node(identity(kind, key), element_id(kind, key), kind.labels, _properties(kind, values))


def _relationship(kind: EdgeType, found: Any) -> Relationship:
    _, key, source, target, values = found
    return Relationship(
        identity(kind, key),
        element_id(kind, key),
        kind.type,
        identity(kind.source_node, source),
        element_id(kind.source_node, source),
        identity(kind.target_node, target),
        element_id(kind.target_node, target),
        _properties(kind, values),
    )


def _properties(kind: NodeType | EdgeType, values: list[Any]) -> dict[str, Any]:
    """What is not null, by name."""
    pairs = zip(kind.kinds, values, strict=True)
    return {name: _parsed(kind.kinds[name], value) for name, value in pairs if value is not None}


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


SCALARS: dict[str, Callable[[Any], Any]] = {
    "float": float,
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "datetime": _moment,
}

READERS: dict[type, Callable[[Any, Any], Any]] = {
    ListKind: lambda kind, found: [_parsed(kind.item, item) for item in found],
    MapKind: lambda kind, found: {key: _parsed(kind.of(key), item) for key, item in found.items()},
    AnyKind: lambda kind, found: _parsed(kind.member(found[0]), found[1]),
    ElementKind: _element,
    PathKind: _path,
}
