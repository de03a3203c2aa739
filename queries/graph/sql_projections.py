"""From stages to the whole statement: grouping, order, page, and properties fetched as late as can be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from queries.graph.binder import Stage
from queries.graph.errors import refusal
from queries.graph.kinds import Kinds, kind_of
from queries.graph.pattern import Within, variables
from queries.graph.rules.late_attributes import late
from queries.graph.shapes import Kind
from queries.graph.sql_expressions import ExpressionLowering, function
from queries.graph.sql_patterns import PatternLowering, Relation, Slot, joined
from queries.graph.syntax import (
    Aggregate,
    At,
    Constant,
    Expression,
    Id,
    Parameter,
    Project,
    Property,
    Variable,
    _Placed,
    substitute,
    walk,
)
from queries.graph.view import NodeType


@dataclass(frozen=True)
class Column(_Placed):
    """A column of the SELECT below, by name."""

    name: str
    kind: str


@dataclass(frozen=True)
class Projected:
    """A SELECT in the making, what its columns stand for by expression, and the value that holds its rows, if any."""

    select: exp.Select
    columns: dict[Expression, Column]
    held: exp.CTE | None = None


class StageLowering:
    """Lowers the stages of a query, one upon the other."""

    def __init__(self, patterns: PatternLowering) -> None:
        self._patterns = patterns
        #: The part of the statement that does the work, where the rest only decorates its rows.
        self.core: exp.Expr | None = None
        #: What each column of the answer holds.
        self.kinds: tuple[Kind, ...] = ()

    def statement(self, stages: list[Stage]) -> tuple[exp.Select, tuple[str, ...]]:
        """The statement and the names of its columns."""
        carried: Relation | None = None
        kinds: Kinds = {}
        for stage in stages:
            carried, kinds = self._stage(stage, carried, kinds)
        assert carried is not None
        names = tuple(item.name for item in stages[-1].project.items)
        self.kinds = tuple(str(kinds[name]) for name in names)
        return carried.select, names

    def _stage(self, stage: Stage, carried: Relation | None, values: Kinds) -> tuple[Relation, Kinds]:
        project = stage.project
        scope: Kinds = {**values, **{name: kind for name, kind in stage.scope.items() if kind is not None}}
        asked = [*(item.expression for item in project.items), *(sort.expression for sort in project.order)]
        aggregates = tuple(dict.fromkeys(p for part in asked for p in walk(part) if isinstance(p, Aggregate)))
        keys = tuple(item.expression for item in project.items if not _aggregates(item.expression))
        grouped = bool(aggregates) or project.distinct
        delayed = late(keys, [sort.expression for sort in project.order], stage.scope, grouped=grouped)
        distinct = grouped and all(_same_over_repeats(part) for part in aggregates)
        bound = self._bound(stage, asked, delayed, carried, values, distinct=distinct)
        projected = self._computed(project, bound, aggregates, keys, delayed, scope, grouped=grouped)
        return self._finished(project, projected, delayed, stage, scope)

    def _bound(
        self,
        stage: Stage,
        asked: list[Expression],
        delayed: frozenset[Property],
        carried: Relation | None,
        values: Kinds,
        *,
        distinct: bool,
    ) -> Relation:
        """What the patterns of a stage bind, one below the other."""
        slots = list(dict.fromkeys(slot for part in asked for slot in _slots(part, delayed)))
        parts = [
            self._patterns.matches(pattern, slots, carried, values, distinct=distinct) for pattern in stage.patterns
        ]
        if len(parts) == 1:
            return parts[0]
        names = {slot: self._patterns.name(slot) for slot in slots}
        if not parts:
            nothing = [exp.null().as_(name) for name in names.values()] or [exp.Literal.number(1).as_("one")]
            return Relation(exp.select(*nothing).where(exp.false()), names)
        unions = [
            exp.select(
                *([exp.column(part.columns[slot]).as_(names[slot]) for slot in slots] or [exp.column("one")])
            ).from_(part.select.subquery("choice"))
            for part in parts
        ]
        whole: Any = unions[0]
        for other in unions[1:]:
            whole = exp.union(whole, other, distinct=False)
        return Relation(exp.select("*").from_(whole.subquery("choices")), names)

    def _computed(
        self,
        project: Project,
        bound: Relation,
        aggregates: tuple[Aggregate, ...],
        keys: tuple[Expression, ...],
        delayed: frozenset[Property],
        scope: Kinds,
        *,
        grouped: bool,
    ) -> Projected:
        """Keys and aggregates, or plain columns, each under a new name."""
        lowering = self._expressions(bound, scope)
        wanted = [key for key in dict.fromkeys(keys) if not _delayed(key, delayed)]
        wanted += [Id(part.variable) for key in keys for part in walk(key) if part in delayed]
        if not grouped:
            wanted += [sort.expression for sort in project.order if not _delayed(sort.expression, delayed)]
        columns: dict[Expression, Column] = {}
        outputs = []
        for part in dict.fromkeys([*wanted, *aggregates]):
            name = self._patterns.name((type(part).__name__.lower(), None))
            columns[part] = Column(name, kind_of(part, scope, self._patterns.kinds))
            outputs.append(lowering.lower(part).as_(name))
        outputs = outputs or [exp.Literal.number(1).as_("one")]
        select = exp.select(*outputs).from_(bound.select.subquery("bound"))
        if grouped and wanted:
            select = select.group_by(*(exp.column(columns[part].name) for part in dict.fromkeys(wanted)))
        return Projected(_merged(select, bound), columns)

    def _finished(
        self, project: Project, made: Projected, delayed: frozenset[Property], stage: Stage, scope: Kinds
    ) -> tuple[Relation, Kinds]:
        """Order, page and late properties; the answer has a column for each item."""
        sorts_late = any(part in delayed for sort in project.order for part in walk(sort.expression))
        paged = project.limit is not None and not sorts_late
        if delayed and not paged:
            made = self._fetched(made, delayed, stage)
        made = self._ordered(made, project, scope)
        if delayed and paged:
            made = self._fetched(self._held(made), delayed, stage)
            made = replace(made, select=self._sorted(made, project, scope))
        return self._named(project, made, stage, scope)

    def _ordered(self, made: Projected, project: Project, scope: Kinds) -> Projected:
        select = self._sorted(made, project, scope)
        if project.limit is not None:
            select = select.limit(self._count(project.limit, "LIMIT"))
        if project.skip is not None:
            select = select.offset(self._count(project.skip, "SKIP"))
        return replace(made, select=select)

    def _sorted(self, made: Projected, project: Project, scope: Kinds) -> exp.Select:
        select = made.select
        for sort in project.order:
            key = self._over(made, sort.expression, scope)
            # Null comes after all else, and so first when the order is turned around.
            select = select.order_by(exp.Ordered(this=key, desc=sort.descending, nulls_first=sort.descending))
        return select

    def _count(self, number: Expression, clause: str) -> exp.Expr:
        kind = kind_of(number, {}, self._patterns.kinds)
        if kind != "integer" or not isinstance(number, (Constant, Parameter)):
            raise refusal(f"{clause} takes a whole number or a parameter that is one, not {kind}", number.at)
        if isinstance(number, Parameter):
            return exp.Placeholder(this=number.name, kind="UInt64")
        return exp.Literal.number(number.value)

    def _fetched(self, made: Projected, delayed: frozenset[Property], stage: Stage) -> Projected:
        """Joins the late properties to rows that are there already."""
        columns = dict(made.columns)
        select = exp.select(*(exp.column(column.name) for column in made.columns.values()))
        select = select.from_(made.select.subquery("found"))
        for node in sorted({part.variable for part in delayed}):
            kind = stage.scope[node]
            assert isinstance(kind, NodeType)
            names = {}
            for part in sorted((part for part in delayed if part.variable == node), key=lambda part: part.key):
                names[part.key] = self._patterns.name((node, part.key))
                columns[part] = Column(names[part.key], kind.kinds[part.key])
            select = select.select(*(exp.column(name) for name in names.values()))
            mine, key = made.columns[Id(node)], self._patterns.name((node, "key"))
            table = self._patterns.attributes(kind, names, key, names)
            if made.held is not None:
                table = table.where(exp.In(this=exp.column(kind.key), query=_keys(made, mine)))
            on = exp.column(mine.name).eq(exp.column(key))
            select = joined(select, table.subquery(f"of_{key}"), [on], how="LEFT ANY")
        return Projected(select, columns, made.held)

    def _held(self, made: Projected) -> Projected:
        """The rows of a page as one value, so that they are found once though they are read twice."""
        names = [column.name for column in made.columns.values()]
        name = self._patterns.name(("held", None))
        self.core = made.select
        rows = exp.select(function("groupArray", function("tuple", *names))).from_(made.select.subquery("page"))
        unpacked = exp.select(function("arrayJoin", name).as_("row")).subquery("rows")
        outputs = [_element(exp.column("row"), place).as_(column) for place, column in enumerate(names, 1)]
        cte = exp.CTE(this=rows.subquery(), alias=exp.to_identifier(name), scalar=True)
        return Projected(exp.select(*outputs).from_(unpacked), made.columns, cte)

    def _named(self, project: Project, made: Projected, stage: Stage, scope: Kinds) -> tuple[Relation, Kinds]:
        outputs: list[exp.Expr] = []
        columns: dict[Slot, str] = {}
        kinds: dict[str, str] = {}
        for item in project.items:
            name = item.name if stage.final else self._patterns.name((item.name, None))
            outputs.append(self._over(made, item.expression, scope).as_(exp.to_identifier(name, quoted=True)))
            columns[item.name, None] = name
            kinds[item.name] = kind_of(item.expression, scope, self._patterns.kinds)
        order = made.select.args.get("order")
        select = exp.select(*outputs).from_(made.select.subquery("answer"))
        if stage.final and order is not None:
            select.set("order", order.copy())
        if made.held is not None:
            select.set("with_", exp.With(expressions=[made.held]))
        return Relation(select, columns), kinds

    def _over(self, made: Projected, expression: Expression, scope: Kinds) -> exp.Expr:
        """An expression over columns that are there."""

        def change(part: Any) -> Any:
            return made.columns.get(part)

        whole = substitute(expression, change)
        loose = variables(whole)
        if loose:
            raise refusal(
                f"'{', '.join(sorted(loose))}' stands beside an aggregate but is not a column of its own", expression.at
            )
        columns = {column.name: column.kind for column in made.columns.values()}
        lowering = _OverColumns(
            _no_column, _no_semi_join, {**scope, **columns}, self._patterns.types, self._patterns.kinds
        )
        return lowering.lower(whole)

    def _expressions(self, bound: Relation, scope: Kinds) -> ExpressionLowering:
        def column(name: str, key: str | None, at: At | None) -> exp.Expr:
            if (name, key) not in bound.columns:
                raise refusal(f"'{name}{f'.{key}' if key else ''}' is not bound here", at)
            return exp.column(bound.columns[name, key])

        def semi_join(test: Within) -> exp.Expr:
            return self._patterns.semi_join(test, {node: column(node, None, test.at) for node in test.nodes})

        return ExpressionLowering(column, semi_join, scope, self._patterns.types, self._patterns.kinds)


class _OverColumns(ExpressionLowering):
    def _column(self, node: Column) -> exp.Expr:
        return exp.column(node.name)

    def kind(self, node: Expression) -> str:
        return node.kind if isinstance(node, Column) else super().kind(node)


def _no_column(name: str, key: str | None, at: At | None) -> exp.Expr:
    raise refusal(f"'{name}{f'.{key}' if key else ''}' is not a column here", at)


def _no_semi_join(test: Within) -> exp.Expr:
    raise refusal("A pattern cannot stand here", test.at)


def _aggregates(expression: Expression) -> bool:
    return any(isinstance(part, Aggregate) for part in walk(expression))


def _same_over_repeats(aggregate: Aggregate) -> bool:
    return aggregate.distinct or aggregate.name in {"min", "max"}


def _delayed(expression: Expression, delayed: frozenset[Property]) -> bool:
    return any(part in delayed for part in walk(expression))


def _slots(expression: Expression, delayed: Iterable[Property]) -> Iterable[Slot]:
    for part in walk(expression):
        if isinstance(part, Property):
            yield (part.variable, None if part in delayed else part.key)
        elif isinstance(part, Id):
            yield (part.variable, None)
        elif isinstance(part, Variable):
            yield (part.name, None)
        elif isinstance(part, Within):
            yield from ((node, None) for node in part.nodes)


def _element(row: exp.Expr, place: int) -> exp.Expr:
    return function("tupleElement", row, exp.Literal.number(place))


def _keys(made: Projected, column: Column) -> exp.Expr:
    """The keys in one column of the rows that are held."""
    assert made.held is not None
    place = list(made.columns.values()).index(column) + 1
    return exp.select(_element(function("arrayJoin", made.held.alias), place)).subquery()


def _merged(select: exp.Select, bound: Relation) -> exp.Select:
    """One SELECT where two would only pass columns on: the names below are replaced by what they stand for."""
    inner = bound.select
    plain = all(isinstance(column, exp.Alias) and isinstance(column.this, exp.Column) for column in inner.expressions)
    if inner.args.get("joins") or not plain or not isinstance(inner.args["from_"].this, (exp.Table, exp.Final)):
        return select
    meaning = {column.alias: column.this for column in inner.expressions}
    aliases = {column.alias for column in select.expressions}

    def change(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in meaning and node.name not in aliases:
            return exp.column(meaning[node.name].name)
        return node

    outputs = [column.transform(change) for column in select.expressions]
    merged = exp.select(*outputs).from_(inner.args["from_"].this)
    merged.set("where", inner.args.get("where"))
    merged.set("group", select.args.get("group"))
    return merged
