"""Properties of nodes that only decorate the answer are fetched when its rows are few.

A property follows from the node's key: where the key is a column of the answer (or nothing is grouped), rows can be
grouped, ordered and cut by the key alone.
"""

from collections.abc import Iterable, Mapping

from queries.graph.syntax import Expression, Id, Property, walk
from queries.graph.view import EdgeType, NodeType


def late(
    keys: Iterable[Expression],
    order: Iterable[Expression],
    scope: Mapping[str, NodeType | EdgeType | None],
    *,
    grouped: bool,
) -> frozenset[Property]:
    """The properties that can wait, out of the columns that are not aggregates."""
    keys, order = list(keys), list(order)
    determined = {part.variable for part in keys if isinstance(part, Id)}
    found: set[Property] = set()
    for key in [*keys, *([] if grouped else order)]:
        for part in walk(key):
            if isinstance(part, Property) and isinstance(scope.get(part.variable), NodeType):
                alone = isinstance(key, Property)
                if not grouped or (alone and part.variable in determined):
                    found.add(part)
    # What a grouping key is computed from cannot wait.
    computed = {part for key in keys for part in walk(key) if grouped and not isinstance(key, (Property, Id))}
    return frozenset(part for part in found if part not in computed)
