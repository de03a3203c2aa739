"""Properties that are fetched late: joined to the rows that are left once they are grouped, put in order and cut."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sqlglot import exp

from queries.graph.packing import function
from queries.graph.rules.known import Facts
from queries.graph.rules.strictness import says_there
from queries.graph.scope import Scope, single_types
from queries.graph.sql_bounds import bounded_sums
from queries.graph.sql_patterns import PatternLowering
from queries.graph.sql_projected import Column, Projected, over
from queries.graph.sql_relations import joined
from queries.graph.syntax import Expression, Id, Project, Property
from queries.graph.view import NodeType


class LateProperties:
    """Fetches late properties of one stage's nodes.

    Args:
        patterns: gives names, and the SQL of tables.
        scope: what names stand for.
        facts: what is known of nodes that are there for certain.
        given: keys that are given, by the node.
    """

    def __init__(self, patterns: PatternLowering, scope: Scope, facts: Facts, given: Mapping[str, Expression]) -> None:
        self._patterns, self._types, self._known, self._given = patterns, single_types(scope), facts, given

    def largest_sums(
        self, made: Projected, project: Project, page: Callable[[Project], exp.Expr]
    ) -> tuple[Projected, tuple[Property, exp.Expr] | None]:
        """Where a page is of the largest sums: the rows that may be on it, and the condition of what is added up."""
        wanted = project.order[0].expression if project.limit is not None and project.order[0].descending else None
        kind = self._types.get(wanted.variable) if isinstance(wanted, Property) else None
        if not (isinstance(wanted, Property) and isinstance(kind, NodeType) and wanted.key in kind.sums):
            return made, None
        key = made.columns.get(Id(wanted.variable))
        if wanted.variable not in self._known or key is None:
            return made, None
        bounded = bounded_sums(self._patterns, made.select, key.name, kind.sums[wanted.key], page(project))
        return (replace(made, select=bounded[0]), (wanted, bounded[1])) if bounded is not None else (made, None)

    def fetched(
        self,
        made: Projected,
        delayed: frozenset[Property],
        large: tuple[Property, exp.Expr] | None = None,
    ) -> Projected:
        """Joins the late properties to rows that are there already; `large`: a sum, and what may be large of it."""
        columns = dict(made.columns)
        select = exp.select(*(exp.column(column.name) for column in made.columns.values()))
        select = select.from_(made.select.subquery("found", copy=False))
        for node in sorted({part.variable for part in delayed}):
            kind = self._types[node]
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
                select = self._joined_table(select.select(value.as_(names[key])), made, by, table)
            if rest := {key: names[key] for key in keys if key not in added}:
                select = select.select(*(exp.column(name) for name in rest.values()))
                key_name = self._patterns.name((node, "key"))
                table = self._patterns.attributes(kind, rest, key_name, rest)
                select = self._joined_table(select, made, (node, kind.key, key_name), table)
        return Projected(select, columns, made.held)

    def _joined_table(
        self,
        select: exp.Select,
        made: Projected,
        by: tuple[str, str, str],
        table: exp.Select,
    ) -> exp.Select:
        """One more join, `by` a node, the column of its key in the table, and the name the table's SELECT gives it."""
        node, column, key = by
        mine = made.columns[Id(node)]
        if made.held is not None:
            table = table.where(exp.In(this=exp.column(column), query=_keys(made, mine)))
        elif node in self._given:
            table = table.where(
                exp.EQ(this=exp.column(column), expression=over(made, self._given[node], {}, self._patterns))
            )
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


def held(made: Projected, name: str) -> Projected:
    """The rows of a page as one value, so that they are found once though they are read twice."""
    names = [column.name for column in made.columns.values()]
    rows = exp.select(function("groupArray", function("tuple", *names))).from_(made.select.subquery("page", copy=False))
    unpacked = exp.select(function("arrayJoin", name).as_("row")).subquery("rows", copy=False)
    outputs = [_element(exp.column("row"), place).as_(column) for place, column in enumerate(names, 1)]
    cte = exp.CTE(this=rows.subquery(copy=False), alias=exp.to_identifier(name), scalar=True)
    return Projected(exp.select(*outputs).from_(unpacked), made.columns, cte)


def _element(row: exp.Expr, place: int) -> exp.Expr:
    return function("tupleElement", row, exp.Literal.number(place))


def _keys(made: Projected, column: Column) -> exp.Expr:
    """The keys in one column of the rows that are held."""
    assert made.held is not None
    place = list(made.columns.values()).index(column) + 1
    return exp.select(_element(function("arrayJoin", made.held.alias), place)).subquery(copy=False)
