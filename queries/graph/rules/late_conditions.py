"""That a property of a node is there is decided for each group, not for each row, where rows are grouped by the node.

Right because all rows of a group have the same node; and it pays because such a condition leaves out few rows, so that
nothing is read in vain.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from queries.graph.planner import on_node
from queries.graph.rules.conjunctions import split
from queries.graph.rules.strictness import says_there
from queries.graph.stages import Stage
from queries.graph.syntax import Expression, Id


def late_conditions(stage: Stage, keys: Collection[Expression]) -> tuple[Stage, Mapping[str, tuple[Expression, ...]]]:
    """The stage without the conditions that can wait until its rows are grouped by the keys, and these by node."""
    plain = not (stage.carried or stage.optional or stage.unwind or stage.lists or stage.ties)
    if not plain or len(stage.patterns) != 1:
        return stage, {}
    pattern = split(stage.patterns[0])
    late: dict[str, tuple[Expression, ...]] = {}
    for part in pattern.filters:
        node = on_node(part, pattern)
        if node is not None and says_there(part) and Id(node) in keys and pattern.at(node):
            late[node] = (*late.get(node, ()), part)
    if not late:
        return stage, {}
    waiting = {part for parts in late.values() for part in parts}
    left = replace(pattern, filters=tuple(part for part in pattern.filters if part not in waiting))
    return replace(stage, patterns=(left,)), late
