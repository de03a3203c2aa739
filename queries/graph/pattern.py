"""Typed patterns: what a MATCH binds, once labels, types and directions are settled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from queries.graph.syntax import Expression, Facet, Id, Property, Variable, _Placed, walk
from queries.graph.view import EdgeType, NodeType


@dataclass(frozen=True)
class Edge:
    """One relationship of a pattern, from `source` to `target` as its type has it; `clause` counts MATCH clauses."""

    name: str
    type: EdgeType
    source: str
    target: str
    clause: int

    def far(self, near: str) -> str:
        """The end that is not `near`."""
        return self.target if near == self.source else self.source

    def key(self, node: str) -> str:
        """The column that holds the end `node`."""
        return self.type.source_key if node == self.source else self.type.target_key


@dataclass(frozen=True)
class Pattern:
    """Nodes by variable, edges, conditions that all hold, and pairs of edges that must be told apart.

    `carried` are the variables that an earlier clause has bound. `lists` are the edges of a relationship of variable
    length, `paths` the nodes and edges of a named path, each in order.
    """

    nodes: dict[str, NodeType] = field(hash=False)
    edges: tuple[Edge, ...] = ()
    filters: tuple[Expression, ...] = ()
    unequal: frozenset[frozenset[str]] = frozenset()
    carried: frozenset[str] = frozenset()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    paths: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=dict, hash=False)

    def parts(self, name: str) -> frozenset[str]:
        """The nodes and edges that a name stands for: itself, or those of a list or path."""
        if name in self.paths:
            return frozenset(self.paths[name][0]) | frozenset(self.paths[name][1])
        return frozenset(self.lists.get(name, (name,)))

    def depends(self, expression: Expression) -> frozenset[str]:
        """The names an expression depends on, lists and paths taken apart."""
        return frozenset(part for name in variables(expression) for part in self.parts(name))

    def at(self, node: str) -> tuple[Edge, ...]:
        """The edges that touch a node."""
        return tuple(edge for edge in self.edges if node in (edge.source, edge.target))

    def edge(self, name: str) -> Edge | None:
        """The edge of a name."""
        return next((edge for edge in self.edges if edge.name == name), None)


@dataclass(frozen=True)
class Within(_Placed):
    """The node (or the nodes, together) is among those that a pattern of its own binds: a semi-join."""

    nodes: tuple[str, ...]
    pattern: Pattern


@dataclass(frozen=True)
class Known(_Placed):
    """The node's key is this constant or parameter."""

    node: str
    value: Expression


@dataclass(frozen=True)
class Among(_Placed):
    """The node's key is among those that a SELECT of SQL answers; with `absent`, it is not."""

    node: str
    keys: exp.Select
    absent: bool = False


def variables(expression: Expression) -> frozenset[str]:
    """The names an expression depends on."""
    found: set[str] = set()
    for part in walk(expression):
        if isinstance(part, Variable):
            found.add(part.name)
        elif isinstance(part, (Property, Id, Facet)):
            found.add(part.variable)
        elif isinstance(part, Within):
            found.update(part.nodes)
        elif isinstance(part, (Known, Among)):
            found.add(part.node)
    return frozenset(found)


def is_simple(expression: Expression) -> bool:
    """Whether keys and properties are all that an expression reads, so that it can be decided while reading a table."""
    return not any(isinstance(part, (Facet, Variable)) for part in walk(expression))


def needs_columns(expression: Expression, names: Iterable[str]) -> bool:
    """Whether an expression reads properties, rather than keys, of any of the names."""
    wanted = set(names)
    return any(isinstance(part, Property) and part.variable in wanted for part in walk(expression))


def component(pattern: Pattern, start: str, without: Edge) -> tuple[frozenset[str], tuple[Edge, ...]]:
    """The nodes and edges reached from a node when one edge is taken away."""
    nodes, edges, todo = {start}, [], [start]
    while todo:
        node = todo.pop()
        for edge in pattern.at(node):
            if edge is without or edge in edges:
                continue
            edges.append(edge)
            other = edge.far(node)
            if other not in nodes:
                nodes.add(other)
                todo.append(other)
    return frozenset(nodes), tuple(edges)


def constants(pattern: Pattern) -> dict[str, Any]:
    """The nodes whose key is known, with what it is."""
    return {part.node: part.value for part in pattern.filters if isinstance(part, Known)}
