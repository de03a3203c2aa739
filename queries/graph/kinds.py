"""What kind of value an expression has, as far as it can be known before running it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.graph.functions import answer_of
from queries.graph.pattern import Among, Known, Within
from queries.graph.scope import Element, Entry, packed, single
from queries.graph.shapes import (
    NUMBERS,
    AnyKind,
    ElementKind,
    Kind,
    ListKind,
    MapKind,
    among,
    is_mixed,
    is_text,
    name_of,
    unify,
)
from queries.graph.syntax import (
    Aggregate,
    Binary,
    Boolean,
    Call,
    Case,
    Comprehension,
    Constant,
    Exists,
    Expression,
    Facet,
    HasLabel,
    Id,
    Index,
    ListOf,
    Local,
    Lookup,
    MapOf,
    Pack,
    Parameter,
    PathTest,
    Property,
    Quantifier,
    Slice,
    Unary,
    Variable,
)
from queries.graph.view import EdgeType, NodeType

ORDERED = frozenset({"date", "datetime"})
LOGICAL = frozenset({"=", "<>", "<", "<=", ">", ">=", "IN", "=~", "STARTS WITH", "ENDS WITH", "CONTAINS"})
PARTS = frozenset({"year", "quarter", "month", "week", "day", "ordinalDay", "dayOfWeek", "weekYear"})
PARTS_OF_DAY = frozenset({"hour", "minute", "second", "millisecond", "epochSeconds", "epochMillis"})

_OF_TYPES: Mapping[type, Kind] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    Decimal: "decimal",
    str: "string",
    dt.datetime: "datetime",
    dt.date: "date",
}

#: What each name of a scope stands for.
Kinds = Mapping[str, Entry | NodeType | EdgeType]


def kind_of_value(value: Any) -> Kind:
    """The kind of a Python value."""
    if isinstance(value, (list, tuple)):
        items = [packed(kind_of_value(item)) for item in value]
        # What an array of one type holds stays one; all else is text.
        return ListKind(unify(items), packed=len(set(items)) > 1 or any(map(is_text, items)) or "null" in items)
    if isinstance(value, Mapping):
        return MapKind(tuple((key, packed(kind_of_value(value[key]))) for key in sorted(value)))
    found = _OF_TYPES.get(type(value))
    return found or next((kind for of_type, kind in _OF_TYPES.items() if isinstance(value, of_type)), "null")


def kind_of(expression: Expression, scope: Kinds, parameters: Mapping[str, Kind]) -> Kind:
    """The kind of an expression; "any" where it is not known."""
    return Reckoner(scope, parameters).kind(expression)


class Reckoner:
    """Works out kinds; a method for each class of expression."""

    def __init__(self, scope: Kinds, parameters: Mapping[str, Kind]) -> None:
        self._scope, self._parameters = scope, parameters

    def kind(self, node: Expression) -> Kind:
        """The kind of an expression."""
        if isinstance(node, (Boolean, HasLabel, Within, Known, Among, PathTest, Exists, Quantifier)):
            return "boolean"
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        found: Kind = method(node) if method is not None else "any"
        return found

    def _element(self, name: str) -> Element | None:
        entry = self._scope.get(name)
        if isinstance(entry, NodeType | EdgeType):
            return single(entry)
        return entry if isinstance(entry, Element) else None

    def _constant(self, node: Constant) -> Kind:
        # A written 3.5 is a float in Cypher.
        return "float" if isinstance(node.value, Decimal) else kind_of_value(node.value)

    def _parameter(self, node: Parameter) -> Kind:
        return self._parameters.get(node.name, "any")

    def _variable(self, node: Variable) -> Kind:
        entry = self._scope.get(node.name, "any")
        return "any" if isinstance(entry, Element | NodeType | EdgeType) else entry

    def _local(self, node: Local) -> Kind:
        found: Kind = node.kind
        return found

    def _property(self, node: Property) -> Kind:
        element = self._element(node.variable)
        return element.property(node.key) if element is not None else "any"

    def _id(self, node: Id) -> Kind:
        element = self._element(node.variable)
        return element.key_kind if element is not None else "integer"

    def _facet(self, node: Facet) -> Kind:
        element = self._element(node.variable)
        if element is None or node.name == "@type":
            return "string"
        if node.name == "@packed":
            return element.kind
        edges = [item for item in element.types if isinstance(item, EdgeType)]
        ends = [item.source_node if node.name in {"@source", "@start"} else item.target_node for item in edges]
        if node.name in {"@start", "@end"}:
            return ElementKind("node", tuple({item.name: item for item in ends}.values()))
        return Element(True, tuple(ends)).key_kind

    def _pack(self, node: Pack) -> Kind:
        return single(node.type).kind

    def _listof(self, node: ListOf) -> Kind:
        return ListKind(unify(packed(self.kind(item)) for item in node.items))

    def _mapof(self, node: MapOf) -> Kind:
        return MapKind(tuple((key, packed(self.kind(value))) for key, value in node.entries))

    def _comprehension(self, node: Comprehension) -> Kind:
        source = self.kind(node.source)
        if not isinstance(source, ListKind):
            return source
        item = source.item if node.result is None else packed(self.kind(node.result))
        return ListKind(item, source.packed)

    def _index(self, node: Index) -> Kind:
        source = self.kind(node.source)
        if isinstance(source, ListKind):
            return packed(source.item)
        if isinstance(source, MapKind) and isinstance(node.index, Constant):
            return source.of(str(node.index.value))
        return "null" if source == "null" else "any"

    def _slice(self, node: Slice) -> Kind:
        source = self.kind(node.source)
        ends = [self.kind(end) for end in (node.low, node.high) if end is not None]
        return "null" if "null" in ends else source

    def _lookup(self, node: Lookup) -> Kind:
        source = self.kind(node.source)
        if isinstance(source, MapKind):
            return source.of(node.key)
        if isinstance(source, ElementKind):
            return Element(source.name == "node", source.types).property(node.key)
        if source in ORDERED and node.key in PARTS | PARTS_OF_DAY:
            return "integer"
        return "null" if source == "null" else "any"

    def _unary(self, node: Unary) -> Kind:
        return self.kind(node.operand) if node.operator == "-" else "boolean"

    def _call(self, node: Call) -> Kind:
        return answer_of(node.name, [self.kind(argument) for argument in node.arguments])

    def _case(self, node: Case) -> Kind:
        results = [result for _, result in node.branches] + ([node.otherwise] if node.otherwise is not None else [])
        return unify(packed(self.kind(result)) for result in results)

    def _binary(self, node: Binary) -> Kind:
        if node.operator in LOGICAL:
            return "boolean"
        left, right = self.kind(node.left), self.kind(node.right)
        if node.operator == "+" and (isinstance(left, ListKind) or isinstance(right, ListKind)):
            return _joined(left, right)
        if "null" in (left, right):
            return "null"
        if is_mixed(left) or is_mixed(right):
            return unify(reckoned(node.operator, one, other) for one in among(left) for other in among(right))
        return reckoned(node.operator, left, right)

    def _aggregate(self, node: Aggregate) -> Kind:
        if node.name == "count" or node.argument is None:
            return "integer"
        inner = self.kind(node.argument)
        if node.name in {"collect", "gather"}:
            return ListKind(packed(inner))
        if node.name == "avg":
            return "float"
        return "integer" if node.name == "sum" and inner == "null" else inner


def reckoned(operator: str, left: Kind, right: Kind) -> Kind:
    """The kind of what an operator makes of two numbers, or of a text and what is put behind or before it."""
    if operator == "^":
        return "float"
    names = {name_of(left), name_of(right)}
    if operator in {"/", "%"} and "decimal" in names and names <= NUMBERS:
        return "float"
    return next((kind for kind in ("any", "string", "float", "decimal") if kind in names), "integer")


def _joined(left: Kind, right: Kind) -> Kind:
    """The kind of two lists, or of a list and an item, put together: null where one that may be null is."""
    if "null" in (left, right):
        return "null"
    items = [kind.item if isinstance(kind, ListKind) else kind for kind in (left, right)]
    return ListKind(unify(items), any(not isinstance(kind, ListKind) or kind.packed for kind in (left, right)))


def comparable(one: Kind, other: Kind) -> bool:
    """Whether two values of these kinds can be equal or ordered in Cypher."""
    names = {name_of(one), name_of(other)}
    if "any" in names or isinstance(one, AnyKind) or isinstance(other, AnyKind):
        return True
    return len(names) == 1 or names <= NUMBERS or names <= ORDERED
