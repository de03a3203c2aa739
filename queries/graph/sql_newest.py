"""The newest rows of a table that keeps its rows by time, without reading all: a bound comes first.

As many of the newest rows as are wanted lie at or after the least of as many rows of the last days, whatever is before
these days. Where the last days have fewer, there is no bound, and all is read.
"""

from sqlglot import exp

from queries.graph.packing import TYPES, function, text
from queries.graph.view import Source

#: No time that ClickHouse can hold is before this one.
BEGINNING = "1900-01-01 00:00:00"


def newest_first(select: exp.Select, column: str, sources: tuple[Source, ...], rows: exp.Expr) -> exp.Select:
    """The SELECT of rows of one table, with the bound for the `rows` that are last by the column; as it is where there
    is none to be had.
    """
    if any(select.args.get(part) for part in ("joins", "group", "having", "distinct")):
        return select
    table = select.args["from_"].this
    meaning = {one.alias: one.this for one in select.expressions if isinstance(one, exp.Alias)}
    found = meaning.get(column)
    name = table.this.name if isinstance(table, exp.Final) else table.name
    source = next((one for one in sources if one.table == name), None)
    if source is None or source.newest is None or not isinstance(found, exp.Column) or found.name != source.newest[0]:
        return select
    time, days = exp.column(found.name), source.newest[1]
    last = exp.select(function("max", time)).from_(source.table).subquery(copy=False)
    recent = exp.GTE(this=time, expression=function("subtractDays", last, exp.Literal.number(days)))
    times = exp.select(time.as_("moment")).from_(table.copy())
    times.set("where", select.args["where"].copy() if select.args.get("where") else None)
    times = times.where(recent).order_by(exp.Ordered(this=exp.column("moment"), desc=True)).limit(rows)
    few = exp.LT(this=function("count"), expression=rows)
    beginning = function("CAST", text(BEGINNING), text(TYPES["datetime"]))
    bound = exp.select(function("if", few, beginning, function("min", "moment"))).from_(
        times.subquery("times", copy=False)
    )
    return select.where(exp.GTE(this=time, expression=bound.subquery(copy=False)))
