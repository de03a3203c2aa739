"""From expressions to ClickHouse SQL, with Cypher's rules for null, integers and values that cannot be compared."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import NUMBERS, Kinds, comparable, kind_of
from queries.graph.pattern import Known, Within
from queries.graph.syntax import (
    Aggregate,
    Binary,
    Boolean,
    Call,
    Case,
    Constant,
    Expression,
    Id,
    ListOf,
    Parameter,
    Property,
    Unary,
    Variable,
)
from queries.graph.view import NodeType

Columns = Callable[[str, str | None, Any], exp.Expr]

ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul, "%": exp.Mod}
COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def function(name: str, *arguments: exp.Expr | str) -> exp.Anonymous:
    """A call of a ClickHouse function."""
    return exp.Anonymous(this=name, expressions=[exp.column(a) if isinstance(a, str) else a for a in arguments])


def parenthesised(expression: exp.Expr) -> exp.Expr:
    """The expression as one operand."""
    return (
        exp.Paren(this=expression) if isinstance(expression, (exp.Binary, exp.Not, exp.Neg, exp.Case)) else expression
    )


TEXT: dict[str, Callable[[exp.Expr, exp.Expr], exp.Expr]] = {
    "STARTS WITH": lambda text, part: function("startsWith", text, part),
    "ENDS WITH": lambda text, part: function("endsWith", text, part),
    "CONTAINS": lambda text, part: exp.GT(this=function("position", text, part), expression=exp.Literal.number(0)),
    "=~": lambda text, part: function(
        "match", text, function("concat", exp.Literal.string("^(?:"), part, exp.Literal.string(")$"))
    ),
}


class ExpressionLowering:
    """Lowers expressions.

    Args:
        columns: the SQL of a property, or of the key or value where no property is named.
        within: the SQL of a semi-join.
        scope: what names stand for.
        types: ClickHouse types of the parameters.
        kinds: kinds of the parameters.
    """

    def __init__(
        self,
        columns: Columns,
        within: Callable[[Within], exp.Expr],
        scope: Kinds,
        types: Mapping[str, str],
        kinds: Mapping[str, str],
    ) -> None:
        self._columns, self._semi_join = columns, within
        self._scope, self._types, self._kinds = scope, types, kinds

    def lower(self, node: Expression) -> exp.Expr:
        """The SQL of an expression.

        Raises:
            QueryError: it holds what is not supported.
        """
        method: Callable[[Any], exp.Expr] = getattr(self, f"_{type(node).__name__.lower()}", self._unknown)
        return method(node)

    def kind(self, node: Expression) -> str:
        """The kind of an expression."""
        return kind_of(node, self._scope, self._kinds)

    def _unknown(self, node: Expression) -> exp.Expr:
        raise refusal(f"'{type(node).__name__}' cannot stand here", node.at)

    def _constant(self, node: Constant) -> exp.Expr:
        if node.value is None:
            return exp.null()
        if isinstance(node.value, bool):
            return exp.Boolean(this=node.value)
        if isinstance(node.value, (int, float, Decimal)):
            return exp.Literal.number(str(node.value))
        return exp.Literal.string(str(node.value))

    def _parameter(self, node: Parameter) -> exp.Expr:
        if self._kinds[node.name] == "null":
            return exp.null()
        return exp.Placeholder(this=node.name, kind=self._types[node.name])

    def _variable(self, node: Variable) -> exp.Expr:
        return self._columns(node.name, None, node.at)

    def _id(self, node: Id) -> exp.Expr:
        return self._columns(node.variable, None, node.at)

    def _property(self, node: Property) -> exp.Expr:
        return self._columns(node.variable, node.key, node.at)

    def _known(self, node: Known) -> exp.Expr:
        return exp.EQ(this=self._columns(node.node, None, node.at), expression=self.lower(node.value))

    def _listof(self, node: ListOf) -> exp.Expr:
        return exp.Array(expressions=[self.lower(item) for item in node.items])

    def _case(self, node: Case) -> exp.Expr:
        parts = [self.lower(part) for branch in node.branches for part in branch]
        return function("multiIf", *parts, self.lower(node.otherwise) if node.otherwise is not None else exp.null())

    def _boolean(self, node: Boolean) -> exp.Expr:
        operands = [parenthesised(self.lower(operand)) for operand in node.operands]
        if node.operator == "XOR":
            return function("xor", *operands)
        result = operands[0]
        for operand in operands[1:]:
            kind = exp.And if node.operator == "AND" else exp.Or
            result = kind(this=result, expression=operand)
        return result

    def _unary(self, node: Unary) -> exp.Expr:
        inner = self.lower(node.operand)
        if node.operator == "NOT":
            if isinstance(inner, exp.In):
                return exp.Not(this=inner)
            return exp.Not(this=parenthesised(inner))
        if node.operator == "-":
            return exp.Neg(this=parenthesised(inner))
        return function("isNull" if node.operator == "IS NULL" else "isNotNull", inner)

    def _aggregate(self, node: Aggregate) -> exp.Expr:
        if node.argument is None:
            return function("count")
        inner = self.lower(node.argument)
        suffix = "Distinct" if node.distinct else ""
        if node.name == "count":
            return function("uniqExact" if node.distinct else "count", inner)
        if node.name == "collect":
            return function("arraySort", function("groupUniqArray", inner)) if suffix else function("groupArray", inner)
        if node.name == "sum":
            return function("ifNull", function(f"sum{suffix}", inner), exp.Literal.number(0))
        return function(f"{node.name}OrNull" if node.name != "avg" else f"avgOrNull{suffix}", inner)

    # Operators.

    def _binary(self, node: Binary) -> exp.Expr:
        if node.operator in COMPARISONS:
            return self._comparison(node)
        if node.operator == "IN":
            return self._in(node)
        left, right = parenthesised(self.lower(node.left)), parenthesised(self.lower(node.right))
        if node.operator in TEXT:
            return TEXT[node.operator](left, right)
        return self._arithmetic(node, left, right)

    def _arithmetic(self, node: Binary, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        kinds = {self.kind(node.left), self.kind(node.right)}
        if node.operator == "+" and "string" in kinds:
            return function("concat", function("toString", left), function("toString", right))
        if not kinds <= NUMBERS | {"any", "null"}:
            raise refusal(f"'{node.operator}' between {' and '.join(sorted(kinds))} is not supported", node.at)
        if node.operator == "^":
            return function("pow", left, right)
        if node.operator == "/":
            whole = kinds == {"integer"}
            parts = (left, right) if whole else (function("toFloat64", left), function("toFloat64", right))
            return function("intDiv" if whole else "divide", *parts)
        return ARITHMETIC[node.operator](this=left, expression=right)

    def _comparison(self, node: Binary) -> exp.Expr:
        left, right = self.kind(node.left), self.kind(node.right)
        if "null" in (left, right):
            return exp.null()
        if not comparable(left, right):
            # Values of different kinds are never equal, and neither is before the other.
            return exp.Boolean(this=node.operator == "<>") if node.operator in {"=", "<>"} else exp.null()
        return COMPARISONS[node.operator](
            this=parenthesised(self.lower(node.left)), expression=parenthesised(self.lower(node.right))
        )

    def _in(self, node: Binary) -> exp.Expr:
        if isinstance(node.right, ListOf):
            return self._in_list(node, node.right)
        if self.kind(node.right) == "null":
            return exp.null()
        if not isinstance(node.right, Parameter):
            test: exp.Expr = function("has", self.lower(node.right), self.lower(node.left))
        else:
            test = function("in", self.lower(node.left), self.lower(node.right))
        return self._unless_null(node.left, test)

    def _in_list(self, node: Binary, options: ListOf) -> exp.Expr:
        mine = self.kind(node.left)
        fitting = [item for item in options.items if comparable(mine, self.kind(item))]
        if any(self.kind(item) == "null" or not isinstance(item, (Constant, Parameter)) for item in options.items):
            tests = tuple(Binary("=", node.left, item, at=node.at) for item in options.items)
            return self.lower(Boolean("OR", (*tests, Constant(False))))
        if not fitting:
            return self._unless_null(node.left, exp.Boolean(this=False)) if options.items else exp.Boolean(this=False)
        test = exp.In(this=parenthesised(self.lower(node.left)), expressions=[self.lower(item) for item in fitting])
        return self._unless_null(node.left, test)

    def _unless_null(self, node: Expression, test: exp.Expr) -> exp.Expr:
        """The test, null where the value is: ClickHouse would say false."""
        certain = isinstance(node, (Id, Constant)) or (
            isinstance(node, Property) and not isinstance(self._scope.get(node.variable), NodeType)
        )
        return test if certain else function("if", function("isNull", self.lower(node)), exp.null(), test)

    # Functions.

    def _call(self, node: Call) -> exp.Expr:
        arguments = [self.lower(argument) for argument in node.arguments]
        first = self.kind(node.arguments[0]) if node.arguments else "any"
        text = first == "string"
        simple = {
            "toupper": "upperUTF8",
            "tolower": "lowerUTF8",
            "abs": "abs",
            "coalesce": "coalesce",
            "tostring": "toString",
            "date": "toDate32",
            "size": "lengthUTF8" if text else "length",
        }
        if node.name in simple:
            return function(simple[node.name], *arguments)
        if node.name == "tofloat":
            return function("toFloat64OrNull" if text else "toFloat64", *arguments)
        if node.name == "tointeger":
            number = function("toFloat64OrNull", *arguments) if text else arguments[0]
            return function("toInt64", function("trunc", number))
        if node.name == "datetime":
            return function("parseDateTime64BestEffort", *arguments, exp.Literal.number(3), exp.Literal.string("UTC"))
        raise refusal(f"The function '{node.name}' is not supported", node.at)

    def _within(self, node: Within) -> exp.Expr:
        return self._semi_join(node)
