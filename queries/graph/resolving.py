"""Expressions with their names settled: properties and keys of elements, labels, whole elements as values."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from queries.graph.errors import refusal
from queries.graph.functions import FUNCTIONS, expect_arguments
from queries.graph.kinds import kind_of
from queries.graph.pattern import Known, Within
from queries.graph.scope import Element, Entry, Scope, packed
from queries.graph.shapes import Kind, ListKind, name_of
from queries.graph.syntax import (
    Aggregate,
    At,
    Binary,
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
    PathTest,
    PatternList,
    Property,
    Quantifier,
    Unary,
    Variable,
    called,
    substitute,
    walk,
)
from queries.graph.view import EdgeType, NodeType, View

#: Types a pattern that stands as a predicate, for the elements in scope.
Matcher = Callable[[PathTest | Exists | PatternList, Scope], Expression]
OF_ELEMENT = frozenset({"id", "elementid", "labels", "type", "keys", "properties", "startnode", "endnode"})


class Resolver:
    """Settles names; `matcher` types patterns that stand as predicates, `parameters` are the kinds of those given."""

    def __init__(self, view: View, parameters: Mapping[str, Kind], matcher: Matcher) -> None:
        self._view, self._parameters, self._matcher = view, parameters, matcher
        #: Whether a property that is not there is refused; of one choice among several it may be absent.
        self.strict = True

    def resolve(self, expression: Expression, scope: Scope) -> Expression:
        """The expression with names checked, keys as Id, labels decided and pattern predicates typed.

        Raises:
            QueryError: a name is unknown, or used for what it is not.
        """
        return substitute(expression, lambda part: self._resolved(part, scope))

    def resolve_choice(self, expression: Expression, scope: Scope) -> Expression:
        """The same for one choice of several: what its types have not is null."""
        strict, self.strict = self.strict, False
        try:
            return self.resolve(expression, scope)
        finally:
            self.strict = strict

    def kind(self, expression: Expression, scope: Scope) -> Kind:
        """The kind of an expression that is resolved."""
        return kind_of(expression, scope, self._parameters)

    def _resolved(self, part: Any, scope: Scope) -> Expression | None:
        method = getattr(self, f"_{type(part).__name__.lower()}", None)
        found: Expression | None = method(part, scope) if method is not None else None
        return found

    def _entry(self, name: str, scope: Scope, at: At | None) -> Entry:
        if name not in scope:
            there = ", ".join(known for known in scope if not known.startswith("@")) or "none"
            raise refusal(f"There is no variable '{name}' here. There are: {there}", at)
        return scope[name]

    def element(self, part: Any, scope: Scope) -> Element | None:
        """The element that a part of a query names, if it is the name of one."""
        if not isinstance(part, Variable):
            return None
        entry = self._entry(part.name, scope, part.at)
        return entry if isinstance(entry, Element) else None

    # Elements.

    def _property(self, part: Property, scope: Scope) -> Expression | None:
        entry = self._entry(part.variable, scope, part.at)
        if not isinstance(entry, Element):
            return self._lookup(Lookup(Variable(part.variable, at=part.at), part.key, at=part.at), scope)
        if self.strict:
            self._view.expect_property(entry.types, part.key, part.at)
        if not any(part.key in item.columns for item in entry.types):
            return Constant(None, at=part.at)
        only = entry.only
        return Id(part.variable, at=part.at) if only is not None and only.columns[part.key] == only.key else part

    def _variable(self, part: Variable, scope: Scope) -> Expression | None:
        element = self.element(part, scope)
        return None if element is None else whole(part.name, element, part.at)

    def _haslabel(self, part: HasLabel, scope: Scope) -> Expression:
        entry = self._entry(part.variable, scope, part.at)
        if not isinstance(entry, Element):
            raise refusal(f"'{part.variable}' is a value and has no labels", part.at)
        able = self._view.labelled(part.label, part.at) if entry.node else self._view.typed(part.label, part.at)
        fitting = [item for item in entry.types if any(item is other for other in able)]
        if not entry.nullable and len(fitting) in {0, len(entry.types)}:
            return Constant(bool(fitting), at=part.at)
        if not fitting:
            return Case(((Unary("IS NOT NULL", Id(part.variable)), Constant(False)),), None, at=part.at)
        names = ListOf(tuple(Constant(item.name) for item in fitting))
        return Binary("IN", Facet(part.variable, "@type"), names, at=part.at)

    def _aggregate(self, part: Aggregate, scope: Scope) -> Expression | None:
        inside = walk(part.argument) if part.argument is not None else ()
        inner = next((one for one in inside if isinstance(one, Aggregate)), None)
        if inner is not None:
            raise refusal(f"An aggregate cannot stand in '{part.name}', which is one: put it in WITH before", inner.at)
        element = self.element(part.argument, scope)
        if element is None or part.name != "count":
            return None
        name = called(part.argument)
        if not part.distinct and not element.nullable:
            return Aggregate("count", None, at=part.at)
        key = Id(name, at=part.at) if element.only is not None or not part.distinct else _element_id(name, element)
        return replace(part, argument=key)

    def _unary(self, part: Unary, scope: Scope) -> Expression | None:
        if "NULL" in part.operator and self.element(part.operand, scope) is not None:
            return replace(part, operand=Id(called(part.operand), at=part.at))
        return None

    def _binary(self, part: Binary, scope: Scope) -> Expression | None:
        left, right = self.element(part.left, scope), self.element(part.right, scope)
        if part.operator not in {"=", "<>"} or left is None or right is None:
            return None
        names = called(part.left), called(part.right)
        shared = [item for item in left.types if any(item is other for other in right.types)]
        if left.only is not None and left.only is right.only:
            return replace(part, left=Id(names[0], at=part.at), right=Id(names[1], at=part.at))
        if not shared and not (left.nullable or right.nullable):
            return Constant(part.operator == "<>", at=part.at)
        return replace(part, left=_element_id(names[0], left), right=_element_id(names[1], right))

    def _index(self, part: Index, scope: Scope) -> Expression | None:
        if self.element(part.source, scope) is None:
            return None
        if not isinstance(part.index, Constant) or not isinstance(part.index.value, str):
            raise refusal("A property by a name that is not written out is not supported", part.at)
        named = Property(called(part.source), part.index.value, at=part.at)
        return self._property(named, scope) or named

    def _call(self, part: Call, scope: Scope) -> Expression | None:
        if part.name in OF_ELEMENT and len(part.arguments) == 1:
            return self._of_element(part, scope)
        if part.name not in FUNCTIONS:
            raise refusal(f"The function '{part.name}' is not supported", part.at)
        arguments = tuple(self.resolve(argument, scope) for argument in part.arguments)
        expect_arguments(part.name, [self.kind(argument, scope) for argument in arguments], part.at)
        return replace(part, arguments=arguments)

    def _of_element(self, part: Call, scope: Scope) -> Expression:
        element = self.element(part.arguments[0], scope)
        if element is not None:
            return _FUNCTIONS_OF_ELEMENTS[part.name](called(part.arguments[0]), element, part.at)
        value = self.resolve(part.arguments[0], scope)
        kind = self.kind(value, scope)
        if kind == "null":
            return Constant(None, at=part.at)
        if name_of(kind) not in {"node", "relationship"}:
            raise refusal(f"The function '{part.name}' takes a node or a relationship, not {name_of(kind)}", part.at)
        types = getattr(kind, "types", ())
        if part.name in {"labels", "type"}:
            return _by_type(Call("@type", (value,)), types, _says)
        if part.name == "elementid":
            return Call("elementid", (value,), at=part.at)
        raise refusal(f"The function '{part.name}' of a value that is no variable is not supported", part.at)

    # Values.

    def _lookup(self, part: Lookup, scope: Scope) -> Expression | None:
        source = self.resolve(part.source, scope)
        kind = self.kind(source, scope)
        if self.strict and name_of(kind) in {"node", "relationship"}:
            self._view.expect_property(getattr(kind, "types", ()), part.key, part.at)
        if name_of(kind) not in {"node", "relationship", "map", "date", "datetime", "null", "any"}:
            name = f"'{source.name}'" if isinstance(source, Variable) else "This"
            raise refusal(f"{name} is a value and has no properties", part.at)
        return replace(part, source=source)

    def _comprehension(self, part: Comprehension, scope: Scope) -> Expression:
        source = self.resolve(part.source, scope)
        local, bind = self._localised(part.local, source, scope, part.at)
        where = self.resolve(bind(part.where), scope) if part.where is not None else None
        result = self.resolve(bind(part.result), scope) if part.result is not None else None
        return replace(part, local=local, source=source, where=where, result=result)

    def _quantifier(self, part: Quantifier, scope: Scope) -> Expression:
        source = self.resolve(part.source, scope)
        local, bind = self._localised(part.local, source, scope, part.at)
        return replace(part, local=local, source=source, where=self.resolve(bind(part.where), scope))

    def _localised(
        self, local: Local, source: Expression, scope: Scope, at: At | None
    ) -> tuple[Local, Callable[[Expression], Expression]]:
        """The variable of a list expression with its kind, and what puts it in place."""
        kind = self.kind(source, scope)
        if not isinstance(kind, ListKind) and kind not in {"null", "any"}:
            raise refusal(f"A list was expected, not {name_of(kind)}", at)
        known = replace(local, kind=packed(kind.item) if isinstance(kind, ListKind) else kind)

        def bind(expression: Expression) -> Expression:
            for part in walk(expression):
                if isinstance(part, (Aggregate, PathTest, Exists, PatternList)):
                    raise refusal("An aggregate or a pattern cannot stand in a list expression", part.at or at)
            return substitute(expression, lambda part: known if part == local else None)

        return known, bind

    def _pathtest(self, part: PathTest, scope: Scope) -> Expression:
        return self._matcher(part, scope)

    def _exists(self, part: Exists, scope: Scope) -> Expression:
        return self._matcher(part, scope)

    def _patternlist(self, part: PatternList, scope: Scope) -> Expression:
        return self._matcher(part, scope)

    def _within(self, part: Within, _: Scope) -> Expression:
        return part

    def _known(self, part: Known, _: Scope) -> Expression:
        return part


def whole(name: str, element: Element, at: At | None = None) -> Expression:
    """A whole element as a value."""
    only = element.only
    if only is None:
        return Facet(name, "@packed", at=at)
    values = tuple(
        Id(name, at=at) if column == only.key else Property(name, key, at=at) for key, column in only.columns.items()
    )
    ends = (Facet(name, "@source", at=at), Facet(name, "@target", at=at)) if isinstance(only, EdgeType) else ()
    return Pack(only, Id(name, at=at), values, ends, at=at)


def _says(item: NodeType | EdgeType) -> Expression:
    """What labels() or type() answers."""
    if isinstance(item, EdgeType):
        return Constant(item.type)
    return ListOf(tuple(Constant(label) for label in item.labels))


def _by_type(
    name: Expression, types: tuple[NodeType | EdgeType, ...], says: Callable[[NodeType | EdgeType], Expression]
) -> Expression:
    """What is said of each type, chosen by the type's name; null where that is null."""
    if not types:
        return Constant(None)
    return Case(tuple((Binary("=", name, Constant(item.name)), says(item)) for item in types), None)


