"""WITH DISTINCT of one node is a set: what follows it asks only for nodes that are in it, and needs no rows to join.

Right because the rows handed on are the distinct nodes and nothing besides: each is there once, as it is in the pattern
behind, where being among them is a condition like any other.
"""

from collections.abc import Iterable
from dataclasses import replace

from queries.graph.pattern import Within
from queries.graph.scope import Element
from queries.graph.stages import Stage, is_whole
from queries.graph.syntax import called
from queries.graph.view import NodeType


def fused(stages: Iterable[Stage]) -> list[Stage]:
    """The stages, those that only find a set taken into the ones behind them."""
    made: list[Stage] = []
    for stage in stages:
        name = _set(made[-1]) if made else None
        if name is not None and _takes(stage, name):
            made.append(_among(stage, name, made.pop()))
        else:
            made.append(stage)
    return made


def _set(stage: Stage) -> str | None:
    """The node whose distinct values are all that a stage hands on."""
    project = stage.project
    plain = not (stage.carried or stage.optional or stage.unwind or stage.ties or stage.final)
    whole = not (project.order or project.skip or project.limit or project.where)
    if not (plain and whole and project.distinct and len(project.items) == 1 and len(stage.patterns) == 1):
        return None
    item = project.items[0]
    if not is_whole(item) or called(item.expression) != item.name:
        return None
    entry = stage.scope.get(item.name)
    one_type = isinstance(entry, Element) and isinstance(entry.only, NodeType) and not entry.nullable
    return item.name if one_type and item.name in stage.patterns[0].nodes else None


def _takes(stage: Stage, name: str) -> bool:
    """Whether a stage is handed that set alone, and a relationship of every pattern binds the node.

    Alone in a pattern it would be read from its label's table, which lacks the nodes that only a relationship names.
    """
    plain = not (stage.optional or stage.unwind or stage.ties)
    return plain and set(stage.carried) == {name} and all(p.at(name) for p in stage.patterns) and bool(stage.patterns)


def _among(stage: Stage, name: str, before: Stage) -> Stage:
    condition = Within((name,), before.patterns[0])
    patterns = tuple(
        replace(pattern, filters=(*pattern.filters, condition), carried=pattern.carried - {name})
        for pattern in stage.patterns
    )
    return replace(stage, patterns=patterns, carried={})
