"""Which conditions cannot hold where all properties are null: only those may be decided by a set of a table's keys,
which knows nothing of a node that has no row.
"""

from queries.graph.syntax import Binary, Boolean, Call, Expression, ListOf, Lookup, Property, Unary

#: Functions that have a value where not all that they are given is there: range() is then a list without items.
NEVER_NULL = frozenset({"coalesce", "range"})


def rejects_null(condition: Expression) -> bool:
    """Whether a condition is not true where all properties in it are null."""
    if isinstance(condition, Boolean):
        found = [rejects_null(operand) for operand in condition.operands]
        return any(found) if condition.operator == "AND" else all(found) if condition.operator == "OR" else False
    if isinstance(condition, Unary) and condition.operator == "IS NOT NULL":
        return _is_null(condition.operand)
    if isinstance(condition, Binary) and condition.operator == "IN":
        # Null is in no list for certain: of an empty one it is false.
        return _is_null(condition.left)
    return _is_null(condition)


def says_there(condition: Expression) -> bool:
    """Whether a condition is that a property is there: it leaves out few rows, or none."""
    return (
        isinstance(condition, Unary) and condition.operator == "IS NOT NULL" and isinstance(condition.operand, Property)
    )


def _is_null(expression: Expression) -> bool:
    """Whether an expression is null for certain where all properties in it are null."""
    if isinstance(expression, Unary):
        return "NULL" not in expression.operator and _is_null(expression.operand)
    if isinstance(expression, Lookup):
        return _is_null(expression.source)
    if isinstance(expression, Call):
        return expression.name not in NEVER_NULL and any(map(_is_null, expression.arguments))
    if isinstance(expression, Binary):
        if expression.operator == "IN":
            # What a list holds may be known only once it runs, and of an empty one it is false, not null.
            some = isinstance(expression.right, ListOf) and bool(expression.right.items)
            return some and _is_null(expression.left)
        return _is_null(expression.left) or _is_null(expression.right)
    return isinstance(expression, Property)