def _described(name: str, element: Element, at: At | None) -> Expression:
    only = element.only
    if only is not None and not element.nullable:
        return replace(_says(only), at=at)
    return _by_type(Facet(name, "@type", at=at), element.types, _says)


def _element_id(name: str, element: Element, at: At | None = None) -> Expression:
    only = element.only
    kind = Constant(only.name) if only is not None else Facet(name, "@type", at=at)
    return Binary("+", Binary("+", kind, Constant(":"), at=at), Id(name, at=at), at=at)


def _identity(name: str, element: Element, at: At | None) -> Expression:
    """The number that a driver sees as well (queries.graph.decoding.identity)."""
    if element.key_kind != "integer":
        raise refusal("id() is not supported where keys are texts: take elementId()", at)

    def number(item: NodeType | EdgeType) -> Expression:
        product = Binary("*", Id(name, at=at), Constant(item.among), at=at)
        return Binary("+", product, Constant(item.place), at=at)

    only = element.only
    return number(only) if only is not None else _by_type(Facet(name, "@type", at=at), element.types, number)


def _keys(name: str, element: Element, at: At | None) -> Expression:
    local = Local("key", kind="string")
    names = dict.fromkeys(key for item in element.types for key in item.kinds)
    present = tuple(
        Case(((Unary("IS NOT NULL", _value(name, element, key)), Constant(key)),), None, at=at) for key in names
    )
    return _unless_null(name, element, Comprehension(local, ListOf(present), Unary("IS NOT NULL", local), None, at=at))


