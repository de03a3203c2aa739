"""What a stage binds as one SELECT: its patterns, rows with optional ones beside them, or the items of lists."""

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Kinds, kind_of
from queries.graph.packing import function, typed_null, unpacked
from queries.graph.pattern import Pattern, Within
from queries.graph.scope import Element
from queries.graph.shapes import ListKind
from queries.graph.sql_expressions import ExpressionLowering
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_relations import PLACE, Relation, Slot, joined, pattern_scope, slot_kind, slots_of, widened
from queries.graph.stages import Stage
from queries.graph.syntax import At
from queries.graph.view import NodeType

ONE = exp.Literal.number(1)


def _whole(test: exp.Expr) -> exp.Expr:
    """A condition of a join as one: of an OR ClickHouse makes a join for each part, even of what reads no table."""
    return function("ifNull", test, exp.false()) if test.find(exp.Or) is not None else test


class Readings:
    """Lowers what stages bind."""

    def __init__(self, patterns: PatternLowering) -> None:
        self._patterns = patterns

    def bound(self, stage: Stage, slots: Sequence[Slot], carried: Relation | None, *, distinct: bool) -> Relation:
        """The bindings of a stage with the columns asked for; `distinct` where repeats of them do not count."""
        if stage.unwind is not None:
            return self._unwound(stage, slots, carried)
        if stage.optional:
            return self._optional(stage, slots, carried)
        parts = [
            self._patterns.matches(pattern, slots, carried, stage.carried, distinct=distinct)
            for pattern in stage.patterns
        ]
        return self._united(parts, stage, slots, stage.carried)

    def expressions(self, bound: Relation, scope: Kinds) -> ExpressionLowering:
        """Lowers expressions over what is bound."""

        def column(name: str, key: str | None, at: At | None) -> exp.Expr:
            if (name, key) not in bound.columns:
                raise refusal(f"'{name}{f'.{key}' if key else ''}' is not bound here", at)
            return exp.column(bound.columns[name, key])

        def semi_join(test: Within, _: bool) -> exp.Expr:
            return self._patterns.semi_join(test, {node: column(node, None, test.at) for node in test.nodes})

        lowering = ExpressionLowering(column, semi_join, scope, self._patterns.types, self._patterns.kinds)
        lowering.place = exp.column(bound.columns[PLACE]) if PLACE in bound.columns else None
        return lowering

    def _united(self, parts: list[Relation], stage: Stage, slots: Sequence[Slot], values: Kinds) -> Relation:
        """One relation of the choices there are, each slot of one kind."""
        scopes = [pattern_scope(pattern, values) for pattern in stage.patterns]
        same = all(slot_kind(slot, scope) == slot_kind(slot, stage.scope) for slot in slots for scope in scopes)
        if len(parts) == 1 and same:
            return parts[0]
        names = {slot: self._patterns.name(slot) for slot in slots}
        if not parts:
            nothing = [typed_null(slot_kind(slot, stage.scope)).as_(name) for slot, name in names.items()]
            nothing = nothing or [ONE.as_("one")]
            return Relation(exp.select(*nothing).where(exp.false()), names)
        selects = []
        for part, scope in zip(parts, scopes, strict=True):
            outputs: list[exp.Expr] = [
                widened(exp.column(part.columns[slot]), slot, scope, slot_kind(slot, stage.scope)).as_(names[slot])
                for slot in names
            ]
            selects.append(
                exp.select(*(outputs or [exp.column("one")])).from_(part.select.subquery("choice", copy=False))
            )
        whole: Any = selects[0]
        for other in selects[1:]:
            whole = exp.union(whole, other, distinct=False)
        return Relation(
            whole if len(selects) == 1 else exp.select("*").from_(whole.subquery("choices", copy=False)), names
        )

    def _rows(self, stage: Stage, slots: Sequence[Slot], carried: Relation | None) -> Relation:
        """The rows of earlier stages, with properties of their nodes looked up."""
        nodes = {
            name: entry.only
            for name, entry in stage.carried.items()
            if isinstance(entry, Element) and isinstance(entry.only, NodeType)
        }
        base = Pattern(nodes, carried=frozenset(stage.carried))
        return self._patterns.matches(base, slots, carried, stage.carried, distinct=False)

    def _optional(self, stage: Stage, slots: Sequence[Slot], carried: Relation | None) -> Relation:
        slots = list(dict.fromkeys([*slots, *(slot for tie in stage.ties for slot in slots_of(tie))]))
        ties = self._tying(stage)
        mine = list(dict.fromkeys([*ties, *(slot for slot in slots if slot == PLACE or slot[0] in stage.carried)]))
        rows = self._rows(stage, mine, carried)
        if not stage.patterns:
            return self._unmatched(stage, slots, rows)
        new = list(dict.fromkeys([*ties, *(slot for slot in slots if slot not in mine)]))
        parts = [self._patterns.matches(pattern, new, None, {}, distinct=False) for pattern in stage.patterns]
        matched = self._united(parts, stage, new, {})
        # The same slot has a name on either side.
        left = {slot: self._patterns.name(slot) for slot in mine}
        first = exp.select(*(exp.column(rows.columns[slot]).as_(left[slot]) for slot in mine), _one().as_("here"))
        second = exp.select(*(exp.column(matched.columns[slot]) for slot in new), _one().as_("there"))
        columns = {slot: left[slot] if slot in left else matched.columns[slot] for slot in slots}
        on: list[exp.Expr] = [exp.column(left[slot]).eq(exp.column(matched.columns[slot])) for slot in ties]
        on = on or [exp.column("here").eq(exp.column("there"))]
        lowering = self.expressions(Relation(first, columns), stage.scope)
        on += [_whole(lowering.lower(tie)) for tie in stage.ties]
        outputs = [exp.column(name).as_(name) for name in dict.fromkeys(columns.values())] or [ONE.as_("one")]
        select = exp.select(*outputs).from_(
            first.from_(rows.select.subquery("before", copy=False)).subquery("rows", copy=False)
        )
        matching = second.from_(matched.select.subquery("fitting", copy=False)).subquery("matched", copy=False)
        return Relation(joined(select, matching, on, how="LEFT"), columns)

    def _unmatched(self, stage: Stage, slots: Sequence[Slot], rows: Relation) -> Relation:
        """The rows, with nulls for what no pattern can bind."""
        columns = {slot: rows.columns[slot] if slot in rows.columns else self._patterns.name(slot) for slot in slots}
        outputs = [
            exp.column(name) if slot in rows.columns else typed_null(slot_kind(slot, stage.scope)).as_(name)
            for slot, name in columns.items()
        ]
        return Relation(
            exp.select(*(outputs or [ONE.as_("one")])).from_(rows.select.subquery("rows", copy=False)), columns
        )

    def _tying(self, stage: Stage) -> list[Slot]:
        """The keys that rows and optional patterns share."""
        shared = [name for name in stage.carried if any(name in pattern.nodes for pattern in stage.patterns)]
        ties: list[Slot] = []
        for name in shared:
            entry = stage.carried[name]
            ties.append((name, None))
            if isinstance(entry, Element) and entry.only is None:
                ties.append((name, "@type"))
        return ties

    def _unwound(self, stage: Stage, slots: Sequence[Slot], carried: Relation | None) -> Relation:
        assert stage.unwind is not None
        name, source = stage.unwind
        kept = list(dict.fromkeys(slot for slot in slots if slot[0] != name))
        rows = self._rows(stage, list(dict.fromkeys([*kept, *slots_of(source)])), carried)
        kind = kind_of(source, stage.carried, self._patterns.kinds)
        items = typed_null(ListKind("null"))
        if isinstance(kind, ListKind):
            items = unpacked(self.expressions(rows, stage.carried).lower(source), kind)
        item = self._patterns.name((name, None))
        columns: dict[Slot, str] = {slot: rows.columns[slot] for slot in kept} | {(name, None): item}
        outputs = [exp.column(column) for column in dict.fromkeys(rows.columns[slot] for slot in kept)]
        select = exp.select(*outputs, function("arrayJoin", items).as_(item)).from_(
            rows.select.subquery("rows", copy=False)
        )
        return Relation(select, columns)


def _one() -> exp.Expr:
    """One, in every row of a side: it joins each row with each.

    Of an outer join's keys the engine wants a row to each side. A constant has none, once the engine has merged the
    sub-queries; the item of a list has.
    """
    return function("arrayJoin", exp.Array(expressions=[ONE.copy()]))
