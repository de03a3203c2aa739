"""From stages to the whole statement: grouping, order, page, and properties fetched as late as can be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Reckoner, kind_of
from queries.graph.packing import expect_equal_by_text, function, unpacked
from queries.graph.pattern import Pattern, Within, constants, variables
from queries.graph.rules.codes import Codes, codes_of
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.rules.known import Facts, known
from queries.graph.rules.late_attributes import late
from queries.graph.rules.late_conditions import late_conditions
from queries.graph.rules.strictness import says_there
from queries.graph.scope import Element, Scope, single_types
from queries.graph.shapes import ElementKind, Kind, ListKind, name_of
from queries.graph.sql_bounds import Largest, bounded_groups, bounded_sums, largest_next, largest_own
from queries.graph.sql_codes import decoded, distinct_codes, values
from queries.graph.sql_counts import Asked, counted
from queries.graph.sql_expressions import ExpressionLowering, placeholder
from queries.graph.sql_newest import newest_first
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_projected import Column, Projected
from queries.graph.sql_readings import Readings
from queries.graph.sql_relations import PLACE, Relation, Slot, joined, slot_kind, slots_of, widened
from queries.graph.stages import Stage, is_whole, shared
from queries.graph.syntax import (
    Aggregate,
    At,
    Call,
    Constant,
    Expression,
    Facet,
    Id,
    Item,
    Lookup,
    Pack,
    Parameter,
    Project,
    Property,
    Variable,
    called,
    substitute,
    walk,
)
from queries.graph.view import NodeType


class StageLowering:
    """Lowers the stages of a query, one upon the other."""

    def __init__(self, patterns: PatternLowering) -> None:
        self._patterns, self._readings = patterns, Readings(patterns)
        #: The part of the statement that does the work, where the rest only decorates its rows.
        self.core: exp.Expr | None = None
        #: What each column of the answer holds.
        self.kinds: tuple[Kind, ...] = ()
        #: What is known of the nodes of the stage that is being lowered.
        self._known: Facts = {}

    def statement(self, stages: list[Stage]) -> tuple[exp.Select, tuple[str, ...]]:
        """The statement and the names of its columns."""
        carried: Relation | None = None
        behind: list[Stage | None] = [*stages[1:], None]
        for stage, self._known, after in zip(stages, known(stages), behind, strict=True):
            largest = largest_own(stage.project, self._page)
            if largest is None and after is not None:
                largest = largest_next(stage, after, self._page)
            carried = self._stage(stage, carried, largest)
        assert carried is not None
        last = stages[-1]
        items = last.project.items
        self.kinds = tuple(kind_of(item.expression, last.scope, self._patterns.kinds) for item in items)
        return carried.select, tuple(item.name for item in items)

    def _stage(self, stage: Stage, carried: Relation | None, largest: Largest | None = None) -> Relation:
        project, scope = stage.project, stage.scope
        outputs = [output for item in project.items for output in _outputs(item, stage, self._patterns.kinds)]
        asked = [*(expression for _, expression in outputs), *(sort.expression for sort in project.order)]
        aggregates = tuple(dict.fromkeys(p for part in asked for p in walk(part) if isinstance(p, Aggregate)))
        grouped = bool(aggregates) or project.distinct
        keys = tuple(
            part for _, expression in outputs if not _aggregates(expression) for part in _apart(expression, grouped)
        )
        order = [sort.expression for sort in project.order]
        delayed = late(keys, order, single_types(scope), grouped=grouped)
        direct = frozenset() if grouped else self._read_alone(stage)
        delayed = frozenset(part for part in delayed if part.variable not in direct or _is_sum(part, scope))
        distinct = grouped and all(_same_over_repeats(part) for part in aggregates)
        read = [slot for part in asked for slot in _slots(part, delayed)]
        read += [slot for part in aggregates for slot in slots_of(part)]
        slots = list(dict.fromkeys(read))
        # Rows that were put in order stay so until they are grouped, and lists are collected in it.
        placed = carried is not None and PLACE in carried.columns and not project.order and not project.distinct
        placed = placed and (not aggregates or any(part.name == "collect" for part in aggregates))
        slots += [PLACE] if placed else []
        parts = tuple(dict.fromkeys(part for key in keys for part in _undelayed(key, delayed)))
        counts = Asked(parts, aggregates, _beside([*keys, *order]), slots, self._largest(project, aggregates))
        found = counted(self._patterns, stage, counts, lambda rows, at: self._readings.expressions(rows, at.scope))
        if found is not None:
            return self._finished(outputs, project, found, delayed, stage)
        if largest is not None:
            stage = bounded_groups(self._patterns, stage, parts, largest, self._known, self._few) or stage
        codes = codes_of(stage, parts, aggregates) if grouped and carried is None else {}
        by_node = [part for part in parts if part not in codes] if grouped and aggregates else []
        stage, waiting = late_conditions(stage, by_node)
        slots_as_codes = {code.slot: code.code for code in codes.values()}
        slots = [slots_as_codes.get(slot, slot) for slot in slots]
        bound = self._listed(stage, slots, carried, distinct=distinct)
        projected = self._computed(
            project, bound, aggregates, keys, delayed, scope, grouped=grouped, codes=codes, waiting=waiting
        )
        if placed and not grouped and not stage.final:
            projected = self._with_place(projected, bound)
        return self._finished(outputs, project, projected, delayed, stage)

    def _pattern(self, stage: Stage) -> Pattern:
        """The one pattern that binds all of a stage's rows, keys that are given as Known; else an empty one."""
        if stage.optional or stage.unwind is not None or len(stage.patterns) != 1:
            return Pattern({})
        return propagate(split(stage.patterns[0]), self._patterns.kinds)

    def _read_alone(self, stage: Stage) -> frozenset[str]:
        """The nodes that bring their properties with them, since they are read from their label's table: all of them,
        or those with a given key where only a page of the others is wanted.
        """
        pattern = self._pattern(stage)
        alone = frozenset(node for node in pattern.nodes if not pattern.at(node) and node not in pattern.carried)
        return alone if stage.project.limit is None else alone & frozenset(constants(pattern))

    def _few(self, stage: Stage) -> Relation:
        return self._stage(stage, None)

    def _largest(self, project: Project, aggregates: tuple[Aggregate, ...]) -> exp.Expr | None:
        """How many rows are wanted, where these are those with the largest aggregate."""
        order, limit = project.order, project.limit
        if limit is None or not order or not order[0].descending or set(aggregates) != {order[0].expression}:
            return None
        return self._page(project)

    def _page(self, project: Project) -> exp.Expr:
        """How many rows a page and those before it are."""
        assert project.limit is not None
        rows = self._count(project.limit, "LIMIT")
        return rows if project.skip is None else exp.Add(this=rows, expression=self._count(project.skip, "SKIP"))

    def _with_place(self, made: Projected, bound: Relation) -> Projected:
        """Hands the places of rows on, as one more column."""
        name, key = self._patterns.name(PLACE), Variable("@place")
        select = made.select.select(exp.column(bound.columns[PLACE]).as_(name))
        return replace(made, select=select, columns={**made.columns, key: Column(name, "integer")})

    def _listed(self, stage: Stage, slots: list[Slot], carried: Relation | None, *, distinct: bool) -> Relation:
        """What a stage binds, joined with the lists of its pattern comprehensions, and with what is counted apart."""
        if not stage.lists:
            return self._readings.bound(stage, slots, carried, distinct=distinct)
        ties = [tie for listed in stage.lists.values() for tie in _ties(listed, stage)]
        asked = dict.fromkeys([*(slot for slot in slots if slot[0] not in stage.lists), *ties])
        bound = self._readings.bound(stage, list(asked), carried, distinct=distinct)
        outputs = [exp.column(name) for name in dict.fromkeys(bound.columns.values())]
        columns = dict(bound.columns)
        select = exp.select(*outputs).from_(bound.select.subquery("rows", copy=False))
        for listed in {id(listed): listed for listed in stage.lists.values()}.values():
            made, names = self._stage(listed, None), [name for name, one in stage.lists.items() if one is listed]
            on: list[exp.Expr] = [
                exp.column(bound.columns[tie]).eq(
                    widened(exp.column(made.columns[tie]), tie, listed.scope, slot_kind(tie, stage.scope))
                )
                for tie in _ties(listed, stage)
            ]
            columns |= {(name, None): made.columns[name, None] for name in names}
            select = joined(
                select,
                made.select.subquery(f"list_{made.columns[names[0], None]}", copy=False),
                on,
                "LEFT ANY" if on else "",
            )
            select = select.select(*(exp.column(columns[name, None]) for name in names))
        return Relation(select, columns)

    def _computed(
        self,
        project: Project,
        bound: Relation,
        aggregates: tuple[Aggregate, ...],
        keys: tuple[Expression, ...],
        delayed: frozenset[Property],
        scope: Scope,
        *,
        grouped: bool,
        codes: Codes,
        waiting: Facts,
    ) -> Projected:
        """Keys and aggregates, or plain columns, each under a new name."""
        lowering = self._readings.expressions(bound, scope)
        wanted = [part for key in keys for part in _undelayed(key, delayed)]
        if not grouped:
            wanted += [part for sort in project.order for part in _undelayed(sort.expression, delayed)]
        columns: dict[Expression, Column] = {}
        outputs = []
        for part in dict.fromkeys([*wanted, *aggregates]):
            name = self._patterns.name((type(part).__name__.lower(), None))
            columns[part] = Column(name, kind_of(part, scope, self._patterns.kinds))
            if grouped and part not in aggregates:
                expect_equal_by_text(columns[part].kind, part.at)
            argument = part.argument if isinstance(part, Aggregate) and part.distinct else None
            if part in codes or argument in codes:
                code = exp.column(bound.columns[codes[part if argument is None else argument].code])
                outputs.append((code if argument is None else distinct_codes(code)).as_(name))
            else:
                outputs.append(lowering.lower(part).as_(name))
        outputs = outputs or [exp.Literal.number(1).as_("one")]
        select = exp.select(*outputs).from_(bound.select.subquery("bound", copy=False))
        if grouped and wanted:
            select = select.group_by(*(exp.column(columns[part].name) for part in dict.fromkeys(wanted)))
        for node, conditions in waiting.items():
            kind = single_types(scope)[node]
            assert isinstance(kind, NodeType)
            select = select.having(self._patterns.among(node, kind, conditions, exp.column(columns[Id(node)].name)))
        return self._decoded(Projected(_merged(select, bound), columns), codes)

    def _decoded(self, made: Projected, codes: Codes) -> Projected:
        """With the values in place of the codes that rows were grouped by."""
        coded = {part: made.columns[part] for part in codes if part in made.columns}
        if not coded:
            return made
        columns, outputs = dict(made.columns), []
        for part, column in made.columns.items():
            if part in coded:
                columns[part] = replace(column, name=self._patterns.name((column.name, None)))
                value = decoded(exp.column(column.name), values(codes[part].source, codes[part].column))
                outputs.append(value.as_(columns[part].name))
            else:
                outputs.append(exp.column(column.name))
        return Projected(exp.select(*outputs).from_(made.select.subquery("coded", copy=False)), columns)

    def _finished(
        self,
        outputs: list[tuple[Slot, Expression]],
        project: Project,
        made: Projected,
        delayed: frozenset[Property],
        stage: Stage,
    ) -> Relation:
        """Order, page and late properties; the answer has a column for each item."""
        scope = stage.scope
        # What rows are put in order by is fetched for all of them; the rest for those that are left once they are cut.
        first = frozenset(part for part in delayed if any(part in walk(sort.expression) for sort in project.order))
        first = first if project.limit is not None else delayed
        rest = delayed - first
        if first:
            made, large = self._largest_sums(made, project, stage)
            made = self._fetched(made, first, stage, large)
        made = self._ordered(self._bounded(made, project, stage), project, scope)
        if rest:
            made = self._fetched(self._held(made), rest, stage)
            made = replace(made, select=self._sorted(made, project, scope))
        return self._named(outputs, made, stage)

    def _bounded(self, made: Projected, project: Project, stage: Stage) -> Projected:
        """With a bound where a page is of the newest rows of a table, and these are not of one node alone."""
        order, patterns = project.order, stage.patterns
        by_time = project.limit is not None and order and order[0].descending and made.columns.get(order[0].expression)
        if (
            not by_time
            or len(patterns) != 1
            or len(patterns[0].edges) != 1
            or constants(propagate(split(patterns[0]), self._patterns.kinds))
        ):
            return made
        rows = self._page(project)
        return replace(made, select=newest_first(made.select, by_time.name, patterns[0].edges[0].type.sources, rows))

    def _ordered(self, made: Projected, project: Project, scope: Scope) -> Projected:
        select = self._sorted(made, project, scope)
        if project.limit is not None:
            select = select.limit(self._count(project.limit, "LIMIT"))
        if project.skip is not None:
            select = select.offset(self._count(project.skip, "SKIP"))
        return replace(made, select=select)

    def _sorted(self, made: Projected, project: Project, scope: Scope) -> exp.Select:
        select = made.select
        for sort in project.order:
            kind = kind_of(sort.expression, scope, self._patterns.kinds)
            if not isinstance(kind, str) and not (isinstance(kind, ListKind) and isinstance(kind.item, str)):
                raise refusal(f"Ordering by values of {name_of(kind)} is not supported", sort.at)
            key = self._over(made, sort.expression, scope)
            if isinstance(kind, ListKind) and kind.packed:
                # Its items are compared, not its text; null comes where it always does.
                missing = exp.Ordered(this=function("isNull", key), desc=sort.descending)
                select, key = select.order_by(missing), unpacked(key, kind)
            # Null comes after all else, and so first when the order is turned around.
            select = select.order_by(exp.Ordered(this=key, desc=sort.descending, nulls_first=sort.descending))
        return select

    def _count(self, number: Expression, clause: str) -> exp.Expr:
        kind = kind_of(number, {}, self._patterns.kinds)
        if kind != "integer" or not isinstance(number, (Constant, Parameter)):
            raise refusal(f"{clause} takes a whole number or a parameter that is one, not {name_of(kind)}", number.at)
        if isinstance(number, Constant) and number.value < 0:
            raise refusal(f"{clause} takes 0 or more, not {number.value}", number.at)
        if isinstance(number, Parameter):
            return exp.Placeholder(this=placeholder(number.name), kind="UInt64")
        return exp.Literal.number(number.value)

    def _largest_sums(
        self, made: Projected, project: Project, stage: Stage
    ) -> tuple[Projected, tuple[Property, exp.Expr] | None]:
        """Where a page is of the largest sums: the rows that may be on it, and the condition of what is added up."""
        wanted = project.order[0].expression if project.limit is not None and project.order[0].descending else None
        kind = single_types(stage.scope).get(wanted.variable) if isinstance(wanted, Property) else None
        if not (isinstance(wanted, Property) and isinstance(kind, NodeType) and wanted.key in kind.sums):
            return made, None
        key = made.columns.get(Id(wanted.variable))
        if wanted.variable not in self._known or key is None:
            return made, None
        bounded = bounded_sums(self._patterns, made.select, key.name, kind.sums[wanted.key], self._page(project))
        return (replace(made, select=bounded[0]), (wanted, bounded[1])) if bounded is not None else (made, None)

    def _fetched(
        self,
        made: Projected,
        delayed: frozenset[Property],
        stage: Stage,
        large: tuple[Property, exp.Expr] | None = None,
    ) -> Projected:
        """Joins the late properties to rows that are there already; `large`: a sum, and what may be large of it."""
        columns, given = dict(made.columns), constants(self._pattern(stage))
        select = exp.select(*(exp.column(column.name) for column in made.columns.values()))
        select = select.from_(made.select.subquery("found", copy=False))
        for node in sorted({part.variable for part in delayed}):
            kind = single_types(stage.scope)[node]
            assert isinstance(kind, NodeType)
            keys = sorted(part.key for part in delayed if part.variable == node)
            added = [key for key in keys if key in kind.sums] if node in self._known else []
            names = {key: self._patterns.name((node, key)) for key in keys}
            columns |= {Property(node, key): Column(names[key], kind.kinds[key]) for key in keys}
            for key in added:
                may = large[1] if large is not None and large[0] == Property(node, key) else None
                total, key_name = self._patterns.name((node, "sum")), self._patterns.name((node, "key"))
                table = self._added(made, node, kind, (key, key_name, total), may)
                value = function("ifNull", exp.column(total), exp.Literal.number(0))
                by = node, kind.sums[key].key, key_name
                select = self._joined_table(select.select(value.as_(names[key])), made, by, table, given)
            if rest := {key: names[key] for key in keys if key not in added}:
                select = select.select(*(exp.column(name) for name in rest.values()))
                key_name = self._patterns.name((node, "key"))
                table = self._patterns.attributes(kind, rest, key_name, rest)
                select = self._joined_table(select, made, (node, kind.key, key_name), table, given)
        return Projected(select, columns, made.held)

    def _joined_table(
        self,
        select: exp.Select,
        made: Projected,
        by: tuple[str, str, str],
        table: exp.Select,
        given: Mapping[str, Expression],
    ) -> exp.Select:
        """One more join, `by` a node, the column of its key in the table, and the name the table's SELECT gives it."""
        node, column, key = by
        mine = made.columns[Id(node)]
        if made.held is not None:
            table = table.where(exp.In(this=exp.column(column), query=_keys(made, mine)))
        elif node in given:
            table = table.where(exp.EQ(this=exp.column(column), expression=self._over(made, given[node], {})))
        on = exp.column(mine.name).eq(exp.column(key))
        return joined(select, table.subquery(f"of_{key}", copy=False), [on], how="LEFT ANY")

    def _added(
        self, made: Projected, node: str, kind: NodeType, names: tuple[str, str, str], may: exp.Expr | None
    ) -> exp.Select:
        """The sums (of the property, by the name of the key, under the name given) of nodes that are there: no others'
        rows are added up.
        """
        key, key_name, total = names
        way = kind.sums[key]
        table = self._patterns.sums(way, key_name, total)
        facts = [part for part in self._known[node] if not says_there(part)]
        if may is not None:
            return table.where(may)
        if made.held is None and facts:
            return table.where(self._patterns.among(node, kind, facts, exp.column(way.key)))
        return table

    def _held(self, made: Projected) -> Projected:
        """The rows of a page as one value, so that they are found once though they are read twice."""
        names = [column.name for column in made.columns.values()]
        name = self._patterns.name(("held", None))
        self.core = made.select
        rows = exp.select(function("groupArray", function("tuple", *names))).from_(
            made.select.subquery("page", copy=False)
        )
        unpacked = exp.select(function("arrayJoin", name).as_("row")).subquery("rows", copy=False)
        outputs = [_element(exp.column("row"), place).as_(column) for place, column in enumerate(names, 1)]
        cte = exp.CTE(this=rows.subquery(copy=False), alias=exp.to_identifier(name), scalar=True)
        return Projected(exp.select(*outputs).from_(unpacked), made.columns, cte)

    def _named(self, items: list[tuple[Slot, Expression]], made: Projected, stage: Stage) -> Relation:
        outputs: list[exp.Expr] = []
        columns: dict[Slot, str] = {}
        for slot, expression in items:
            name = str(slot[0]) if stage.final else self._patterns.name(slot)
            outputs.append(self._over(made, expression, stage.scope).as_(exp.to_identifier(name, quoted=True)))
            columns[slot] = name
        order = made.select.args.get("order")
        if not stage.final and (order is not None or Variable("@place") in made.columns):
            columns[PLACE] = self._patterns.name(PLACE)
            before = made.columns.get(Variable("@place"))
            place = exp.column(before.name) if before is not None else function("rowNumberInAllBlocks")
            outputs.append(place.as_(columns[PLACE]))
        select = exp.select(*(outputs or [exp.Literal.number(1).as_("one")])).from_(
            made.select.subquery("answer", copy=False)
        )
        if stage.final and order is not None:
            select.set("order", order.copy())
        if made.held is not None:
            select.set("with_", exp.With(expressions=[made.held]))
        return Relation(select, columns)

    def _over(self, made: Projected, expression: Expression, scope: Scope) -> exp.Expr:
        """An expression over columns that are there."""

        def change(part: Any) -> Any:
            return made.columns.get(part)

        whole = substitute(expression, change)
        loose = variables(whole)
        if loose:
            raise refusal(
                f"'{', '.join(sorted(loose))}' stands beside an aggregate but is not a column of its own", expression.at
            )
        lowering = _OverColumns(_no_column, _no_semi_join, scope, self._patterns.types, self._patterns.kinds)
        return lowering.lower(whole)


