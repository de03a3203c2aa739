"""From a typed pattern to the order in which its tables are read, and by which end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from queries.graph.pattern import Among, Edge, Known, Pattern, Within, constants, is_simple, needs_columns, variables
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.rules.frontiers import prune
from queries.graph.rules.reduction import frontier
from queries.graph.rules.strictness import rejects_null
from queries.graph.rules.uniqueness import discharge
from queries.graph.shapes import Kind
from queries.graph.syntax import Expression, Id, Property, walk
from queries.graph.view import Source


@dataclass(frozen=True)
class Scan:
    """One reading of an edge table: `near` is the end it is sorted by, `conditions` are decided while reading."""

    edge: Edge
    near: str
    source: Source
    exact: bool
    conditions: tuple[Expression, ...]


@dataclass(frozen=True)
class Plan:
    """The readings of a pattern in the order they are joined, nodes without edges, and what is left to decide after."""

    pattern: Pattern
    scans: tuple[Scan, ...]
    lone: tuple[str, ...]
    residual: tuple[Expression, ...]


def plan(
    pattern: Pattern,
    needed: Iterable[str],
    columns: Mapping[str, frozenset[str]],
    parameters: Mapping[str, Kind],
    *,
    distinct: bool,
) -> Plan:
    """The plan of a pattern.

    Args:
        pattern: what to bind.
        needed: the names whose keys or properties are asked for.
        columns: properties asked for of edges, by name.
        parameters: kinds of the parameters.
        distinct: only the distinct bindings of `needed` count.
    """
    pattern = discharge(propagate(split(pattern), parameters))
    if distinct:
        pattern = prune(pattern, {part for name in needed for part in pattern.parts(name)})
    order = _joined(pattern)
    taken: set[Expression] = set()
    seen = set(pattern.carried)
    scans = []
    for edge in order:
        scans.append(_scan(pattern, edge, seen, taken, columns, exact=not distinct))
        seen |= {edge.source, edge.target}
    touched = {name for edge in pattern.edges for name in (edge.source, edge.target)}
    lone = tuple(name for name in pattern.nodes if name not in touched and name not in pattern.carried)
    residual = tuple(part for part in pattern.filters if part not in taken and not _told_by(part, lone))
    return Plan(pattern, tuple(scans), lone, residual)


def on_node(condition: Expression, pattern: Pattern) -> str | None:
    """The node a condition is about, if it is about one alone."""
    names = variables(condition)
    found = len(names) == 1 and names <= set(pattern.nodes) and is_simple(condition)
    return next(iter(names)) if found else None


def _told_by(condition: Expression, lone: tuple[str, ...]) -> bool:
    names = variables(condition)
    return len(names) == 1 and names <= set(lone) and is_simple(condition)


def _joined(pattern: Pattern) -> list[Edge]:
    """The edges, from the most restricted node outward."""
    left, order = list(pattern.edges), []
    reached = set(pattern.carried)
    while left:
        touching = [edge for edge in left if {edge.source, edge.target} & reached]
        best = max(touching or left, key=lambda edge: max(_weight(pattern, edge.source), _weight(pattern, edge.target)))
        order.append(best)
        left.remove(best)
        reached |= {best.source, best.target}
    return order


def _weight(pattern: Pattern, node: str) -> int:
    """How much is known of a node: its key, a set it is in, a condition, nothing."""
    if node in constants(pattern):
        return 3
    own = [part for part in pattern.filters if on_node(part, pattern) == node]
    if any(isinstance(part, (Within, Among)) for part in own):
        return 2
    return 1 if any(needs_columns(part, (node,)) for part in own) else 0


def _scan(
    pattern: Pattern,
    edge: Edge,
    seen: set[str],
    taken: set[Expression],
    columns: Mapping[str, frozenset[str]],
    *,
    exact: bool,
) -> Scan:
    ends = {edge.source, edge.target}
    conditions: list[Expression] = []
    for part in pattern.filters:
        names = variables(part)
        by_properties = needs_columns(part, ends)
        about_ends = names <= ends and not (by_properties and (len(names) > 1 or not rejects_null(part)))
        mixed = names <= ends | {edge.name} and edge.name in names and not needs_columns(part, ends)
        told = names and is_simple(part) and (about_ends or mixed)
        if not told or (part in taken and not isinstance(part, Known)):
            continue
        conditions.append(part)
        taken.add(part)
    strength = {node: _weight(pattern, node) for node in sorted(ends)}
    for node in sorted(ends & seen):
        reducer = frontier(pattern, node, edge)
        if reducer is not None and node not in constants(pattern) and _pays(reducer, edge, node):
            conditions.append(reducer)
            strength[node] = max(strength[node], 2)
    near = max((edge.source, edge.target), key=lambda node: strength[node])
    read = columns.get(edge.name, frozenset()) | {edge.type.source_key, edge.type.target_key}
    if any(edge.name in pair for pair in pattern.unequal):
        read |= {edge.type.key}
    for part in conditions:
        read |= _columns_of(part, edge)
    return Scan(edge, near, edge.type.source(edge.key(near), frozenset(read)), exact, tuple(conditions))


def _pays(reducer: Within, edge: Edge, node: str) -> bool:
    """Whether reading less is worth finding out what to read: a table of things is small beside the events about them,
    and is read whole unless these are about one thing alone."""
    events = edge.type.source(edge.key(node), frozenset()).rows == "immutable"
    return events or bool(constants(reducer.pattern))


def _columns_of(condition: Expression, edge: Edge) -> frozenset[str]:
    found = set()
    for part in walk(condition):
        if isinstance(part, Property) and part.variable == edge.name:
            found.add(edge.type.columns[part.key])
        elif isinstance(part, Id) and part.variable == edge.name:
            found.add(edge.type.key)
    return frozenset(found)
