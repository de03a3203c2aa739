"""From stages to the whole statement: grouping, order and page (queries.graph.sql_late has what is fetched last)."""

from dataclasses import replace

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import kind_of
from queries.graph.mixed import identity
from queries.graph.packing import expect_equal_by_text, function, unpacked
from queries.graph.pattern import Pattern, constants
from queries.graph.rules.codes import Codes, codes_of
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.rules.known import Facts, known
from queries.graph.rules.late_attributes import late
from queries.graph.rules.late_conditions import late_conditions
from queries.graph.scope import Scope, single_types
from queries.graph.shapes import Kind, ListKind, is_mixed, name_of
from queries.graph.sql_bounds import Largest, bounded_groups, largest_next, largest_own
from queries.graph.sql_codes import decoded, distinct_codes, values
from queries.graph.sql_counts import Asked, counted
from queries.graph.sql_expressions import placeholder
from queries.graph.sql_late import LateProperties, held
from queries.graph.sql_newest import newest_first
from queries.graph.sql_outputs import (
    apart,
    holds_aggregate,
    is_sum,
    outputs_of,
    same_over_repeats,
    slots_read,
    ties_of,
    undelayed,
    without_aggregates,
)
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_projected import Column, Projected, over
from queries.graph.sql_readings import Readings
from queries.graph.sql_relations import PLACE, Relation, Slot, joined, slot_kind, slots_of, widened
from queries.graph.stages import Stage
from queries.graph.syntax import (
    Aggregate,
    Constant,
    Expression,
    Id,
    Parameter,
    Project,
    Property,
    Variable,
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
        outputs = [output for item in project.items for output in outputs_of(item, stage, self._patterns.kinds)]
        asked = [*(expression for _, expression in outputs), *(sort.expression for sort in project.order)]
        aggregates = tuple(dict.fromkeys(p for part in asked for p in walk(part) if isinstance(p, Aggregate)))
        grouped = bool(aggregates) or project.distinct
        keys = tuple(
            part for _, expression in outputs if not holds_aggregate(expression) for part in apart(expression, grouped)
        )
        order = [sort.expression for sort in project.order]
        delayed = late(keys, order, single_types(scope), grouped=grouped)
        direct = frozenset() if grouped else self._read_alone(stage)
        delayed = frozenset(part for part in delayed if part.variable not in direct or is_sum(part, scope))
        distinct = grouped and all(same_over_repeats(part) for part in aggregates)
        read = [slot for part in asked for slot in slots_read(part, delayed)]
        read += [slot for part in aggregates for slot in slots_of(part)]
        slots = list(dict.fromkeys(read))
        # Rows that were put in order stay so until they are grouped, and lists are collected in it.
        placed = carried is not None and PLACE in carried.columns and not project.order and not project.distinct
        placed = placed and (not aggregates or any(part.name == "collect" for part in aggregates))
        slots += [PLACE] if placed else []
        parts = tuple(dict.fromkeys(part for key in keys for part in undelayed(key, delayed)))
        counts = Asked(
            parts, aggregates, without_aggregates([*keys, *order]), slots, self._largest(project, aggregates)
        )
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
        ties = [tie for listed in stage.lists.values() for tie in ties_of(listed, stage)]
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
                for tie in ties_of(listed, stage)
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
        wanted = [part for key in keys for part in undelayed(key, delayed)]
        if not grouped:
            wanted += [part for sort in project.order for part in undelayed(sort.expression, delayed)]
        columns: dict[Expression, Column] = {}
        outputs: list[exp.Expr] = []
        groups: list[exp.Expr] = []
        for part in dict.fromkeys([*wanted, *aggregates]):
            name = self._patterns.name((type(part).__name__.lower(), None))
            kind = kind_of(part, scope, self._patterns.kinds)
            columns[part] = Column(name, kind)
            if grouped and part not in aggregates and is_mixed(kind):
                value = lowering.lower(part)
                groups.append(identity(value, kind))
                outputs.append(function("any", value).as_(name))
                continue
            if grouped and part not in aggregates:
                expect_equal_by_text(kind, part.at)
                groups.append(exp.column(name))
            argument = part.argument if isinstance(part, Aggregate) and part.distinct else None
            if part in codes or argument in codes:
                code = exp.column(bound.columns[codes[part if argument is None else argument].code])
                outputs.append((code if argument is None else distinct_codes(code)).as_(name))
            else:
                outputs.append(lowering.lower(part).as_(name))
        outputs = outputs or [exp.Literal.number(1).as_("one")]
        select = exp.select(*outputs).from_(bound.select.subquery("bound", copy=False))
        if groups:
            select = select.group_by(*groups)
        for node, conditions in waiting.items():
            label = single_types(scope)[node]
            assert isinstance(label, NodeType)
            select = select.having(self._patterns.among(node, label, conditions, exp.column(columns[Id(node)].name)))
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
        # What rows are put in order by is fetched for all of them; the rest for those that are left once they are cut.
        first = frozenset(part for part in delayed if any(part in walk(sort.expression) for sort in project.order))
        first = first if project.limit is not None else delayed
        rest = delayed - first
        properties = self._late(stage) if delayed else None
        if first and properties is not None:
            made, large = properties.largest_sums(made, project, self._page)
            made = properties.fetched(made, first, large)
        made = self._ordered(self._bounded(made, project, stage), project, stage.scope)
        if rest and properties is not None:
            self.core = made.select
            made = properties.fetched(held(made, self._patterns.name(("held", None))), rest)
            made = replace(made, select=self._sorted(made, project, stage.scope))
        return self._named(outputs, made, stage)

    def _late(self, stage: Stage) -> LateProperties:
        return LateProperties(self._patterns, stage.scope, self._known, constants(self._pattern(stage)))

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
            of_texts = isinstance(kind, ListKind) and isinstance(kind.item, str)
            if not isinstance(kind, str) and not of_texts and not is_mixed(kind):
                raise refusal(f"Ordering by values of {name_of(kind)} is not supported", sort.at)
            key = over(made, sort.expression, scope, self._patterns)
            if isinstance(kind, ListKind) and kind.packed:
                # Its items are compared, not its text; null comes where it always does.
                missing = exp.Ordered(this=function("isNull", key), desc=sort.descending)
                select, key = select.order_by(missing), unpacked(key, kind)
            if is_mixed(kind):
                missing = exp.Ordered(this=function("isNull", key), desc=sort.descending)
                select, key = select.order_by(missing), identity(key, kind)
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

    def _named(self, items: list[tuple[Slot, Expression]], made: Projected, stage: Stage) -> Relation:
        outputs: list[exp.Expr] = []
        columns: dict[Slot, str] = {}
        for slot, expression in items:
            name = str(slot[0]) if stage.final else self._patterns.name(slot)
            outputs.append(
                over(made, expression, stage.scope, self._patterns).as_(exp.to_identifier(name, quoted=True))
            )
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
    group = select.args.get("group")
    merged.set("group", group.transform(change) if group is not None else None)
    merged.set("having", select.args.get("having"))
    return merged
