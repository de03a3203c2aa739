"""A join reads its right side whole: the nodes that can meet it are made a condition of reading it."""

from dataclasses import replace

from queries.graph.pattern import Edge, Pattern, Within, component, is_simple, variables
from queries.graph.syntax import Expression


def frontier(pattern: Pattern, node: str, edge: Edge) -> Within | None:
    """That a node, as an edge sees it, is among those the rest of the pattern binds; None where that narrows nothing.

    The set may be larger than what joins, never smaller: it leaves out the telling apart of relationships.
    """
    nodes, edges = component(pattern, node, edge)
    if not edges or edge.far(node) in nodes or nodes & pattern.carried:
        return None
    inside = nodes | {item.name for item in edges}
    own: list[Expression] = [
        part for part in pattern.filters if variables(part) and variables(part) <= inside and is_simple(part)
    ]
    if not own:
        return None
    rest = replace(
        pattern,
        nodes={name: kind for name, kind in pattern.nodes.items() if name in nodes},
        edges=edges,
        filters=tuple(own),
        unequal=frozenset(),
        lists={},
        paths={},
    )
    return Within((node,), rest)
