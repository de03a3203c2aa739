"""What kind of value an expression has, as far as it can be known before running it."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from queries.graph.pattern import Within
from queries.graph.syntax import (
    Aggregate,
    Binary,
    Boolean,
    Call,
    Case,
    Constant,
    Expression,
    HasLabel,
    Id,
    ListOf,
    Parameter,
    Property,
    Unary,
    Variable,
)
from queries.graph.view import EdgeType, NodeType

NUMBERS = frozenset({"integer", "float", "decimal"})
ORDERED = frozenset({"date", "datetime"})
LOGICAL = frozenset({"=", "<>", "<", "<=", ">", ">=", "IN", "=~", "STARTS WITH", "ENDS WITH", "CONTAINS"})
CALLS = {"toupper": "string", "tolower": "string", "tostring": "string", "size": "integer", "tointeger": "integer",
         "tofloat": "float", "datetime": "datetime", "date": "date"}  # fmt: skip

#: What each name of a scope stands for; a value's kind where it stands for a value.
Kinds = Mapping[str, NodeType | EdgeType | str]


def kind_of_value(value: Any) -> str:
    """The kind of a Python value."""
    pairs: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "boolean"),
        (int, "integer"),
        (float, "float"),
        (Decimal, "decimal"),
        (str, "string"),
        (dt.datetime, "datetime"),
        (dt.date, "date"),
        ((list, tuple), "list"),
    )
    return next((kind for types, kind in pairs if isinstance(value, types)), "null")


def kind_of(expression: Expression, scope: Kinds, parameters: Mapping[str, str]) -> str:
    """integer, float, decimal, string, boolean, date, datetime, list, null, or any where it is not known."""
    if isinstance(expression, Constant):
        # A written 3.5 is a float in Cypher.
        return "float" if isinstance(expression.value, Decimal) else kind_of_value(expression.value)
    if isinstance(expression, Parameter):
        return parameters.get(expression.name, "any")
    if isinstance(expression, Variable):
        found = scope.get(expression.name, "any")
        return found if isinstance(found, str) else "any"
    if isinstance(expression, (Property, Id)):
        return _of_element(expression, scope)
    if isinstance(expression, ListOf):
        return "list"
    return _of_compound(expression, scope, parameters)


def _of_element(expression: Property | Id, scope: Kinds) -> str:
    element = scope.get(expression.variable)
    if isinstance(expression, Property):
        return element.kinds[expression.key] if isinstance(element, NodeType | EdgeType) else "any"
    if isinstance(element, NodeType):
        return element.key_kind
    return "integer"


def _of_compound(expression: Expression, scope: Kinds, parameters: Mapping[str, str]) -> str:
    def kind(part: Expression) -> str:
        return kind_of(part, scope, parameters)

    result = "any"
    if isinstance(expression, (Boolean, HasLabel, Within)):
        result = "boolean"
    elif isinstance(expression, Unary):
        result = kind(expression.operand) if expression.operator == "-" else "boolean"
    elif isinstance(expression, Call):
        same = expression.name in {"coalesce", "abs"}
        result = kind(expression.arguments[0]) if same else CALLS.get(expression.name, "any")
    elif isinstance(expression, Case):
        result = kind(expression.branches[0][1])
    elif isinstance(expression, Aggregate):
        result = _of_aggregate(expression, scope, parameters)
    elif isinstance(expression, Binary):
        result = _of_operator(expression.operator, {kind(expression.left), kind(expression.right)})
    return result


def _of_operator(operator: str, operands: set[str]) -> str:
    if operator in LOGICAL:
        return "boolean"
    if operator == "^":
        return "float"
    return next((kind for kind in ("any", "string", "float", "decimal") if kind in operands), "integer")


def _of_aggregate(expression: Aggregate, scope: Kinds, parameters: Mapping[str, str]) -> str:
    if expression.name == "count" or expression.argument is None:
        return "integer"
    if expression.name in {"avg", "collect"}:
        return "float" if expression.name == "avg" else "list"
    return kind_of(expression.argument, scope, parameters)


def comparable(one: str, other: str) -> bool:
    """Whether two values of these kinds can be equal or ordered in Cypher."""
    return one == other or "any" in (one, other) or {one, other} <= NUMBERS or {one, other} <= ORDERED
