"""From clauses to stages: each a set of typed patterns and the projection that closes it."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from queries.graph.choices import Choice, Step, choices, node_mentions
from queries.graph.errors import refusal
from queries.graph.pattern import Edge, Pattern, Within
from queries.graph.syntax import (
    Aggregate,
    At,
    Binary,
    Boolean,
    Call,
    Constant,
    Expression,
    HasLabel,
    Id,
    Item,
    Match,
    NodePattern,
    Parameter,
    Path,
    PathTest,
    Project,
    Property,
    Query,
    Sort,
    Variable,
    substitute,
    walk,
)
from queries.graph.view import EdgeType, NodeType, View, column_of

#: What a name stands for: a node, an edge, or a value (None).
Scope = dict[str, NodeType | EdgeType | None]


@dataclass(frozen=True)
class Stage:
    """What MATCH clauses bind, in one typed pattern for each choice of labels, and what WITH or RETURN makes of it."""

    patterns: tuple[Pattern, ...]
    project: Project
    scope: Scope
    final: bool


def bind(query: Query, view: View) -> list[Stage]:
    """The stages of a query.

    Raises:
        QueryError: a name is unknown or used for two things.
    """
    return list(_Binder(view).stages(query))


class _Binder:
    def __init__(self, view: View) -> None:
        self._view = view
        self._numbers = itertools.count(1)
        self._clauses = itertools.count()

    def stages(self, query: Query) -> Iterator[Stage]:
        carried: Scope = {}
        matches: list[Match] = []
        for clause in query.clauses:
            if isinstance(clause, Match):
                matches.append(clause)
                continue
            stage = self._stage(matches, clause, carried, clause is query.clauses[-1])
            yield stage
            # A WHERE behind WITH reads what WITH hands on: it is a condition of the next stage.
            carried = _scope_of(stage.project.items, stage.scope)
            matches = [Match((), clause.where, at=clause.at)] if clause.where is not None else []

    def _stage(self, matches: list[Match], project: Project, carried: Scope, final: bool) -> Stage:
        steps: list[Step] = []
        names: dict[int, str] = {}
        for match in matches:
            steps += self._steps(match.paths, names, next(self._clauses))
        mentions: dict[str, list[NodePattern]] = {}
        for match in matches:
            for name, nodes in node_mentions(match.paths, names).items():
                mentions.setdefault(name, []).extend(nodes)
        _expect_apart(mentions, steps, carried)
        bound = {name: kind for name, kind in carried.items() if isinstance(kind, NodeType)}
        typed = choices(self._view, mentions, steps, bound) if mentions else [Choice({}, ())]
        typed = [replace(choice, nodes={**bound, **choice.nodes}) for choice in typed]
        scopes = [self._scope(choice, carried) for choice in typed]
        patterns = [
            self._pattern(choice, scope, matches, steps, names, frozenset(carried))
            for choice, scope in zip(typed, scopes, strict=True)
        ]
        scopes = scopes or [self._any(mentions, steps, carried)]
        made = [self._project(project, scope, final) for scope in scopes]
        if any(other != made[0] for other in made) or _ambiguous(made[0], scopes):
            raise refusal("What is asked for may have several labels or types: name one in the pattern", project.at)
        return Stage(tuple(patterns), made[0], scopes[0], final)

    def _steps(self, paths: tuple[Path, ...], names: dict[int, str], clause: int) -> list[Step]:
        steps = []
        for path in paths:
            for node in path.nodes:
                names[id(node)] = node.variable or f"@node{next(self._numbers)}"
            for edge, left, right in zip(path.edges, path.nodes, path.nodes[1:], strict=False):
                name = edge.variable or f"@edge{next(self._numbers)}"
                steps.append(Step(name, names[id(left)], names[id(right)], edge, clause))
        return steps

    def _scope(self, choice: Choice, carried: Scope) -> Scope:
        return {**carried, **choice.nodes, **{edge.name: edge.type for edge in choice.edges}}

    def _any(self, mentions: Mapping[str, Any], steps: list[Step], carried: Scope) -> Scope:
        """What the projection may see of a pattern that nothing fits: it answers with no rows, whatever it reads."""
        nodes, edges = next(iter(self._view.nodes.values())), next(iter(self._view.edges.values()))
        named = {
            name: self._view.node(label) for name, all_ in mentions.items() for node in all_ for label in node.labels
        }
        return {**dict.fromkeys(mentions, nodes), **named, **{step.name: edges for step in steps}, **carried}

    def _pattern(
        self,
        choice: Choice,
        scope: Scope,
        matches: list[Match],
        steps: list[Step],
        names: dict[int, str],
        carried: frozenset[str],
    ) -> Pattern:
        filters = [
            part
            for match in matches
            for path in match.paths
            for part in _property_tests(path, names, {id(step.written): step.name for step in steps})
        ]
        filters += [match.where for match in matches if match.where is not None]
        for part in filters:
            if any(isinstance(inner, Aggregate) for inner in walk(part)):
                raise refusal("An aggregate cannot stand in a WHERE of MATCH", part.at)
        resolved = tuple(self.resolve(part, scope) for part in filters)
        return Pattern(choice.nodes, choice.edges, resolved, _pairs(choice.edges), carried)

    def _project(self, project: Project, scope: Scope, final: bool) -> Project:
        items = project.items
        if project.star:
            named = [name for name in scope if not name.startswith("@")]
            items = tuple(Item(Variable(name, at=project.at), name, at=project.at) for name in named)
        names = [item.name for item in items]
        for item in items:
            if names.count(item.name) > 1:
                raise refusal(f"Two columns are called '{item.name}'", item.at)
            if final and isinstance(item.expression, Variable) and scope.get(item.expression.name) is not None:
                raise refusal(f"Returning '{item.name}' whole is not supported: name its properties", item.at)
        resolved = tuple(replace(item, expression=self.resolve(item.expression, scope)) for item in items)
        return replace(
            project,
            items=resolved,
            star=False,
            order=tuple(self._sort(sort, items, resolved, scope) for sort in project.order),
            where=None,
        )

    def _sort(self, sort: Sort, items: tuple[Item, ...], resolved: tuple[Item, ...], scope: Scope) -> Sort:
        """ORDER BY sees the columns first, then what was bound before."""

        def column(part: Any) -> Any:
            if isinstance(part, Variable):
                return next((item.expression for item in resolved if item.name == part.name), None)
            return next(
                (new.expression for old, new in zip(items, resolved, strict=True) if old.expression == part), None
            )

        inner = sort.expression
        named = {item.name for item in items}
        if isinstance(inner, Property) and inner.variable in named and inner.variable not in scope:
            raise refusal(f"'{inner.variable}' has no properties", inner.at)
        exposed = substitute(inner, column)
        return replace(sort, expression=self.resolve(exposed, scope))

    def resolve(self, expression: Expression, scope: Scope) -> Expression:
        """The expression with names checked, keys as Id, labels decided and pattern predicates typed."""
        return substitute(expression, lambda part: self._resolved(part, scope))

    def _resolved(self, part: Any, scope: Scope) -> Expression | None:
        if isinstance(part, Property):
            return _property(part, scope)
        if isinstance(part, Aggregate) and part.name == "count" and not part.distinct:
            # What a pattern binds is never null.
            name = part.argument.name if isinstance(part.argument, Variable) else None
            if name is not None and _known(name, scope, part.at) is not None:
                return Aggregate("count", None, at=part.at)
        if isinstance(part, Variable):
            kind = _known(part.name, scope, part.at)
            return None if kind is None else Id(part.name, whole=True, at=part.at)
        if isinstance(part, HasLabel):
            return Constant(_known(part.variable, scope, part.at) is self._view.node(part.label, part.at), at=part.at)
        if isinstance(part, Call) and part.name == "id" and isinstance(part.arguments[0], Variable):
            return Id(part.arguments[0].name, at=part.at)
        return self._within(part.path, scope) if isinstance(part, PathTest) else None

    def _within(self, path: Path, scope: Scope) -> Expression:
        names: dict[int, str] = {}
        steps = self._steps((path,), names, next(self._clauses))
        mentions = node_mentions((path,), names)
        for name in [*mentions, *(step.name for step in steps)]:
            if not name.startswith("@") and not isinstance(scope.get(name), NodeType):
                raise refusal(f"'{name}' is not a node bound before this pattern", path.at)
        shared = tuple(name for name in mentions if name in scope)
        bound = {name: kind for name, kind in scope.items() if isinstance(kind, NodeType)}
        tests = [
            Within(
                shared,
                Pattern(
                    choice.nodes,
                    choice.edges,
                    tuple(
                        self.resolve(part, {**scope, **choice.nodes, **{edge.name: edge.type for edge in choice.edges}})
                        for part in _property_tests(path, names, {id(step.written): step.name for step in steps})
                    ),
                    _pairs(choice.edges),
                ),
                at=path.at,
            )
            for choice in choices(self._view, mentions, steps, bound)
        ]
        if not tests:
            return Constant(False, at=path.at)
        return tests[0] if len(tests) == 1 else Boolean("OR", tuple(tests), at=path.at)


def _property(part: Property, scope: Scope) -> Expression | None:
    kind = _known(part.variable, scope, part.at)
    if kind is None:
        raise refusal(f"'{part.variable}' is a value and has no properties", part.at)
    return Id(part.variable, at=part.at) if column_of(kind, part.key, part.at) == kind.key else None


def _known(name: str, scope: Scope, at: At | None) -> NodeType | EdgeType | None:
    if name not in scope:
        there = ", ".join(known for known in scope if not known.startswith("@")) or "none"
        raise refusal(f"There is no variable '{name}' here. There are: {there}", at)
    return scope[name]


def _scope_of(items: tuple[Item, ...], scope: Scope) -> Scope:
    return {
        item.name: scope[item.expression.variable] if _whole(item) else None  # type: ignore[union-attr]  # by _whole
        for item in items
    }


def _whole(item: Item) -> bool:
    """Whether the column is a node or an edge itself, not a value equal to its key."""
    return isinstance(item.expression, Id) and item.expression.whole


def _ambiguous(project: Project, scopes: list[Scope]) -> bool:
    """Whether keys of different labels or types would be taken for one another."""
    asked = [item.expression for item in project.items] + [sort.expression for sort in project.order]
    names = {part.variable for expression in asked for part in walk(expression) if isinstance(part, Id)}
    return any(scope[name] is not scopes[0][name] for scope in scopes for name in names)


def _pairs(edges: tuple[Edge, ...]) -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((one.name, other.name))
        for one, other in itertools.combinations(edges, 2)
        if one.clause == other.clause and one.type is other.type
    )


def _property_tests(path: Path, names: Mapping[int, str], edges: Mapping[int, str]) -> Iterator[Expression]:
    for node in path.nodes:
        for key, value in node.properties:
            yield Binary("=", Property(names[id(node)], key, at=node.at), value, at=node.at)
    for edge in path.edges:
        for key, value in edge.properties:
            yield Binary("=", Property(edges[id(edge)], key, at=edge.at), value, at=edge.at)


def _expect_apart(mentions: Mapping[str, Any], steps: list[Step], carried: Scope) -> None:
    seen: set[str] = set()
    for step in steps:
        if step.name in seen or step.name in mentions or step.name in carried:
            raise refusal(f"'{step.name}' is bound already", step.written.at)
        seen.add(step.name)
    for name, nodes in mentions.items():
        if name in carried and not isinstance(carried[name], NodeType):
            raise refusal(f"'{name}' is not a node", nodes[0].at)


def parameters(query: Query) -> frozenset[str]:
    """The names of all parameters of a query."""
    return frozenset(part.name for part in _everything(query) if isinstance(part, Parameter))


def _everything(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _everything(item)
    elif hasattr(value, "__dataclass_fields__"):
        yield value
        for name in value.__dataclass_fields__:
            yield from _everything(getattr(value, name))
