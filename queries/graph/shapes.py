"""Kinds of values that are made of others: lists, maps, nodes, relationships, paths, and values of several kinds.

In SQL a map, a node, a relationship and a path are JSON text (see queries.graph.packing); a list is an array, or JSON
text where it may be null, which an array cannot be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from queries.graph.view import EdgeType, NodeType


@dataclass(frozen=True)
class ListKind:
    """A list; `packed` where it is JSON text and may be null."""

    item: "Kind"
    packed: bool = False


@dataclass(frozen=True)
class MapKind:
    """A map with these keys; a value of it may lack some."""

    fields: "tuple[tuple[str, Kind], ...]"

    def of(self, key: str) -> "Kind":
        """The kind of a key's value: null for one that is never there."""
        return dict(self.fields).get(key, "null")


@dataclass(frozen=True)
class ElementKind:
    """A node or a relationship of one of these types."""

    name: Literal["node", "relationship"]
    types: tuple[NodeType | EdgeType, ...]


@dataclass(frozen=True)
class PathKind:
    """A path through nodes and relationships of these types."""

    nodes: tuple[NodeType, ...]
    edges: tuple[EdgeType, ...]


@dataclass(frozen=True)
class AnyKind:
    """A value of one of several kinds, no two of the same name; each value says which."""

    members: "frozenset[Kind]"

    def member(self, name: str) -> "Kind":
        """The member that values of a name's kind are shown as: where there are floats, a decimal is one."""
        by_name = {name_of(kind): kind for kind in self.members}
        return by_name["float" if name == "decimal" and name not in by_name else name]


#: integer, float, decimal, string, boolean, date, datetime, null, any (not known), or one of the classes above.
Kind: TypeAlias = str | ListKind | MapKind | ElementKind | PathKind | AnyKind


NUMBERS = frozenset({"integer", "float", "decimal"})


def is_mixed(kind: Kind) -> bool:
    """Whether values of the kind are numbers, of which each says what kind of number it is."""
    return isinstance(kind, AnyKind) and kind.members <= NUMBERS


def among(kind: Kind) -> tuple[Kind, ...]:
    """The kinds that a value may be of, where each says so; the kind itself for all others."""
    return tuple(sorted(kind.members, key=name_of)) if isinstance(kind, AnyKind) else (kind,)


def name_of(kind: Kind) -> str:
    """The kind in one word."""
    if isinstance(kind, str):
        return kind
    if isinstance(kind, ElementKind):
        return kind.name
    return {ListKind: "list", MapKind: "map", PathKind: "path", AnyKind: "any"}[type(kind)]


def is_text(kind: Kind) -> bool:
    """Whether SQL holds a value of the kind as JSON text."""
    return kind.packed if isinstance(kind, ListKind) else not isinstance(kind, str)


def unify(kinds: Iterable[Kind]) -> Kind:
    """The kind that values of all these kinds can be shown as.

    A decimal beside floats is one of them: Cypher has no decimals, and what it calls the two is the same. Whole numbers
    beside floats stay what they are.
    """
    flat: set[Kind] = set()
    for kind in kinds:
        flat |= set(kind.members) if isinstance(kind, AnyKind) else {kind}
    flat -= {"null", "decimal"} if "float" in flat else {"null"}
    by_name: dict[str, list[Kind]] = {}
    for kind in flat:
        by_name.setdefault(name_of(kind), []).append(kind)
    merged = [_merged(same) for same in by_name.values()]
    if not merged:
        return "null"
    return merged[0] if len(merged) == 1 else AnyKind(frozenset(_loose(kind) for kind in merged))


def _merged(same: list[Kind]) -> Kind:
    first = same[0]
    if isinstance(first, ListKind):
        lists = [kind for kind in same if isinstance(kind, ListKind)]
        return ListKind(unify(kind.item for kind in lists), any(kind.packed for kind in lists))
    if isinstance(first, MapKind):
        maps = [kind for kind in same if isinstance(kind, MapKind)]
        keys = sorted({key for kind in maps for key, _ in kind.fields})
        return MapKind(tuple((key, unify(kind.of(key) for kind in maps)) for key in keys))
    if isinstance(first, ElementKind):
        types = {item.name: item for kind in same if isinstance(kind, ElementKind) for item in kind.types}
        return replace(first, types=tuple(types[name] for name in sorted(types)))
    if isinstance(first, PathKind):
        paths = [kind for kind in same if isinstance(kind, PathKind)]
        nodes = {item.name: item for kind in paths for item in kind.nodes}
        edges = {item.name: item for kind in paths for item in kind.edges}
        return PathKind(tuple(nodes[name] for name in sorted(nodes)), tuple(edges[name] for name in sorted(edges)))
    return first


def _loose(kind: Kind) -> Kind:
    """Within a value of several kinds a list is text."""
    return replace(kind, packed=True) if isinstance(kind, ListKind) else kind
