"""How many distinct nodes hang on others, counted set by set where there is a table of sets, without reading rows.

Where only the largest counts are asked for, a bound comes first: the counts of the sets that are largest to begin with.
What may hold fewer than the least of these is not read at all; a set is never larger than its `at_most` says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from queries.graph.packing import function
from queries.graph.pattern import Known, Within, needs_columns, variables
from queries.graph.rules.members import Sets, as_sets, with_sets
from queries.graph.scope import Element
from queries.graph.sql_expressions import ExpressionLowering
from queries.graph.sql_joins import Join
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_projected import Column, Projected
from queries.graph.sql_relations import Relation, Slot, pattern_scope, slot_kind
from queries.graph.sql_sets import near_conditions, size, wanted
from queries.graph.stages import Stage
from queries.graph.syntax import Aggregate, Expression, Id
from queries.graph.view import NodeType

#: So many more sets than are asked for give the bound.
MORE = 100


@dataclass(frozen=True)
class Asked:
    """What a stage asks for: keys to group by, the aggregates, all slots, and how many of the largest counts, if so.

    `beside` is what is asked for apart from aggregates.
    """

    keys: Sequence[Expression]
    aggregates: Sequence[Aggregate]
    beside: Sequence[Expression]
    slots: Sequence[Slot]
    largest: exp.Expr | None


Over = Callable[[Relation, Stage], ExpressionLowering]


def counted(patterns: PatternLowering, stage: Stage, asked: Asked, over: Over) -> Projected | None:
    """The counts by key; None where rows have to be read."""
    node = _node(stage, asked)
    if node is None:
        return None
    made = patterns.planned(stage.patterns[0], asked.slots, distinct=True)
    sets = as_sets(made, node)
    if sets is None or any(name == sets.scan.edge.name for name, _ in asked.slots):
        return None
    # Some condition has to name nodes to begin with: a set, or a property, which is looked up as one.
    if sets.conditions and not any(isinstance(p, Within) or needs_columns(p, (node,)) for p in sets.conditions):
        return None
    # The rows of those who bought one thing are less to read than every set.
    if any(map(_is_step, sets.conditions)):
        return None
    join = Join(patterns, made, None, stage.carried, sets)
    among = wanted(patterns, join, sets)
    patterns.plans.append(with_sets(made, sets))
    slots = [(name, "@members" if name == node else key) for name, key in asked.slots]
    bound = join.relation(slots)
    alone = len(made.scans) == 1 and not made.lone and list(asked.keys) == [Id(sets.near)]
    # What is decided after the reading would not bound the sets that the bound is taken from.
    if alone and asked.largest is not None and not made.residual:
        bound = _bounded(bound, join, sets, among, asked.largest)
    return _projected(patterns, asked, bound, (node, among), over(bound, stage), alone=alone)


def _is_step(condition: Expression) -> bool:
    """Whether nodes are one relationship away from a node that is known."""
    if not isinstance(condition, Within) or len(condition.pattern.edges) != 1:
        return False
    return any(isinstance(part, Known) for part in condition.pattern.filters)


def _projected(
    patterns: PatternLowering,
    asked: Asked,
    bound: Relation,
    counts: tuple[str, exp.Expr | None],
    lowering: ExpressionLowering,
    *,
    alone: bool,
) -> Projected:
    """Keys and counts; where each key has one set (`alone`), nothing is grouped."""
    node, among = counts
    members: exp.Expr = exp.column(bound.columns[node, "@members"])
    count = size(members if alone else function("groupBitmapMergeState", members), among)
    columns: dict[Expression, Column] = {}
    outputs: list[exp.Expr] = []
    for part in asked.keys:
        columns[part] = Column(patterns.name((type(part).__name__.lower(), None)), lowering.kind(part))
        outputs.append(lowering.lower(part).as_(columns[part].name))
    keys = [exp.column(column.name) for column in columns.values()]
    name = patterns.name(("aggregate", None))
    columns |= dict.fromkeys(asked.aggregates, Column(name, "integer"))
    select = exp.select(*outputs, count.as_(name)).from_(bound.select.subquery("bound", copy=False))
    some = exp.GT(this=exp.column(name), expression=exp.Literal.number(0))
    if alone:
        select = select.where(some)
    elif keys:
        select = select.group_by(*keys).having(some)
    return Projected(select, columns)


def _bounded(bound: Relation, join: Join, sets: Sets, among: exp.Expr | None, largest: exp.Expr) -> Relation:
    """The sets that may hold as many as the least of the largest."""
    table, key = sets.table.table, exp.column(sets.table.key)
    most = function("sum", sets.table.at_most)
    first = exp.select(key).from_(table).where(*near_conditions(join, sets)).group_by(key)
    first = first.order_by(exp.Ordered(this=most, desc=True)).limit(
        exp.Add(this=largest, expression=exp.Literal.number(MORE))
    )
    counts = exp.select(size(exp.column(sets.table.column), among).as_("n")).from_(exp.Final(this=exp.to_table(table)))
    counts = counts.where(exp.In(this=key, query=first.subquery(copy=False)))
    counts = counts.order_by(exp.Ordered(this=exp.column("n"), desc=True)).limit(largest)
    few = exp.LT(this=function("count"), expression=largest)
    least = exp.select(function("if", few, exp.Literal.number(0), function("min", "n"))).from_(
        counts.subquery("counts", copy=False)
    )
    enough = (
        exp.select(key).from_(table).group_by(key).having(exp.GTE(this=most, expression=least.subquery(copy=False)))
    )
    return Relation(bound.select.where(exp.In(this=key, query=enough.subquery(copy=False))), bound.columns)


def _node(stage: Stage, asked: Asked) -> str | None:
    """The one node whose distinct values are all that a stage counts."""
    counts = set(asked.aggregates)
    plain = not (stage.carried or stage.optional or stage.unwind or stage.lists or stage.ties)
    if not plain or len(stage.patterns) != 1 or not counts:
        return None
    nodes = {
        part.argument.variable
        for part in counts
        if part.name == "count" and part.distinct and isinstance(part.argument, Id)
    }
    if len(nodes) != 1 or any(not (isinstance(part.argument, Id) and part.distinct) for part in counts):
        return None
    node = nodes.pop()
    entry = stage.scope.get(node)
    known = isinstance(entry, Element) and isinstance(entry.only, NodeType) and not entry.nullable
    used = any(node in variables(part) for part in asked.beside)
    used = used or any(name == node and key is not None for name, key in asked.slots)
    scope = pattern_scope(stage.patterns[0], {})
    same = all(slot_kind(slot, scope) == slot_kind(slot, stage.scope) for slot in asked.slots)
    return node if known and not used and same and node in stage.patterns[0].nodes else None
