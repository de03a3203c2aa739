"""What the names of a query stand for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from queries.graph.shapes import ElementKind, Kind, ListKind, unify
from queries.graph.view import EdgeType, NodeType


@dataclass(frozen=True)
class Element:
    """A node (or a relationship) of one of these types; it may be null where a pattern was optional."""

    node: bool
    types: tuple[NodeType | EdgeType, ...]
    nullable: bool = False

    @property
    def kind(self) -> ElementKind:
        """The kind of it as a value."""
        return ElementKind("node" if self.node else "relationship", self.types)

    @property
    def only(self) -> NodeType | EdgeType | None:
        """The type, where there is one alone."""
        return self.types[0] if len(self.types) == 1 else None

    @property
    def key_kind(self) -> str:
        """The kind of its key: a text where types have keys of different kinds."""
        kinds = {item.key_kind if isinstance(item, NodeType) else "integer" for item in self.types}
        return kinds.pop() if len(kinds) == 1 else "string"

    def property(self, key: str) -> Kind:
        """The kind of a property; null if no type has it."""
        return unify(item.kinds[key] for item in self.types if key in item.kinds)


#: A node or relationship that is bound, or the kind of a value.
Entry = Element | Kind
Scope = dict[str, Entry]


def single(kind: NodeType | EdgeType) -> Element:
    """A name of one type."""
    return Element(isinstance(kind, NodeType), (kind,))


def merged(scopes: Iterable[Mapping[str, Entry]]) -> Scope:
    """The scope that stands for each of several."""
    found: dict[str, list[Entry]] = {}
    for scope in scopes:
        for name, entry in scope.items():
            found.setdefault(name, []).append(entry)
    return {name: _together(entries) for name, entries in found.items()}


def _together(entries: list[Entry]) -> Entry:
    elements = [entry for entry in entries if isinstance(entry, Element)]
    if not elements:
        return unify(entry for entry in entries if not isinstance(entry, Element))
    types = {item.name: item for element in elements for item in element.types}
    ordered = tuple(sorted(types.values(), key=lambda item: item.place))
    return Element(elements[0].node, ordered, any(element.nullable for element in elements))


def optional(entry: Entry) -> Entry:
    """The same where it may be null."""
    if isinstance(entry, Element):
        return Element(entry.node, entry.types, nullable=True)
    return packed(entry)


def packed(kind: Kind) -> Kind:
    """The kind as one that may be null."""
    return ListKind(kind.item, packed=True) if isinstance(kind, ListKind) else kind


def single_types(scope: Mapping[str, Entry]) -> dict[str, NodeType | EdgeType]:
    """The names that are an element of one type alone."""
    found = {name: entry.only for name, entry in scope.items() if isinstance(entry, Element)}
    return {name: kind for name, kind in found.items() if kind is not None}
