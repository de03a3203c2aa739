"""SELECTs whose columns stand for what a query has bound, and how they are put together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from queries.graph.kinds import Kinds, kind_of
from queries.graph.packing import converted, function
from queries.graph.pattern import Among, Pattern, Within
from queries.graph.scope import Element
from queries.graph.shapes import ElementKind, Kind, ListKind, PathKind
from queries.graph.syntax import Expression, Facet, Id, Property, Variable, walk
from queries.graph.view import EdgeType, NodeType, Source

#: The key of an element or a value (None), one of its properties, or one of its facets (@type, @packed, ...).
Slot = tuple[str, str | None]


#: The place of a row where rows were put in order: lists are collected in it.
PLACE: Slot = ("@place", None)


@dataclass(frozen=True)
class Relation:
    """A SELECT and what its columns hold."""

    select: exp.Select
    columns: dict[Slot, str]


def joined(select: exp.Select, part: exp.Expr, on: list[exp.Expr], how: str = "") -> exp.Select:
    """The SELECT with one more join: inner where nothing else is said, or of each row with each."""
    if how.startswith("LEFT"):
        kind = how.removeprefix("LEFT").strip() or None
        return select.join(exp.Join(this=part, side="LEFT", kind=kind, on=exp.and_(*on)), copy=False)
    if not on:
        return select.join(exp.Join(this=part, kind="CROSS"), copy=False)
    return select.join(exp.Join(this=part, kind="INNER", on=exp.and_(*on)), copy=False)


def own_conditions(source: Source) -> list[exp.Expr]:
    """The conditions that make a table the source it is."""
    return [
        exp.In(this=exp.column(column), expressions=[exp.Literal.string(value) for value in values])
        for column, values in source.where
    ]


def narrowed(select: exp.Select, names: Iterable[str]) -> exp.Select:
    """The SELECT with only the columns of these names."""
    there = {column.alias: column for column in select.expressions}
    kept = [there[name] for name in dict.fromkeys(names)]
    return select.select(*(kept or [exp.Literal.number(1).as_("one")]), append=False)


def slots_of(expression: Expression) -> Iterator[Slot]:
    """What an expression reads."""
    for part in walk(expression):
        if isinstance(part, Property):
            yield (part.variable, part.key)
        elif isinstance(part, Facet):
            yield (part.variable, part.name)
        elif isinstance(part, Id):
            yield (part.variable, None)
        elif isinstance(part, Variable):
            yield (part.name, None)
        elif isinstance(part, Among):
            yield (part.node, None)
        elif isinstance(part, Within):
            yield from ((node, None) for node in part.nodes)


def pattern_scope(pattern: Pattern, values: Kinds) -> Kinds:
    """What names stand for within a typed pattern."""
    edges = {edge.name: edge.type for edge in pattern.edges}
    lists = {
        name: ListKind(ElementKind("relationship", _distinct(edges[part] for part in parts if part in edges)))
        for name, parts in pattern.lists.items()
    }
    paths = {
        name: PathKind(
            _distinct(pattern.nodes[part] for part in nodes if part in pattern.nodes),
            _distinct(edges[part] for part in steps if part in edges),
        )
        for name, (nodes, steps) in pattern.paths.items()
    }
    return {**values, **pattern.nodes, **edges, **lists, **paths}


def _distinct(kinds: Iterable[Any]) -> tuple[Any, ...]:
    return tuple({kind.name: kind for kind in kinds}.values())


def slot_kind(slot: Slot, scope: Kinds) -> Kind:
    """The kind of what a slot holds."""
    name, key = slot
    entry = scope.get(name, "null")
    if not isinstance(entry, Element | NodeType | EdgeType):
        return kind_of(Variable(name), scope, {})
    if key is None:
        return kind_of(Id(name), scope, {})
    return kind_of(Facet(name, key) if key.startswith("@") else Property(name, key), scope, {})


def widened(value: exp.Expr, slot: Slot, own: Kinds, wanted: Kind) -> exp.Expr:
    """A slot of one choice as the kind it has for all of them."""
    kind = slot_kind(slot, own)
    if slot[1] is None and kind != wanted and kind == "integer" and wanted == "string":
        return function("toString", value)
    return converted(value, kind, wanted)
