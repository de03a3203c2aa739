"""The largest groups, or sums, without counting all: a bound comes first.

How many relationships a node has, or what a sum over its rows comes to, is never more than a table of bounds says.
Those of which the table says most are counted first; what cannot reach the least of these is not read at all.

A block's rows may be there a moment before what they do to the bounds. Who has just grown may then be missing; those
that were counted are kept whatever their bounds say, so that there are never fewer than are asked for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlglot import exp

from queries.graph.packing import function
from queries.graph.pattern import Among, Edge, Pattern, Within, constants
from queries.graph.rules.conjunctions import split
from queries.graph.rules.constants import propagate
from queries.graph.rules.known import Facts
from queries.graph.rules.strictness import says_there
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_relations import Relation
from queries.graph.stages import Stage
from queries.graph.syntax import Aggregate, Binary, Constant, Expression, Id, Item, Parameter, Project, Variable, walk
from queries.graph.view import Bound, Sum

#: So many more than are asked for give the bound: repeats and refunds make the bounds of a few too large.
MORE = 20
ZERO = exp.Literal.number(0)


@dataclass(frozen=True)
class Largest:
    """What is asked for: the rows with the largest counts, and how many of them."""

    count: Aggregate
    rows: exp.Expr


def largest_next(stage: Stage, behind: Stage, page: Callable[[Project], exp.Expr]) -> Largest | None:
    """What a stage's groups are asked for by the stage behind it, which only leaves out those with small counts."""
    project = behind.project
    own = not (behind.optional or behind.unwind or behind.lists or behind.ties) and len(behind.patterns) == 1
    whole = not (stage.project.limit or stage.project.skip or stage.final)
    if not (own and whole) or project.limit is None or project.distinct or not project.order:
        return None
    first, pattern = project.order[0], split(behind.patterns[0])
    asked = [*(item.expression for item in project.items), *(sort.expression for sort in project.order)]
    if any(isinstance(part, Aggregate) for expression in asked for part in walk(expression)):
        return None
    item = next((item for item in stage.project.items if Variable(item.name) == first.expression), None)
    same_rows = not pattern.edges and set(pattern.nodes) <= pattern.carried
    if item is None or not first.descending or not same_rows:
        return None
    upward = all(_is_at_least(part, item.name) for part in pattern.filters)
    count = _count(item.expression)
    return Largest(count, page(project)) if upward and count is not None else None


def largest_own(project: Project, page: Callable[[Project], exp.Expr]) -> Largest | None:
    """What a stage itself asks of its groups."""
    if project.limit is None or not project.order or not project.order[0].descending:
        return None
    count = _count(project.order[0].expression)
    return Largest(count, page(project)) if count is not None else None


def bounded_groups(
    patterns: PatternLowering,
    stage: Stage,
    keys: Iterable[Expression],
    largest: Largest,
    known: Facts,
    lowered: Callable[[Stage], Relation],
) -> Stage | None:
    """The stage, its rows bounded by those of the nodes that may have a group among the largest; None where nothing
    bounds them, or where so little is read that it would not pay.
    """
    plain = not (stage.carried or stage.optional or stage.unwind or stage.lists or stage.ties)
    if not plain or len(stage.patterns) != 1:
        return None
    keys, pattern = list(keys), split(stage.patterns[0])
    parts = [part for condition in pattern.filters for part in walk(condition)]
    if any(isinstance(part, (Within, Among)) for part in parts) or constants(propagate(pattern, patterns.kinds)):
        return None
    found = _bounding(pattern, keys)
    if found is None:
        return None
    node, bound = found
    mine = [part for part in known.get(node, ()) if not says_there(part)]
    among = patterns.among(node, pattern.nodes[node], mine, exp.column(bound.key)) if mine else None
    first = _first(bound, largest.rows, among)
    items = (*(Item(key, f"@key{place}") for place, key in enumerate(keys)), Item(largest.count, "@count"))
    few = replace(_among(stage, pattern, node, first), project=Project(items), final=False)
    counts = lowered(replace(few, facets={}))
    least = _least(counts.select, counts.columns["@count", None], largest.rows)
    return _among(stage, pattern, node, _enough(bound, least, first))


def bounded_sums(
    patterns: PatternLowering, found: exp.Select, key: str, way: Sum, rows: exp.Expr
) -> tuple[exp.Select, exp.Expr] | None:
    """Rows with a node's key in the column `key`, those left out whose sum is not among the `rows` largest; and the
    condition that does it for the rows to be added up. None where nothing bounds the sum.
    """
    if (bound := way.bound) is None:
        return None
    # One set, a scalar, which the engine finds once however often it is asked for.
    keys = exp.select(function("groupBitmapState", key)).from_(found.copy().subquery("keys", copy=False))
    mine = function("bitmapContains", keys.subquery(copy=False), bound.key)
    sums = patterns.sums(way, key, "total")
    first = _first(bound, rows, mine)
    sums = sums.where(exp.In(this=exp.column(way.key), query=first.copy().subquery(copy=False)))
    least = _least(sums, "total", rows)
    large = _enough(bound, least, first).where(mine.copy())
    # Who has nothing to add up has 0, and no row among the bounds.
    may = exp.Or(
        this=exp.LTE(this=least.copy().subquery(copy=False), expression=ZERO.copy()),
        expression=exp.In(this=exp.column(key), query=large.copy().subquery(copy=False)),
    )
    outputs = [exp.column(column.alias_or_name) for column in found.expressions]
    narrowed = exp.select(*outputs).from_(found.subquery("all_found", copy=False)).where(may)
    return narrowed, exp.In(this=exp.column(way.key), query=large.subquery(copy=False))