class _OverColumns(ExpressionLowering):
    def _column(self, node: Column) -> exp.Expr:
        return exp.column(node.name)

    def kind(self, node: Expression) -> Kind:
        return _OverKinds(self._scope, self._kinds).kind(node)


class _OverKinds(Reckoner):
    def _column(self, node: Column) -> Kind:
        return node.kind


def _no_column(name: str, key: str | None, at: At | None) -> exp.Expr:
    raise refusal(f"'{name}{f'.{key}' if key else ''}' is not a column here", at)


def _no_semi_join(test: Within, _: bool) -> exp.Expr:
    raise refusal("A pattern cannot stand here", test.at)


def _aggregates(expression: Expression) -> bool:
    return any(isinstance(part, Aggregate) for part in walk(expression))


def _is_sum(part: Property, scope: Scope) -> bool:
    kind = single_types(scope).get(part.variable)
    return isinstance(kind, NodeType) and part.key in kind.sums


def _beside(asked: list[Expression]) -> tuple[Expression, ...]:
    """What is asked for, without the aggregates in it."""
    return tuple(
        substitute(part, lambda inner: Constant(None) if isinstance(inner, Aggregate) else None) for part in asked
    )


def _same_over_repeats(aggregate: Aggregate) -> bool:
    return aggregate.distinct or aggregate.name in {"min", "max"}