def _value(name: str, element: Element, key: str) -> Expression:
    only = element.only
    return Id(name) if only is not None and only.columns[key] == only.key else Property(name, key)


def _properties(name: str, element: Element, at: At | None) -> Expression:
    def entries(item: NodeType | EdgeType) -> Expression:
        return MapOf(tuple((key, _value(name, element, key)) for key in item.kinds), True, at=at)

    only = element.only
    if only is not None:
        return _unless_null(name, element, entries(only))
    return _by_type(Facet(name, "@type", at=at), element.types, entries)


def _unless_null(name: str, element: Element, value: Expression) -> Expression:
    return Case(((Unary("IS NOT NULL", Id(name)), value),), None) if element.nullable else value


def _end(facet: str) -> Callable[[str, Element, At | None], Expression]:
    def found(name: str, element: Element, at: At | None) -> Expression:
        if element.node:
            raise refusal(f"'{name}' is no relationship", at)
        return Facet(name, facet, at=at)

    return found


def _expecting(node: bool, answer: Callable[[str, Element, At | None], Expression]) -> Any:
    def found(name: str, element: Element, at: At | None) -> Expression:
        if element.node is not node:
            raise refusal(f"'{name}' is no {'node' if node else 'relationship'}", at)
        return answer(name, element, at)

    return found


_FUNCTIONS_OF_ELEMENTS: dict[str, Callable[[str, Element, At | None], Expression]] = {
    "id": _identity,
    "elementid": _element_id,
    "labels": _expecting(True, _described),
    "type": _expecting(False, _described),
    "keys": _keys,
    "properties": _properties,
    "startnode": _end("@start"),
    "endnode": _end("@end"),
}
