"""Where nodes with few relationships are asked for, those that certainly have more are left out before any are counted.

Right because the mask of a node never has more bits than the node has relationships; and because nothing is asked of
the relationships that are counted, so that each one counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from queries.graph.kinds import kind_of
from queries.graph.packing import function
from queries.graph.pattern import Among, Pattern
from queries.graph.rules.conjunctions import split
from queries.graph.rules.optional_counts import counted_node
from queries.graph.shapes import Kind
from queries.graph.sql_comparisons import COMPARISONS
from queries.graph.sql_expressions import placeholder
from queries.graph.stages import Stage
from queries.graph.syntax import Aggregate, Binary, Constant, Expression, Id, Parameter, Variable
from queries.graph.view import Bound

#: How a comparison reads from the other side.
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def few_edges(stages: Iterable[Stage], parameters: Mapping[str, Kind]) -> list[Stage]:
    """The stages, with nodes that have too many relationships left out where they are first read."""
    made = list(stages)
    for place in range(len(made) - 3):
        base, optional, counting, asking = made[place : place + 4]
        if (node := counted_node(base, optional, counting)) is None:
            continue
        for operator, name, most in _limits(asking, parameters):
            bound = _bound(optional, counting, node, name)
            if bound is not None:
                too_many = Among(node, _too_many(bound, operator, most), absent=True)
                (pattern,) = base.patterns
                made[place] = replace(base, patterns=(replace(pattern, filters=(*pattern.filters, too_many)),))
                break
    return made


def _limits(stage: Stage, parameters: Mapping[str, Kind]) -> Iterable[tuple[str, str, Expression]]:
    """The conditions of a stage that a value be less than a whole number: how, which value, than what."""
    if stage.optional or stage.unwind is not None or stage.ties or len(stage.patterns) != 1:
        return
    for part in split(stage.patterns[0]).filters:
        if not isinstance(part, Binary) or part.operator not in TURNED:
            continue
        for operator, left, right in (
            (part.operator, part.left, part.right),
            (TURNED[part.operator], part.right, part.left),
        ):
            whole = isinstance(right, (Constant, Parameter)) and kind_of(right, {}, parameters) == "integer"
            if operator in {"<", "<="} and isinstance(left, Variable) and whole:
                yield operator, left.name, right


def _bound(optional: Stage, counting: Stage, node: str, name: str) -> Bound | None:
    """What bounds the value of a name, if it is how many relationships of one type a node has."""
    item = next((item for item in counting.project.items if item.name == name), None)
    pattern = split(optional.patterns[0])
    if item is None or len(pattern.edges) != 1 or pattern.filters or counting.project.limit or counting.project.skip:
        return None
    (edge,), counted = pattern.edges, item.expression
    if counted != Aggregate("count", Id(edge.name)) or not _is_plain(pattern, node):
        return None
    return next((one for one in edge.type.bounds if one.key == edge.key(node) and one.at_least), None)


def _is_plain(pattern: Pattern, node: str) -> bool:
    edge = pattern.edges[0]
    return node in (edge.source, edge.target) and edge.source != edge.target and not (pattern.lists or pattern.paths)


def _too_many(bound: Bound, operator: str, most: Expression) -> exp.Select:
    """The nodes of which a count cannot be below `most` (or, with <=, not above it)."""
    bits = function("bitCount", exp.column(str(bound.at_least)))
    number: exp.Expr = (
        exp.Placeholder(this=placeholder(most.name), kind="Int64")
        if isinstance(most, Parameter)
        else exp.Literal.number(most.value)  # type: ignore[union-attr]  # one of the two
    )
    more = COMPARISONS[">=" if operator == "<" else ">"](this=bits, expression=number)
    return exp.select(exp.column(bound.key)).from_(exp.Final(this=exp.to_table(bound.table))).where(more)
