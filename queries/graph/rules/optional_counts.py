"""What an OPTIONAL MATCH is only counted or added up for is grouped by its node first, and joined to the nodes after.

Right where the rows before are the nodes of one label, each once, and rows are grouped by that node: each then has the
aggregates of its own matches, and where it has none, those of no match.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from queries.graph.kinds import kind_of
from queries.graph.pattern import Pattern, Within, variables
from queries.graph.rules.strictness import says_there
from queries.graph.scope import Element, Scope, single
from queries.graph.shapes import Kind
from queries.graph.stages import Stage, is_whole
from queries.graph.syntax import (
    Aggregate,
    Call,
    Constant,
    Expression,
    Id,
    Item,
    Project,
    Sort,
    Variable,
    called,
    substitute,
    walk,
)
from queries.graph.view import NodeType

#: The aggregates that have a value where nothing matched; the others are null.
EMPTY = {"count": 0, "sum": 0}
AGGREGATES = {*EMPTY, "avg", "min", "max"}


def counted_first(stages: Iterable[Stage], parameters: Mapping[str, Kind]) -> list[Stage]:
    """The stages, with aggregates of optional matches made by a stage of their own."""
    made: list[Stage] = []
    for stage in stages:
        node = counted_node(made[-2], made[-1], stage) if len(made) > 1 else None
        if node is not None:
            optional = made.pop()
            made.append(_counted(made[-1], optional, stage, node, parameters))
        else:
            made.append(stage)
    return made


def counted_node(before: Stage, optional: Stage, stage: Stage) -> str | None:
    """The node whose matches are counted, if that is all that is asked of them."""
    node = _only_node(before)
    if node is None or not _is_simple_optional(optional, node) or not _is_projection(stage, set(optional.scope)):
        return None
    asked = _asked(stage.project)
    aggregates = [part for part in _parts(asked) if isinstance(part, Aggregate)]
    new = set(optional.scope) - {node}
    beside = [substitute(part, lambda p: Constant(None) if isinstance(p, Aggregate) else None) for part in asked]
    by_node = any(isinstance(item.expression, Id) and called(item.expression) == node for item in stage.project.items)
    fits = by_node and aggregates and not any(variables(part) & new for part in beside)
    return node if fits and all(_is_of_match(part, new) for part in aggregates) else None


def _only_node(stage: Stage) -> str | None:
    """The node of one label that is all a stage hands on, each once."""
    project = stage.project
    plain = not (stage.carried or stage.optional or stage.unwind or stage.lists or stage.ties or stage.final)
    if not plain or len(stage.patterns) != 1 or project.limit or project.skip or len(project.items) != 1:
        return None
    item, pattern = project.items[0], stage.patterns[0]
    entry = stage.scope.get(item.name)
    whole = is_whole(item) and called(item.expression) == item.name and list(pattern.nodes) == [item.name]
    one_type = isinstance(entry, Element) and isinstance(entry.only, NodeType) and not entry.nullable
    return item.name if whole and one_type and not pattern.edges else None


def _is_simple_optional(stage: Stage, node: str) -> bool:
    project = stage.project
    whole = not (project.distinct or project.order or project.skip or project.limit)
    if not stage.optional or stage.ties or stage.lists or not whole or len(stage.patterns) != 1:
        return False
    pattern = stage.patterns[0]
    return bool(pattern.at(node)) and not pattern.lists and not pattern.paths and set(stage.carried) == {node}


def _is_projection(stage: Stage, names: set[str]) -> bool:
    """Whether a stage only projects what the one before hands on."""
    plain = not (stage.optional or stage.unwind or stage.lists or stage.ties)
    return plain and set(stage.carried) <= names and all(not p.edges and not p.filters for p in stage.patterns)


def _is_of_match(part: Aggregate, new: set[str]) -> bool:
    """Whether an aggregate is of the matches alone; all rows together are one more where there is no match."""
    return part.name in AGGREGATES and part.argument is not None and bool(names := variables(part)) and names <= new


def _counted(before: Stage, optional: Stage, stage: Stage, node: str, parameters: Mapping[str, Kind]) -> Stage:
    pattern, kind = optional.patterns[0], before.scope[node]
    inner: Scope = {name: single(item) for name, item in pattern.nodes.items()}
    inner |= {edge.name: single(edge.type) for edge in pattern.edges}
    aggregates = dict.fromkeys(part for part in _parts(_asked(stage.project)) if isinstance(part, Aggregate))
    names = {part: f"@{part.name}{place}" for place, part in enumerate(aggregates)}
    items = (Item(Id(node, whole=True), node), *(Item(part, name) for part, name in names.items()))
    own = tuple(part for part in before.patterns[0].filters if not says_there(part))
    narrowed = replace(pattern, filters=(*pattern.filters, *([Within((node,), before.patterns[0])] if own else [])))
    counted = Stage((narrowed,), Project(items), inner, False, facets={node: ()})

    def value(part: Any) -> Expression | None:
        if part not in names:
            return None
        found = Variable(names[part], at=part.at)
        return Call("coalesce", (found, Constant(EMPTY[part.name])), at=part.at) if part.name in EMPTY else found

    project = replace(
        stage.project,
        items=tuple(replace(item, expression=substitute(item.expression, value)) for item in stage.project.items),
        order=tuple(
            Sort(substitute(sort.expression, value), sort.descending, at=sort.at) for sort in stage.project.order
        ),
    )
    scope: Scope = {node: kind, **{name: kind_of(part, inner, parameters) for part, name in names.items()}}
    base = Pattern({node: pattern.nodes[node]}, carried=frozenset({node}))
    return replace(
        stage,
        patterns=(base,),
        project=project,
        scope=scope,
        carried={node: kind},
        lists=dict.fromkeys(names.values(), counted),
    )


def _asked(project: Project) -> list[Expression]:
    return [item.expression for item in project.items] + [sort.expression for sort in project.order]


def _parts(asked: Iterable[Expression]) -> Iterator[Any]:
    return (part for expression in asked for part in walk(expression))