def _outputs(item: Item, stage: Stage, parameters: Mapping[str, Kind]) -> Iterator[tuple[Slot, Expression]]:
    """The columns that a projected item needs: an element that is handed on has one for each of its facets."""
    kind = kind_of(item.expression, stage.scope, parameters)
    if is_whole(item):
        yield (item.name, None), item.expression
        variable = called(item.expression)
        entry = stage.scope[variable]
        several = isinstance(entry, Element) and entry.only is None
        for facet in dict.fromkeys([*(["@type"] if several else []), *stage.facets.get(item.name, ())]):
            yield (item.name, facet), Facet(variable, facet) if facet[0] == "@" else _property(variable, facet, entry)
    elif isinstance(kind, ElementKind) and not stage.final:
        yield (item.name, None), Call("@key", (item.expression,))
        for facet in dict.fromkeys([*(["@type"] if len(kind.types) != 1 else []), *stage.facets.get(item.name, ())]):
            yield (item.name, facet), _of_value(item, facet)
    else:
        yield (item.name, None), item.expression


def _of_value(item: Item, facet: str) -> Expression:
    """A facet or property of an element that is a value."""
    if facet in {"@start", "@end"}:
        raise refusal("The ends of a relationship that was part of a list are not supported", item.at)
    if facet == "@packed":
        return item.expression
    if facet[0] == "@":
        return Call(facet, (item.expression,), at=item.at)
    return Lookup(item.expression, facet, at=item.at)


