"""From clauses to stages: each a set of typed patterns and the projection that closes it."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from queries.graph.choices import Choice, choices
from queries.graph.errors import refusal
from queries.graph.paths import Paths, expect_apart
from queries.graph.pattern import Edge, Pattern, Within, variables
from queries.graph.resolving import Resolver
from queries.graph.scope import Element, Scope, merged, optional, single, single_types
from queries.graph.shapes import ElementKind, Kind, ListKind, PathKind, name_of
from queries.graph.stages import Segment, Stage, everything, is_whole, segments, with_facets
from queries.graph.syntax import (
    Aggregate,
    Binary,
    Boolean,
    Call,
    Constant,
    Exists,
    Expression,
    Facet,
    Id,
    Item,
    NodePattern,
    Parameter,
    PathTest,
    PatternList,
    Project,
    Property,
    Query,
    Sort,
    Union,
    Unwind,
    Variable,
    called,
    substitute,
    walk,
)
from queries.graph.view import NodeType, View


def bind(query: Query, view: View, given: Mapping[str, Kind] | None = None) -> list[Stage]:
    """The stages of a query; `given` are the kinds of its parameters.

    Raises:
        QueryError: a name is unknown or used for two things.
    """
    return with_facets(list(_Binder(view, given or {}).stages(query)))


class _Binder:
    def __init__(self, view: View, given: Mapping[str, Kind]) -> None:
        self._view, self._given = view, given
        self._numbers = itertools.count(1)
        self._clauses = itertools.count()
        self._resolver = Resolver(view, given, self._matched)
        #: The pattern comprehensions of the projection that is being bound, if one is.
        self._lists: dict[str, Stage] | None = None
        #: What was handed on only for a WHERE to read.
        self._hidden: set[str] = set()

    def stages(self, query: Query) -> Iterator[Stage]:
        carried: Scope = {}
        last = query.clauses[-1]
        for segment in segments(query):
            stage = self._stage(segment, carried, segment.project is last)
            yield stage
            carried = self._scope_of(stage)

    def _stage(self, segment: Segment, carried: Scope, final: bool) -> Stage:
        if segment.unwind is not None:
            return self._unwound(segment.unwind, segment, carried, final)
        paths = Paths(self._numbers)
        for match in segment.matches:
            paths.add(match.paths, next(self._clauses), carried)
        expect_apart(paths, carried)
        bound = _bound(carried)
        typed = choices(self._view, paths.mentions, paths.steps, bound) if paths.mentions else [Choice({})]
        scopes = [self._scope(choice, paths, carried) for choice in typed]
        scope = merged(scopes) if scopes else {**carried, **self._absent(paths)}
        is_optional = any(match.optional for match in segment.matches)
        written = [match.where for match in segment.matches if match.where is not None]
        for part in written:
            _expect_no_aggregate(part)
        self._expect_known([*(paths.tests(typed[0]) if typed else []), *written], scope)
        tests = list(paths.tests(typed[0])) if typed and is_optional else []
        ties = [part for part in [*tests, *written] if is_optional and self._is_tied(part, paths, carried)]
        patterns = tuple(
            self._pattern(choice, own, paths, [part for part in written if part not in ties], carried, is_optional)
            for choice, own in zip(typed, scopes, strict=True)
        )
        if is_optional:
            scope = {**{name: optional(entry) for name, entry in scope.items()}, **carried}
        tied = tuple(self._resolver.resolve(part, scope) for part in ties)
        project, lists = self._project(segment, scope, final)
        return Stage(patterns, project, scope, final, carried, is_optional, tied, lists=lists)

    def _unwound(self, clause: Unwind, segment: Segment, carried: Scope, final: bool) -> Stage:
        if clause.name in carried:
            raise refusal(f"'{clause.name}' is bound already", clause.at)
        _expect_no_aggregate(clause.source)
        source = self._resolver.resolve(clause.source, carried)
        kind = self._resolver.kind(source, carried)
        if not isinstance(kind, ListKind) and kind != "null":
            raise refusal(f"UNWIND takes a list, not {name_of(kind)}", clause.at)
        scope = {**carried, clause.name: kind.item if isinstance(kind, ListKind) else "null"}
        project, lists = self._project(segment, scope, final)
        base = Pattern(_nodes(carried), carried=frozenset(carried))
        return Stage((base,), project, scope, final, carried, unwind=(clause.name, source), lists=lists)

    # Patterns.

    def _scope(self, choice: Choice, paths: Paths, carried: Scope) -> Scope:
        lists, named = paths.lists(choice), paths.named(choice)
        edges = {edge.name: edge.type for edge in choice.edges}
        scope: Scope = {**carried}
        scope |= {name: single(kind) for name, kind in choice.nodes.items()}
        scope |= {name: single(kind) for name, kind in edges.items()}
        for name, entry in carried.items():
            if isinstance(entry, Element) and name in choice.nodes:
                scope[name] = replace(single(choice.nodes[name]), nullable=False)
        for name, parts in lists.items():
            scope[name] = ListKind(ElementKind("relationship", _distinct(edges[part] for part in parts)))
        for name, (nodes, walked) in named.items():
            kinds = _distinct(choice.nodes[part] for part in nodes), _distinct(edges[part] for part in walked)
            scope[name] = PathKind(*kinds)
        return scope

    def _absent(self, paths: Paths) -> Scope:
        """What the projection may see of a pattern that nothing fits: it answers with no rows, whatever it reads."""
        scope: Scope = {}
        for name, nodes in paths.mentions.items():
            labels = [kind for node in nodes for label in node.labels for kind in self._view.labelled(label, node.at)]
            scope[name] = Element(True, _distinct(labels) or tuple(self._view.nodes.values()))
        for step in paths.steps:
            if step.written.length is None:
                scope[step.name] = Element(False, tuple(self._view.edges.values()))
            else:
                scope[step.name] = ListKind(ElementKind("relationship", ()))
        return scope | {path.variable: PathKind((), ()) for path in paths.paths if path.variable is not None}

    def _is_tied(self, part: Expression, paths: Paths, carried: Scope) -> bool:
        """Whether a condition of an optional pattern reads what only the rows before it have."""
        found = variables(part) | {name for inner in walk(part) for name in _tested(inner)}
        tied = any(name in carried and name not in paths.mentions for name in found)
        if tied and any(name.startswith("@") and "." in name for name in found):
            raise refusal(
                "A path of variable length cannot be compared with values from outside OPTIONAL MATCH", part.at
            )
        return tied

    def _pattern(
        self,
        choice: Choice,
        scope: Scope,
        paths: Paths,
        written: Sequence[Expression],
        carried: Scope,
        is_optional: bool,
    ) -> Pattern:
        tests = list(paths.tests(choice))
        if is_optional:
            tests = [part for part in tests if not self._is_tied(part, paths, carried)]
        filters = tuple(self._resolver.resolve_choice(part, scope) for part in [*tests, *written])
        known = {} if is_optional else {name: entry for name, entry in carried.items() if name not in choice.nodes}
        nodes = {**_nodes(known), **choice.nodes}
        before = frozenset() if is_optional else frozenset(carried)
        conditions = [*choice.conditions, *filters]
        if not is_optional:
            conditions += [
                Binary("=", Facet(name, "@type"), Constant(kind.name))
                for name, kind in choice.nodes.items()
                if name in carried and len(getattr(carried[name], "types", ())) > 1
            ]
        return Pattern(
            nodes,
            choice.edges,
            tuple(conditions),
            _pairs(choice.edges),
            before,
            paths.lists(choice),
            paths.named(choice),
        )

    def _matched(self, test: PathTest | Exists | PatternList, scope: Scope) -> Expression:
        """A pattern as a predicate: true where it has a match; or the list of what a comprehension makes of it."""
        if isinstance(test, PatternList):
            return self._listed(test, scope)
        paths = Paths(self._numbers)
        within = test.paths if isinstance(test, Exists) else (test.path,)
        paths.add(within, next(self._clauses), {})
        if isinstance(test, PathTest):
            for name in [*paths.mentions, *(step.name for step in paths.steps)]:
                entry = scope.get(name)
                if not name.startswith("@") and not (isinstance(entry, Element) and entry.node):
                    raise refusal(f"'{name}' is not a node bound before this pattern", test.at)
        expect_apart(paths, scope)
        written = [test.where] if isinstance(test, Exists) and test.where is not None else []
        shared = tuple(name for name in paths.mentions if name in scope)
        tests = []
        typed_ways = choices(self._view, paths.mentions, paths.steps, _bound(scope))
        scopes = [self._within(choice, paths, scope) for choice in typed_ways]
        if typed_ways:
            self._expect_known([*paths.tests(typed_ways[0]), *written], merged(scopes))
        for choice, own in zip(typed_ways, scopes, strict=True):
            conditions = [*paths.tests(choice), *written]
            for part in conditions:
                _expect_no_aggregate(part)
                _expect_inside(part, choice, scope)
            filters = tuple(self._resolver.resolve_choice(part, own) for part in conditions)
            found = Pattern(
                choice.nodes, choice.edges, (*choice.conditions, *filters), _pairs(choice.edges),
                lists=paths.lists(choice), paths=paths.named(choice),
            )  # fmt: skip
            typed = [
                Binary("=", Facet(name, "@type"), Constant(choice.nodes[name].name))
                for name in shared
                if len(getattr(scope[name], "types", ())) > 1
            ]
            within_ = Within(shared, found, at=test.at)
            tests.append(Boolean("AND", (*typed, within_), at=test.at) if typed else within_)
        if not tests:
            return Constant(False, at=test.at)
        fits = tests[0] if len(tests) == 1 else Boolean("OR", tuple(tests), at=test.at)
        # A node that is null has no pattern: false, where a comparison with it would be null.
        nullable = any(getattr(scope[name], "nullable", False) for name in shared)
        return Call("coalesce", (fits, Constant(False)), at=test.at) if nullable else fits

    def _within(self, choice: Choice, paths: Paths, scope: Scope) -> Scope:
        """What a pattern that stands as a predicate sees."""
        return self._scope(choice, paths, {name: entry for name, entry in scope.items() if name not in choice.nodes})

    def _expect_known(self, parts: Sequence[Expression], scope: Scope) -> None:
        """Refuses names and properties that no choice of labels and types has."""
        if self._resolver.strict:
            for part in parts:
                self._resolver.resolve(part, scope)

    def _listed(self, test: PatternList, scope: Scope) -> Expression:
        """A pattern comprehension as the list that a stage of its own collects for each of the nodes it shares."""
        if self._lists is None:
            raise refusal(
                "A pattern comprehension in WHERE or in UNWIND is not supported: put it in WITH before", test.at
            )
        paths = Paths(self._numbers)
        paths.add(test.paths, next(self._clauses), {})
        expect_apart(paths, scope)
        outer, self._lists = self._lists, None
        shared = tuple(name for name in paths.mentions if name in scope)
        typed = choices(self._view, paths.mentions, paths.steps, _bound(scope))
        scopes = [self._scope(choice, paths, {}) for choice in typed]
        inner = merged(scopes) if scopes else self._absent(paths)
        written = [test.where] if test.where is not None else []
        self._expect_known([*(paths.tests(typed[0]) if typed else []), *written], inner)
        for choice in typed:
            for part in [*written, test.result]:
                _expect_no_aggregate(part)
                _expect_inside(part, choice, scope)
        patterns = tuple(
            self._pattern(choice, own, paths, written, {}, is_optional=False)
            for choice, own in zip(typed, scopes, strict=True)
        )
        name = f"@list{next(self._numbers)}"
        gathered = Aggregate("gather", self._resolver.resolve(test.result, inner), at=test.at)
        items = [Item(Id(node, whole=True), node) for node in shared] + [Item(gathered, name)]
        project = Project(tuple(items), at=test.at)
        facets = {node: ("@type",) for node in shared if getattr(scope[node], "only", None) is None}
        self._lists = {**outer, name: Stage(patterns, project, inner, False, facets=facets)}
        scope[name] = self._resolver.kind(gathered, inner)
        return Variable(name, at=test.at)

    # Projections.

    def _project(self, segment: Segment, scope: Scope, final: bool) -> tuple[Project, dict[str, Stage]]:
        """The projection with its names settled, and the pattern comprehensions in it."""
        self._lists = {}
        project = self._projected(segment, scope, final)
        lists, self._lists = self._lists, None
        return project, lists

    def _projected(self, segment: Segment, scope: Scope, final: bool) -> Project:
        project, items = segment.project, segment.project.items
        if segment.passes:
            items = tuple(item for item in items if item.name in scope)
        items = (*items, *self._for_where(segment, scope))
        if project.star:
            named = [name for name in scope if not name.startswith("@") and name not in self._hidden]
            items = (*(Item(Variable(name, at=project.at), name, at=project.at) for name in named), *items)
            if not items and not segment.passes:
                raise refusal("'*' stands for all variables, and there are none", project.at)
        names = [item.name for item in items]
        for item in items:
            if names.count(item.name) > 1:
                raise refusal(f"Two columns are called '{item.name}'", item.at)
        resolved = tuple(replace(item, expression=self._column(item.expression, scope, final)) for item in items)
        return replace(
            project,
            items=resolved,
            star=False,
            order=tuple(self._sort(sort, items, resolved, scope, project) for sort in project.order),
            where=None,
        )

    def _for_where(self, segment: Segment, scope: Scope) -> list[Item]:
        """What a WHERE reads of before its WITH, handed on with the columns."""
        project = segment.project
        grouped = project.distinct or any(
            isinstance(p, Aggregate) for item in project.items for p in walk(item.expression)
        )
        names = {item.name for item in project.items}
        found = [name for name in sorted(segment.reads) if name in scope and name not in names]
        if grouped or project.star:
            return []
        self._hidden.update(found)
        return [Item(Variable(name), name) for name in found]

    def _column(self, expression: Expression, scope: Scope, final: bool) -> Expression:
        """Whole elements are handed on by their keys."""
        if not final and self._resolver.element(expression, scope) is not None:
            return Id(called(expression), whole=True, at=expression.at)
        return self._resolver.resolve(expression, scope)

    def _sort(
        self, sort: Sort, items: tuple[Item, ...], resolved: tuple[Item, ...], scope: Scope, project: Project
    ) -> Sort:
        """ORDER BY sees the columns first, then what was bound before."""
        named = {item.name: item for item in items}
        grouped = project.distinct or any(isinstance(p, Aggregate) for item in resolved for p in walk(item.expression))

        def column(part: Any) -> Any:
            if isinstance(part, Variable) and part.name in named:
                found = next(item.expression for item in resolved if item.name == part.name)
                element = self._resolver.element(named[part.name].expression, scope)
                return Id(called(named[part.name].expression)) if element is not None else found
            if isinstance(part, Property) and part.variable in named and part.variable not in scope:
                return self._renamed(part, named[part.variable], scope)
            if isinstance(part, Property) and part.variable in named and not _same(named[part.variable]):
                return self._renamed(part, named[part.variable], scope)
            found = next(
                (new.expression for old, new in zip(items, resolved, strict=True) if old.expression == part), None
            )
            return None if found is None or isinstance(part, (Constant, Variable)) else found

        exposed = substitute(sort.expression, column)
        if isinstance(exposed, Variable) and self._resolver.element(exposed, scope) is not None:
            exposed = Id(exposed.name, at=exposed.at)
        made = self._resolver.resolve(exposed, scope)
        if not grouped:
            _expect_no_aggregate(made)
        return replace(sort, expression=made)

    def _renamed(self, part: Property, item: Item, scope: Scope) -> Expression:
        """A property of a column, for instance n.name behind `a AS n`."""
        if isinstance(item.expression, Variable):
            return self._resolver.resolve(replace(part, variable=item.expression.name), scope)
        raise refusal(f"'{part.variable}' has no properties that ORDER BY could read", part.at)

    def _scope_of(self, stage: Stage) -> Scope:
        scope: Scope = {}
        for item in stage.project.items:
            if is_whole(item):
                scope[item.name] = stage.scope[called(item.expression)]
            else:
                kind = self._resolver.kind(item.expression, stage.scope)
                # A node or relationship that was in a list is one like any other from here on.
                is_element = isinstance(kind, ElementKind)
                scope[item.name] = Element(kind.name == "node", kind.types, nullable=True) if is_element else kind  # type: ignore[union-attr]  # by is_element
        return scope


def _same(item: Item) -> bool:
    """Whether a column is called as the variable it shows."""
    return isinstance(item.expression, Variable) and item.expression.name == item.name


def _tested(part: Any) -> Iterator[str]:
    """The names that a pattern within a condition mentions, and what its own condition reads."""
    if isinstance(part, (PathTest, Exists)):
        for inner in everything(part):
            if isinstance(inner, (Property, NodePattern)) and inner.variable is not None:
                yield inner.variable
            elif isinstance(inner, Variable):
                yield inner.name


def _bound(scope: Scope) -> dict[str, tuple[NodeType, ...]]:
    return {
        name: tuple(item for item in entry.types if isinstance(item, NodeType))
        for name, entry in scope.items()
        if isinstance(entry, Element) and entry.node
    }


def _nodes(scope: Scope) -> dict[str, NodeType]:
    return {name: kind for name, kind in single_types(scope).items() if isinstance(kind, NodeType)}


def _distinct(kinds: Any) -> tuple[Any, ...]:
    return tuple({kind.name: kind for kind in kinds}.values())


def _pairs(edges: tuple[Edge, ...]) -> frozenset[frozenset[str]]:
    return frozenset(
        frozenset((one.name, other.name))
        for one, other in itertools.combinations(edges, 2)
        if one.clause == other.clause and one.type is other.type
    )


def _expect_no_aggregate(part: Expression) -> None:
    found = next((inner for inner in walk(part) if isinstance(inner, Aggregate)), None)
    if found is not None:
        raise refusal("An aggregate cannot stand in WHERE, UNWIND or ORDER BY without one in the columns", found.at)


def _expect_inside(part: Expression, choice: Choice, scope: Scope) -> None:
    edges = {edge.name for edge in choice.edges}
    for name in variables(part):
        if name in scope and name not in choice.nodes and name not in edges:
            raise refusal(f"'{name}' comes from outside the pattern: only its nodes can be read here", part.at)


def parameters(query: Query | Union) -> frozenset[str]:
    """The names of all parameters of a query."""
    queries = query.queries if isinstance(query, Union) else (query,)
    return frozenset(part.name for one in queries for part in everything(one.clauses) if isinstance(part, Parameter))
