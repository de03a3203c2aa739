"""UNION: the answers of several queries as one, their columns of kinds that hold them all."""

from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.packing import beside, converted, expect_equal_by_text
from queries.graph.shapes import Kind, unify
from queries.graph.sql_projections import StageLowering
from queries.graph.stages import Stage
from queries.graph.syntax import Union


def united(query: Union, parts: list[list[Stage]], lowering: StageLowering) -> tuple[exp.Select, tuple[str, ...]]:
    """The statement and the names of its columns; `lowering.kinds` becomes what they hold.

    Raises:
        QueryError: the queries have different columns.
    """
    made: list[tuple[exp.Select, tuple[Kind, ...]]] = []
    names: tuple[str, ...] = ()
    for part in parts:
        select, columns = lowering.statement(part)
        if made and columns != names:
            raise refusal(
                f"The queries of a UNION have different columns: {', '.join(names)} and {', '.join(columns)}", query.at
            )
        names = columns
        made.append((select, lowering.kinds))
    kinds = tuple(unify(own) for own in zip(*(own for _, own in made), strict=True))
    if query.distinct:
        for kind in kinds:
            expect_equal_by_text(kind, query.at)
    lowering.kinds, lowering.core = kinds, None
    selects = [_converted(select, names, own, kinds) for select, own in made]
    whole: Any = selects[0]
    for other in selects[1:]:
        whole = exp.union(whole, other, distinct=query.distinct)
    outputs = [exp.column(name, quoted=True) for name in names]
    return exp.select(*outputs).from_(whole.subquery("answers", copy=False)), names


def _converted(
    select: exp.Select, names: tuple[str, ...], own: tuple[Kind, ...], kinds: tuple[Kind, ...]
) -> exp.Select:
    outputs = [
        beside(converted(exp.column(name, quoted=True), kind, wanted), wanted).as_(exp.to_identifier(name, quoted=True))
        for name, kind, wanted in zip(names, own, kinds, strict=True)
    ]
    return exp.select(*outputs).from_(select.subquery("part", copy=False))
