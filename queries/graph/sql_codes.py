"""Columns with few values as small numbers: rows are joined and grouped by these, and by texts only once they are few.

A code is the place of a value among the distinct values of its column, a scalar subquery. The engine evaluates scalar
subqueries of the same text once in a statement, so what is coded in one place can be decoded in another; the values are
in order besides, so that codes are the same where they are read twice. A value that came between the reading of the
values and that of the rows has code 0: it is treated as not there yet.
"""

from sqlglot import exp

from queries.graph.packing import function, text
from queries.graph.sql_relations import own_conditions
from queries.graph.view import Source

#: The codes that a mask has bits for.
MASK = 64


def coded(source: Source, column: str) -> exp.Expr:
    """A column's code; the engine looks it up once for each text that it keeps, not for each row."""
    none = function("toUInt32", exp.Literal.number(0))
    places = function("arrayEnumerate", values(source, column))
    # As a plain number: rows are grouped by it more quickly than by one that is kept once for each text.
    return function("CAST", function("transform", column, values(source, column), places, none), text("UInt32"))


def there(source: Source, column: str) -> exp.Expr:
    """Whether a column's value has a code."""
    return function("has", values(source, column), column)


def distinct_codes(code: exp.Expr) -> exp.Expr:
    """How many distinct codes a group has: the bits of a mask, and whatever is beyond its size."""
    size = exp.Literal.number(MASK)
    one = function("toUInt64", exp.Literal.number(1))
    # The last code has the first bit. Behind a null there may be a 0.
    bit = function("bitShiftLeft", one, function("bitAnd", code, exp.Literal.number(MASK - 1)))
    small = function("if", exp.LTE(this=code, expression=size), bit, exp.Literal.number(0))
    bits = function("bitCount", function("groupBitOr", function("ifNull", small, exp.Literal.number(0))))
    others = function("groupArrayIf", code, exp.GT(this=code, expression=size))
    return exp.Add(this=bits, expression=function("length", function("arrayDistinct", others)))


def decoded(code: exp.Expr, names: exp.Expr) -> exp.Expr:
    """The value of a code, which may be null."""
    value = function("arrayElement", names, function("assumeNotNull", code))
    return function("if", function("isNull", code), exp.null(), value)


def values(source: Source, column: str) -> exp.Expr:
    """The distinct values of a column, as one scalar."""
    table = exp.to_table(source.table)
    distinct = exp.select(exp.column(column).as_("value")).distinct().from_(exp.Final(this=table))
    distinct = distinct.where(*own_conditions(source))
    return (
        exp.select(function("arraySort", function("groupArray", "value")))
        .from_(distinct.subquery("distinct_values", copy=False))
        .subquery(copy=False)
    )
