"""Where only the distinct nodes count, what hangs on a node to restrict it becomes a set the node must be in.

Right only where multiplicity cannot change the answer and no two relationships need telling apart across the cut; the
planner asks for it in no other case.
"""

from collections.abc import Iterable
from dataclasses import replace

from queries.graph.pattern import Edge, Pattern, Within, component, is_simple, variables
from queries.graph.syntax import Expression


def prune(pattern: Pattern, needed: Iterable[str]) -> Pattern:
    """The pattern with only the nodes and edges that bind `needed` (names), the others as Within."""
    kept = set(needed) & (set(pattern.nodes) | {edge.name for edge in pattern.edges})
    kept |= {name for pair in pattern.unequal for name in pair} | (pattern.carried & set(pattern.nodes))
    while (cut := _cut(pattern, kept)) is not None:
        node, edge = cut
        pattern = _hang(pattern, node, edge)
    return pattern


def _cut(pattern: Pattern, kept: set[str]) -> tuple[str, Edge] | None:
    """A node and the edge on it behind which nothing is needed."""
    for edge in pattern.edges:
        if edge.name in kept:
            continue
        for node in (edge.source, edge.target):
            other = edge.far(node)
            if other == node:
                continue
            nodes, edges = component(pattern, other, edge)
            inside = nodes | {item.name for item in edges}
            if node in nodes or inside & kept or _crossing(pattern, inside, edge):
                continue
            # The last relationship stays: something must bind the node that is needed.
            if len(pattern.at(node)) > 1 or node in pattern.carried:
                return node, edge
    return None


def _crossing(pattern: Pattern, inside: frozenset[str], edge: Edge) -> bool:
    """Whether a condition ties what would be cut off to what stays."""
    cut = inside | {edge.name}
    for condition in pattern.filters:
        names = pattern.depends(condition)
        if names & cut and not (names <= cut and is_simple(condition)):
            return True
    return False


def _hang(pattern: Pattern, node: str, edge: Edge) -> Pattern:
    nodes, edges = component(pattern, edge.far(node), edge)
    inside = nodes | {item.name for item in edges} | {edge.name}
    own: list[Expression] = [part for part in pattern.filters if variables(part) and variables(part) <= inside]
    sub = Pattern(
        nodes={name: kind for name, kind in pattern.nodes.items() if name in nodes or name == node},
        edges=(edge, *edges),
        filters=tuple(own),
    )
    return replace(
        pattern,
        nodes={name: kind for name, kind in pattern.nodes.items() if name not in nodes},
        edges=tuple(item for item in pattern.edges if item.name not in inside),
        filters=(*(part for part in pattern.filters if part not in own), Within((node,), sub)),
    )
