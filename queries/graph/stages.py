"""What a query does, step by step: each stage reads something and closes with a projection."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from queries.graph.pattern import Pattern
from queries.graph.scope import Element, Scope
from queries.graph.syntax import (
    Clause,
    EdgePattern,
    Expression,
    Facet,
    HasLabel,
    Id,
    Item,
    Match,
    NodePattern,
    Path,
    Project,
    Property,
    Query,
    Unwind,
    Variable,
    called,
    walk,
)
from queries.graph.view import NodeType


@dataclass(frozen=True)
class Stage:
    """What MATCH, OPTIONAL MATCH or UNWIND clauses bind, and what WITH or RETURN makes of it.

    Args:
        patterns: one typed pattern for each choice of labels and types.
        project: the projection, its names settled.
        scope: what the projection sees.
        final: whether this is the RETURN.
        carried: what earlier stages hand on.
        optional: rows stay, with nulls, where no pattern fits.
        ties: conditions of an optional pattern that read values from outside it.
        unwind: the name of a list's items, and the list.
        lists: a stage of its own for each pattern comprehension of the projection, by the name of its list; and for
            what is counted apart (queries.graph.rules.optional_counts).
        facets: what later stages want to know of the elements that the projection hands on, by column.
    """

    patterns: tuple[Pattern, ...]
    project: Project
    scope: Scope
    final: bool
    carried: Scope = field(default_factory=dict)
    optional: bool = False
    ties: tuple[Expression, ...] = ()
    unwind: tuple[str, Expression] | None = None
    lists: "Mapping[str, Stage]" = field(default_factory=dict)
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """Clauses that are read together, and the projection behind them; `passes` where it was not written.

    `reads` are the names in the WHERE behind a WITH, which sees what the WITH sees as well.
    """

    matches: tuple[Match, ...]
    unwind: Unwind | None
    project: Project
    passes: bool = False
    reads: frozenset[str] = frozenset()


def segments(query: Query) -> Iterator[Segment]:
    """The clauses of a query, taken together as far as they can be."""
    matches: list[Match] = []
    for place, clause in enumerate(query.clauses):
        if isinstance(clause, Project):
            yield Segment(tuple(matches), None, clause, reads=frozenset(_names((clause.where,))))
            # A WHERE behind WITH reads what WITH hands on: it is a condition of the next stage.
            matches = [Match((), clause.where, at=clause.at)] if clause.where is not None else []
            continue
        alone = isinstance(clause, Unwind) or clause.optional
        later = query.clauses[place + 1 :]
        if alone and matches:
            yield Segment(tuple(matches), None, _passing((clause, *later)), passes=True)
            matches = []
        if isinstance(clause, Unwind):
            yield Segment((), clause, _passing(later), passes=True)
        elif clause.optional:
            yield Segment((clause,), None, _passing(later), passes=True)
        else:
            matches.append(clause)


def _passing(later: Iterable[Clause]) -> Project:
    """A projection of all that later clauses name; star where one of them names everything."""
    names = dict.fromkeys(_names(tuple(later)))
    if "*" in names:
        return Project((), star=True)
    return Project(tuple(Item(Variable(name), name) for name in names))


def _names(later: tuple[Clause | Expression | None, ...]) -> Iterator[str]:
    for part in everything(later):
        if isinstance(part, Project) and part.star:
            yield "*"
        elif isinstance(part, Variable):
            yield part.name
        elif isinstance(part, (Property, HasLabel, NodePattern, EdgePattern, Path)) and part.variable is not None:
            yield part.variable


def everything(value: Any) -> Iterator[Any]:
    """All parts of a query, patterns included."""
    if isinstance(value, tuple):
        for item in value:
            yield from everything(item)
    elif hasattr(value, "__dataclass_fields__"):
        yield value
        for name in value.__dataclass_fields__:
            yield from everything(getattr(value, name))


def with_facets(stages: list[Stage]) -> list[Stage]:
    """The stages, each with what the ones behind it want to know of the elements it hands on."""
    wanted: dict[str, set[str]] = {}
    made = []
    for stage in reversed(stages):
        facets = {item.name: tuple(sorted(wanted.get(item.name, ()))) for item in stage.project.items}
        made.append(replace(stage, facets=facets))
        wanted = _wanted(stage, facets)
    return made[::-1]


def is_whole(item: Any) -> bool:
    """Whether a column is a node or an edge itself, not a value equal to its key."""
    return isinstance(item.expression, Id) and item.expression.whole


def _wanted(stage: Stage, facets: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """What a stage reads of the elements it is handed."""
    found: dict[str, set[str]] = {}
    project = stage.project
    asked = [item.expression for item in project.items] + [sort.expression for sort in project.order]
    asked += [Id(name) for one in stage.lists.values() for name in shared(one)]
    asked += [*stage.ties, *([stage.unwind[1]] if stage.unwind is not None else [])]
    asked += [part for pattern in stage.patterns for part in pattern.filters]
    for part in itertools.chain.from_iterable(map(walk, asked)):
        if isinstance(part, Property):
            found.setdefault(part.variable, set()).add(part.key)
        elif isinstance(part, Facet):
            found.setdefault(part.variable, set()).add(part.name)
    for item in project.items:
        if is_whole(item):
            found.setdefault(called(item.expression), set()).update(facets[item.name])
    return {name: _carried(stage.carried[name], names) for name, names in found.items() if name in stage.carried}


def shared(listed: Stage) -> tuple[str, ...]:
    """The nodes that a pattern comprehension takes from the rows it stands in."""
    return tuple(called(item.expression) for item in listed.project.items if is_whole(item))


def _carried(entry: Any, names: set[str]) -> set[str]:
    """A node of one type is looked up again by its key; all else has to be handed on."""
    if isinstance(entry, Element) and isinstance(entry.only, NodeType):
        return {name for name in names if name == "@type"}
    return names | ({"@type"} if isinstance(entry, Element) and entry.only is None else set())
