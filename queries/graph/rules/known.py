"""What is known of the nodes that a stage binds: that their label's table has a row of them, and what that row is like.

A node that a relationship names may have no row. One that was read from its label's table has one, and so has one of
which a condition holds that cannot hold where all properties are null. Both stay so in what is handed on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from queries.graph.pattern import Among, Pattern, Within, needs_columns
from queries.graph.planner import on_node
from queries.graph.rules.conjunctions import split
from queries.graph.rules.strictness import rejects_null
from queries.graph.stages import Stage, is_whole
from queries.graph.syntax import Binary, Expression, Id, Property, called, substitute, walk

#: The conditions that hold of a node's properties, for each node that has a row.
Facts = Mapping[str, tuple[Expression, ...]]


def known(stages: Iterable[Stage]) -> Iterator[Facts]:
    """What is known of each stage's nodes."""
    handed: Facts = {}
    for stage in stages:
        bound = _bound(stage)
        facts = {name: handed.get(name, ()) + bound.get(name, ()) for name in {**handed, **bound}}
        yield facts
        items = [item for item in stage.project.items if is_whole(item) and called(item.expression) in facts]
        handed = {
            item.name: tuple(_renamed(part, item.name) for part in facts[called(item.expression)]) for item in items
        }


def of_pattern(pattern: Pattern) -> Facts:
    """What is known of a pattern's nodes, wherever it matches."""
    filters = split(pattern).filters
    found: dict[str, tuple[Expression, ...]] = {}
    # One that is said to be the same as another may be read as that other.
    same = {name for one in filters if isinstance(one, Binary) and len(names := _ids(one)) > 1 for name in names}
    for node in pattern.nodes:
        if not pattern.at(node) and node not in pattern.carried | same:
            found[node] = ()
    for part in filters:
        about = on_node(part, pattern)
        if isinstance(part, Within):
            inner = of_pattern(part.pattern)
            found |= {name: found.get(name, ()) + inner[name] for name in part.nodes if name in inner}
        elif about is not None and needs_columns(part, (about,)) and rejects_null(part) and _is_plain(part):
            found[about] = (*found.get(about, ()), part)
    for part in filters:
        if isinstance(part, Among) and part.node in found:
            found[part.node] = (*found[part.node], part)
    return found


def _ids(condition: Expression) -> set[str]:
    return {part.variable for part in walk(condition) if isinstance(part, Id)}


def _bound(stage: Stage) -> Facts:
    """What the patterns of a stage say, all of them; nothing where they need not match."""
    if stage.optional or stage.unwind is not None or not stage.patterns:
        return {}
    first, *others = map(of_pattern, stage.patterns)
    shared = set(first).intersection(*others)
    return {name: first[name] if all(one[name] == first[name] for one in others) else () for name in shared}


def _is_plain(condition: Expression) -> bool:
    return not any(isinstance(part, Within) for part in walk(condition))


def _renamed(condition: Expression, name: str) -> Expression:
    def change(part: Expression) -> Expression | None:
        if isinstance(part, Among):
            return replace(part, node=name)
        if isinstance(part, Id):
            return Id(name, at=part.at)
        return Property(name, part.key, at=part.at) if isinstance(part, Property) else None

    return substitute(condition, change)
