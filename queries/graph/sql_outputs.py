"""What a stage's projection reads: the columns that its items become, and what of them is computed when."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from queries.graph.errors import refusal
from queries.graph.kinds import kind_of
from queries.graph.pattern import Within
from queries.graph.scope import Element, Scope, single_types
from queries.graph.shapes import ElementKind, Kind
from queries.graph.sql_relations import Slot, slots_of
from queries.graph.stages import Stage, is_whole, shared
from queries.graph.syntax import (
    Aggregate,
    Call,
    Constant,
    Expression,
    Facet,
    Id,
    Item,
    Lookup,
    Pack,
    Property,
    Variable,
    called,
    substitute,
    walk,
)
from queries.graph.view import NodeType


def holds_aggregate(expression: Expression) -> bool:
    return any(isinstance(part, Aggregate) for part in walk(expression))


def is_sum(part: Property, scope: Scope) -> bool:
    kind = single_types(scope).get(part.variable)
    return isinstance(kind, NodeType) and part.key in kind.sums


def without_aggregates(asked: list[Expression]) -> tuple[Expression, ...]:
    """What is asked for, without the aggregates in it."""
    return tuple(
        substitute(part, lambda inner: Constant(None) if isinstance(inner, Aggregate) else None) for part in asked
    )


def same_over_repeats(aggregate: Aggregate) -> bool:
    return aggregate.distinct or aggregate.name in {"min", "max"}


def outputs_of(item: Item, stage: Stage, parameters: Mapping[str, Kind]) -> Iterator[tuple[Slot, Expression]]:
    """The columns that a projected item needs: an element that is handed on has one for each of its facets."""
    kind = kind_of(item.expression, stage.scope, parameters)
    if is_whole(item):
        yield (item.name, None), item.expression
        variable = called(item.expression)
        entry = stage.scope[variable]
        several = isinstance(entry, Element) and entry.only is None
        for facet in dict.fromkeys([*(["@type"] if several else []), *stage.facets.get(item.name, ())]):
            yield (item.name, facet), Facet(variable, facet) if facet[0] == "@" else _property(variable, facet, entry)
    elif isinstance(kind, ElementKind) and not stage.final:
        yield (item.name, None), Call("@key", (item.expression,))
        for facet in dict.fromkeys([*(["@type"] if len(kind.types) != 1 else []), *stage.facets.get(item.name, ())]):
            yield (item.name, facet), _of_value(item, facet)
    else:
        yield (item.name, None), item.expression


def _of_value(item: Item, facet: str) -> Expression:
    """A facet or property of an element that is a value."""
    if facet in {"@start", "@end"}:
        raise refusal("The ends of a relationship that was part of a list are not supported", item.at)
    if facet == "@packed":
        return item.expression
    if facet[0] == "@":
        return Call(facet, (item.expression,), at=item.at)
    return Lookup(item.expression, facet, at=item.at)


def ties_of(listed: Stage, stage: Stage) -> list[Slot]:
    """The keys that a pattern comprehension shares with the rows it stands in."""
    found: list[Slot] = []
    for name in shared(listed):
        entry = stage.scope[name]
        found.append((name, None))
        found += [(name, "@type")] if isinstance(entry, Element) and entry.only is None else []
    return found


def _property(variable: str, key: str, entry: Any) -> Expression:
    only = entry.only if isinstance(entry, Element) else None
    return Id(variable) if only is not None and only.columns.get(key) == only.key else Property(variable, key)


def apart(expression: Expression, grouped: bool) -> Iterator[Expression]:
    """What rows are grouped by: a whole element by its key, which its properties follow from."""
    if grouped and isinstance(expression, Pack):
        yield from (expression.key, *expression.values, *expression.ends)
    else:
        yield expression


def undelayed(expression: Expression, delayed: frozenset[Property]) -> Iterator[Expression]:
    """The parts of an expression that are computed before late properties are there; their nodes' keys."""
    if not any(part in delayed for part in walk(expression)):
        yield expression
        return
    for part in walk(expression):
        if part in delayed:
            yield Id(part.variable)
        elif isinstance(part, (Property, Id, Facet, Variable, Within)):
            yield part


def slots_read(expression: Expression, delayed: Iterable[Property]) -> Iterator[Slot]:
    late_ones = {(part.variable, part.key) for part in delayed}
    for slot in slots_of(expression):
        yield (slot[0], None) if slot in late_ones else slot
