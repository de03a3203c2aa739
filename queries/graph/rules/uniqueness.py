"""Relationships of one MATCH are told apart; where that follows from other conditions, nothing needs checking.

Two relationships that were the same would have the same ends. The proof supposes it, so that nodes fall together, and
looks for a contradiction with what is known: nodes that differ, labels that differ, or a pattern that must not be.
"""

from dataclasses import replace

from queries.graph.pattern import Edge, Known, Pattern, Within
from queries.graph.syntax import Binary, Constant, Expression, Id, Unary


def discharge(pattern: Pattern) -> Pattern:
    """The pattern without the pairs of relationships that cannot be the same."""
    return replace(pattern, unequal=frozenset(pair for pair in pattern.unequal if not _impossible(pattern, pair)))


def _impossible(pattern: Pattern, pair: frozenset[str]) -> bool:
    one, other = (pattern.edge(name) for name in sorted(pair))
    if one is None or other is None:
        return False
    merged = _Merged(pattern)
    merged.join(one.source, other.source)
    merged.join(one.target, other.target)
    return any(_contradicts(condition, merged, pattern) for condition in pattern.filters)


class _Merged:
    """Nodes that are one and the same, those with the same known key included."""

    def __init__(self, pattern: Pattern) -> None:
        self._root = {name: name for name in pattern.nodes}
        self._value: dict[str, Expression] = {}
        for condition in pattern.filters:
            if isinstance(condition, Known):
                self._value[condition.node] = condition.value

    def __contains__(self, name: str) -> bool:
        return name in self._root

    def root(self, node: str) -> str:
        while self._root[node] != node:
            node = self._root[node]
        return node

    def join(self, one: str, other: str) -> None:
        self._root[self.root(one)] = self.root(other)

    def values(self, node: str) -> list[Expression]:
        """What is known of the key of a node and of those it fell together with."""
        return [value for name, value in self._value.items() if self.same(name, node)]

    def same(self, one: str, other: str) -> bool:
        return self.root(one) == self.root(other)


def _contradicts(condition: Expression, merged: _Merged, pattern: Pattern) -> bool:
    if isinstance(condition, Binary) and condition.operator == "<>":
        return _equal(condition.left, condition.right, merged)
    if isinstance(condition, Unary) and condition.operator == "NOT":
        inner = condition.operand
        if isinstance(inner, Binary) and inner.operator == "=":
            return _equal(inner.left, inner.right, merged)
        return isinstance(inner, Within) and _matched(inner, merged, pattern)
    if isinstance(condition, Known) and isinstance(condition.value, Constant):
        others = merged.values(condition.node)
        return any(isinstance(value, Constant) and value.value != condition.value.value for value in others)
    return False


def _equal(left: Expression, right: Expression, merged: _Merged) -> bool:
    if isinstance(left, Id) and isinstance(right, Id):
        return left.variable in merged and right.variable in merged and merged.same(left.variable, right.variable)
    for node, value in ((left, right), (right, left)):
        if isinstance(node, Id) and node.variable in merged:
            return value in merged.values(node.variable)
    return False


def _matched(absent: Within, merged: _Merged, pattern: Pattern) -> bool:
    """Whether the pattern that must not be is there once the nodes have fallen together: one plain relationship."""
    inner = absent.pattern
    if len(inner.edges) != 1 or any(not isinstance(part, Known) for part in inner.filters):
        return False
    lone = inner.edges[0]
    known = {part.node: part.value for part in inner.filters if isinstance(part, Known)}

    def stands_for(inside: str, outside: str) -> bool:
        if inside in absent.nodes:
            return inside in pattern.nodes and merged.same(inside, outside)
        return known[inside] in merged.values(outside) if inside in known else True

    def fits(edge: Edge) -> bool:
        same_type = edge.type is lone.type
        return same_type and stands_for(lone.source, edge.source) and stands_for(lone.target, edge.target)

    return any(fits(edge) for edge in pattern.edges)
