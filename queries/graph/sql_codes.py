"""Columns with few values as small numbers: rows are joined and grouped by these, and by texts only once they are few.

A code is the place of a value among the distinct values of its column, a scalar subquery. The engine evaluates scalar
subqueries of the same text once in a statement, so what is coded in one place can be decoded in another. A value that
came between the reading of the values and that of the rows has code 0: it is treated as not there yet.
"""

from sqlglot import exp

from queries.graph.packing import function
from queries.graph.sql_relations import own_conditions
from queries.graph.view import EdgeType, NodeType, Source

#: Before the name of a property whose code is meant; alone where it is that of the node's key.
MARK = "#"


def plain(key: str) -> str:
    """The property that a slot's key is, or is the code of; empty for the node's key."""
    return key.removeprefix(MARK)


def is_code(key: str | None) -> bool:
    """Whether a slot holds a code."""
    return key is not None and key.startswith(MARK)


def coded(source: Source, column: str) -> exp.Expr:
    """A column's code."""
    return function("toUInt32", function("indexOf", values(source, column), column))


def there(source: Source, column: str) -> exp.Expr:
    """Whether a column's value has a code."""
    return function("has", values(source, column), column)


def decoded(code: exp.Expr, names: exp.Expr) -> exp.Expr:
    """The value of a code, which may be null."""
    value = function("arrayElement", names, function("assumeNotNull", code))
    return function("if", function("isNull", code), exp.null(), value)


def values(source: Source, column: str) -> exp.Expr:
    """The distinct values of a column, as one scalar."""
    table = exp.to_table(source.table)
    distinct = exp.select(exp.column(column).as_("value")).distinct().from_(exp.Final(this=table))
    distinct = distinct.where(*own_conditions(source))
    return exp.select(function("groupArray", "value")).from_(distinct.subquery("distinct_values")).subquery()


def property_source(node: NodeType, key: str) -> Source | None:
    """Where a property's values are, if they are few."""
    column = node.columns.get(key)
    source = node.source(frozenset({column})) if column is not None else None
    return source if source is not None and column in source.few else None


def key_source(edge: EdgeType, column: str) -> Source | None:
    """Where the values of a column that holds the key of an edge's end are, if they are few."""
    source = edge.sources[0]
    return source if column in source.few else None