def _bounding(pattern: Pattern, keys: list[Expression]) -> tuple[str, Bound] | None:
    """The one node that rows are grouped by, and what bounds how many rows it has.

    Another node would split these among so many groups that the bound of all would say little of each.
    """
    if pattern.lists or pattern.paths:
        return None
    nodes = [key.variable for key in keys if isinstance(key, Id) and key.variable in pattern.nodes]
    for edge in pattern.at(nodes[0]) if len(nodes) == 1 else ():
        bound = next((one for one in edge.type.bounds if one.key == edge.key(nodes[0])), None)
        if bound is not None and _each_once(pattern, nodes[0], edge):
            return nodes[0], bound
    return None


def _each_once(pattern: Pattern, node: str, edge: Edge) -> bool:
    """Whether there is no more than one row for each of a node's relationships: what hangs on its other end has one
    relationship each.
    """
    if len(pattern.at(node)) != 1 or edge.far(node) == node:
        return False
    reached, todo, left = {node}, [edge.far(node)], [one for one in pattern.edges if one is not edge]
    while todo:
        near = todo.pop()
        if near in reached:
            return False
        reached.add(near)
        for one in [one for one in left if near in (one.source, one.target)]:
            if one.type.key != one.key(near) or one.far(near) == near:
                return False
            left.remove(one)
            todo.append(one.far(near))
    return reached == set(pattern.nodes)


def _first(bound: Bound, rows: exp.Expr, among: exp.Expr | None) -> exp.Select:
    """The nodes whose bounds are largest, some more than are asked for."""
    table = exp.Final(this=exp.to_table(bound.table))
    select = exp.select(exp.column(bound.key)).from_(table).where(*([among] if among is not None else []))
    # In a total order: the same ones, if they are found more than once.
    most = [exp.Ordered(this=exp.column(bound.at_most), desc=True), exp.Ordered(this=exp.column(bound.key))]
    select = select.order_by(*most).limit(exp.Add(this=rows.copy(), expression=exp.Literal.number(MORE)))
    # A scalar, which the engine finds once however often it is asked for.
    keys = exp.select(function("groupArray", bound.key)).from_(select.subquery("most", copy=False))
    return exp.select(function("arrayJoin", keys.subquery(copy=False)).as_(bound.key))


def _least(counts: exp.Select, column: str, rows: exp.Expr) -> exp.Select:
    """The least of the largest, 0 where there are not as many."""
    number = exp.to_identifier(column, quoted=True)
    largest = exp.select(exp.column(number).as_("n")).from_(counts.subquery("counts", copy=False))
    largest = largest.order_by(exp.Ordered(this=exp.column("n"), desc=True)).limit(rows.copy())
    few = exp.LT(this=function("count"), expression=rows.copy())
    return exp.select(function("if", few, ZERO.copy(), function("min", "n"))).from_(
        largest.subquery("largest", copy=False)
    )


def _enough(bound: Bound, least: exp.Select, first: exp.Select) -> exp.Select:
    """The nodes that may have as many, and those that were counted."""
    enough = exp.GTE(this=exp.column(bound.at_most), expression=least.copy().subquery(copy=False))
    counted = exp.In(this=exp.column(bound.key), query=first.copy().subquery(copy=False))
    table = exp.Final(this=exp.to_table(bound.table))
    return exp.select(exp.column(bound.key)).from_(table).where(exp.Or(this=enough, expression=counted))


def _among(stage: Stage, pattern: Pattern, node: str, keys: exp.Select) -> Stage:
    return replace(stage, patterns=(replace(pattern, filters=(*pattern.filters, Among(node, keys))),))


def _count(expression: Expression) -> Aggregate | None:
    """A count of rows: of the distinct values among them a bound says little."""
    is_count = isinstance(expression, Aggregate) and expression.name == "count" and not expression.distinct
    return expression if isinstance(expression, Aggregate) and is_count else None


def _is_at_least(condition: Expression, name: str) -> bool:
    """Whether a condition that holds for a value holds for every larger one: only those may be decided later."""
    if not isinstance(condition, Binary):
        return False
    sides = (condition.left, condition.operator, condition.right)
    left, _, right = sides if condition.operator in {">", ">="} else sides[::-1]
    above = condition.operator in {">", ">=", "<", "<="}
    return above and left == Variable(name) and isinstance(right, (Constant, Parameter))
