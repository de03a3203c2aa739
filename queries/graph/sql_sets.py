"""Tables of sets (queries.graph.rules.members) as SQL: their union, and how many of some nodes each one holds."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from queries.graph.packing import function
from queries.graph.pattern import Within
from queries.graph.rules.members import Sets
from queries.graph.sql_relations import Relation, Slot, own_conditions

if TYPE_CHECKING:
    from queries.graph.sql_joins import Join
    from queries.graph.sql_patterns import PatternLowering


def merged(join: "Join", sets: Sets) -> exp.Expr:
    """The union of the sets as one set, a scalar."""
    return _united(join, sets, lambda state: state).subquery(copy=False)


def union(lowering: "PatternLowering", join: "Join", sets: Sets, slot: Slot) -> Relation:
    """The nodes that are in any of the sets, each once."""
    key = sets.scan.edge.key(sets.node)
    inner = _united(join, sets, lambda state: function("arrayJoin", function("bitmapToArray", state)).as_(key))
    name = lowering.name(slot)
    select = exp.select(exp.column(key).as_(name)).from_(inner.subquery("members", copy=False))
    return Relation(select.where(*_mine(join, sets)), {slot: name})


def _united(join: "Join", sets: Sets, output: Callable[[exp.Expr], exp.Expr]) -> exp.Select:
    """SELECT what is made of the union, FROM the sets, or from the rows that they are made of."""
    if sets.rows is None:
        state, table = function("groupBitmapMergeState", sets.table.column), sets.table.table
    else:
        state, table = function("groupBitmapState", sets.scan.edge.key(sets.node)), sets.rows.table
    own = own_conditions(sets.rows) if sets.rows is not None else []
    return exp.select(output(state)).from_(table).where(*own, *near_conditions(join, sets))


def holding(lowering: "PatternLowering", join: "Join", sets: Sets, among: exp.Expr, slot: Slot) -> Relation:
    """The nodes whose sets hold any of those asked for; a set in parts may name its node more than once."""
    name = lowering.name(slot)
    select = exp.select(exp.column(sets.table.key).as_(name)).from_(sets.table.table)
    met = function("bitmapHasAny", sets.table.column, among)
    return Relation(select.where(*near_conditions(join, sets), met), {slot: name})


def wanted(lowering: "PatternLowering", join: "Join", sets: Sets) -> exp.Expr | None:
    """The nodes that are asked for as one set, a scalar; None where the conditions name none to begin with."""
    key = sets.scan.edge.key(sets.node)
    if len(sets.conditions) == 1 and isinstance(sets.conditions[0], Within):
        found = lowering.union(sets.conditions[0])
        if found is not None and not found[1]:
            return found[0]
    conditions = _mine(join, sets)
    first = next((part for part in conditions if isinstance(part, exp.In) and part.args.get("query")), None)
    if first is None:
        return None
    some = first.args["query"].this
    column = some.expressions[0]
    nodes = exp.select(exp.column(column.alias_or_name).as_(key)).from_(some.subquery("some", copy=False))
    chosen = exp.select(exp.column(key)).from_(nodes.subquery("nodes", copy=False))
    chosen = chosen.where(*(part for part in conditions if part is not first))
    return (
        exp.select(function("groupBitmapState", key)).from_(chosen.subquery("chosen", copy=False)).subquery(copy=False)
    )


def size(sets: exp.Expr, among: exp.Expr | None) -> exp.Expr:
    """How many nodes a set holds, of those asked for."""
    return function("bitmapCardinality", sets) if among is None else function("bitmapAndCardinality", sets, among)


def near_conditions(join: "Join", sets: Sets) -> list[exp.Expr]:
    """What the nodes that have the sets must be, over the table of sets."""
    return [join.read_condition(part, sets.scan.edge) for part in sets.scan.conditions]


def _mine(join: "Join", sets: Sets) -> list[exp.Expr]:
    return [join.read_condition(part, sets.scan.edge) for part in sets.conditions]