def _ties(listed: Stage, stage: Stage) -> list[Slot]:
    """The keys that a pattern comprehension shares with the rows it stands in."""
    found: list[Slot] = []
    for name in shared(listed):
        entry = stage.scope[name]
        found.append((name, None))
        found += [(name, "@type")] if isinstance(entry, Element) and entry.only is None else []
    return found


def _property(variable: str, key: str, entry: Any) -> Expression:
    only = entry.only if isinstance(entry, Element) else None
    return Id(variable) if only is not None and only.columns.get(key) == only.key else Property(variable, key)


def _apart(expression: Expression, grouped: bool) -> Iterator[Expression]:
    """What rows are grouped by: a whole element by its key, which its properties follow from."""
    if grouped and isinstance(expression, Pack):
        yield from (expression.key, *expression.values, *expression.ends)
    else:
        yield expression


def _undelayed(expression: Expression, delayed: frozenset[Property]) -> Iterator[Expression]:
    """The parts of an expression that are computed before late properties are there; their nodes' keys."""
    if not any(part in delayed for part in walk(expression)):
        yield expression
        return
    for part in walk(expression):
        if part in delayed:
            yield Id(part.variable)
        elif isinstance(part, (Property, Id, Facet, Variable, Within)):
            yield part


def _slots(expression: Expression, delayed: Iterable[Property]) -> Iterator[Slot]:
    late_ones = {(part.variable, part.key) for part in delayed}
    for slot in slots_of(expression):
        yield (slot[0], None) if slot in late_ones else slot


def _element(row: exp.Expr, place: int) -> exp.Expr:
    return function("tupleElement", row, exp.Literal.number(place))


def _keys(made: Projected, column: Column) -> exp.Expr:
    """The keys in one column of the rows that are held."""
    assert made.held is not None
    place = list(made.columns.values()).index(column) + 1
    return exp.select(_element(function("arrayJoin", made.held.alias), place)).subquery(copy=False)


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
    merged.set("having", select.args.get("having"))
    return merged
