"""From expressions to ClickHouse SQL, with Cypher's rules for null, integers and values that cannot be compared."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.functions import expect_arguments
from queries.graph.kinds import Kinds, kind_of, reckoned
from queries.graph.mixed import by_kind, folded, identity
from queries.graph.packing import beside, element_text, expect_equal_by_text, function, typed_null, value_json
from queries.graph.pattern import Among, Known, Within
from queries.graph.shapes import NUMBERS, AnyKind, Kind, ListKind, among, is_mixed, name_of
from queries.graph.sql_comparisons import COMPARISONS, ComparisonLowering, parenthesised
from queries.graph.sql_functions import call, held_whole
from queries.graph.sql_lists import lambda_
from queries.graph.syntax import (
    Aggregate,
    Binary,
    Boolean,
    Call,
    Case,
    Constant,
    Expression,
    Facet,
    Id,
    Pack,
    Parameter,
    Property,
    Unary,
    Variable,
)

Columns = Callable[[str, str | None, Any], exp.Expr]

ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul, "%": exp.Mod}


def placeholder(name: str) -> str:
    """The name of a parameter as ClickHouse can have it."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f"p_{name.encode().hex()}"


def _expect_moment(node: Call) -> None:
    """Refuses a written date or time that is not whole, or in another zone: it would be shown otherwise, in UTC."""
    written = node.arguments[0].value if node.arguments and isinstance(node.arguments[0], Constant) else None
    if isinstance(written, str) and not MOMENTS[node.name].fullmatch(written):
        example = "2026-01-31" if node.name == "date" else "2026-01-31T12:00:00Z"
        raise refusal(f"'{written}' is not understood: write it like {example}", node.at)


def _expect_the_same_expression(node: Expression) -> None:
    """Refuses a regular expression that means one thing to ClickHouse and another to Cypher, which has Java's."""
    written = str(node.value) if isinstance(node, Constant) else ""
    if "[:" in written:
        raise refusal("Classes like [:alpha:] in a regular expression are not supported", node.at)
    if "(?i" in written and not written.isascii():
        raise refusal("(?i) with letters beyond ASCII is not supported", node.at)


MOMENTS = {
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?"),
}
TEXT: dict[str, Callable[[exp.Expr, exp.Expr], exp.Expr]] = {
    "STARTS WITH": lambda text, part: function("startsWith", text, part),
    "ENDS WITH": lambda text, part: function("endsWith", text, part),
    "CONTAINS": lambda text, part: exp.GT(this=function("position", text, part), expression=exp.Literal.number(0)),
    "=~": lambda text, part: function(
        # A dot is not a line's end, unless the expression says so.
        "match",
        text,
        function("concat", exp.Literal.string("^(?-s:"), part, exp.Literal.string(")$")),
    ),
}


class ExpressionLowering(ComparisonLowering):
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
        within: Callable[[Within, bool], exp.Expr],
        scope: Kinds,
        types: Mapping[str, str],
        kinds: Mapping[str, Kind],
    ) -> None:
        self._columns, self._semi_join = columns, within
        self._scope, self._types, self._kinds = scope, types, kinds
        #: The place of each row, where rows are in an order that lists are to be collected in.
        self.place: exp.Expr | None = None

    def lower(self, node: Expression) -> exp.Expr:
        """The SQL of an expression.

        Raises:
            QueryError: it holds what is not supported.
        """
        method: Callable[[Any], exp.Expr] = getattr(self, f"_{type(node).__name__.lower()}", self._unknown)
        return method(node)

    def kind(self, node: Expression) -> Kind:
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
        return exp.Placeholder(this=placeholder(node.name), kind=self._types[node.name])

    def _variable(self, node: Variable) -> exp.Expr:
        return self._columns(node.name, None, node.at)

    def _id(self, node: Id) -> exp.Expr:
        return self._columns(node.variable, None, node.at)

    def _property(self, node: Property) -> exp.Expr:
        return self._columns(node.variable, node.key, node.at)

    def _known(self, node: Known) -> exp.Expr:
        return exp.EQ(this=self._columns(node.node, None, node.at), expression=self.lower(node.value))

    def _among(self, node: Among) -> exp.Expr:
        held = exp.In(this=self._columns(node.node, None, node.at), query=node.keys.copy().subquery(copy=False))
        return exp.Not(this=held) if node.absent else held

    def _facet(self, node: Facet) -> exp.Expr:
        return self._columns(node.variable, node.name, node.at)

    def _pack(self, node: Pack) -> exp.Expr:
        ends = [self.lower(end) for end in node.ends]
        return element_text(node.type, self.lower(node.key), ends, [self.lower(value) for value in node.values])

    def _case(self, node: Case) -> exp.Expr:
        kind, parts = self.kind(node), []
        for test, result in node.branches:
            self._expect_boolean(test, "CASE WHEN")
            parts += [self.lower(test), beside(self.converted(result, kind), kind)]
        otherwise = beside(self.converted(node.otherwise, kind), kind) if node.otherwise is not None else exp.null()
        return function("multiIf", *parts, otherwise)

    def _expect_boolean(self, node: Expression, operator: str) -> None:
        if self.kind(node) not in {"boolean", "null", "any"}:
            raise refusal(f"{operator} takes conditions, not {name_of(self.kind(node))}", node.at)

    def _boolean(self, node: Boolean) -> exp.Expr:
        for operand in node.operands:
            self._expect_boolean(operand, node.operator)
        operands = [parenthesised(self.lower(operand)) for operand in node.operands]
        if node.operator == "XOR":
            return function("xor", *operands)
        result = operands[0]
        for operand in operands[1:]:
            kind = exp.And if node.operator == "AND" else exp.Or
            result = kind(this=result, expression=operand)
        return result

    def _unary(self, node: Unary) -> exp.Expr:
        operand: Any = node.operand
        absent = isinstance(operand, Within) and node.operator == "NOT"
        inner = self._semi_join(operand, True) if absent else self.lower(operand)
        if node.operator == "NOT":
            self._expect_boolean(node.operand, "NOT")
            if isinstance(inner, exp.In):
                return exp.Not(this=inner)
            return exp.Not(this=parenthesised(inner))
        if node.operator == "-":
            kind = self.kind(node.operand)
            if kind not in {*NUMBERS, "null", "any"} and not is_mixed(kind):
                raise refusal(f"'-' takes a number, not {name_of(kind)}", node.at)
            return by_kind([inner], [kind], kind, lambda parts, own: (self._turned(node, parts[0], own[0]), own[0]))
        return function("isNull" if node.operator == "IS NULL" else "isNotNull", inner)

    def _turned(self, node: Unary, inner: exp.Expr, kind: Kind) -> exp.Expr:
        """A number with its sign turned around."""
        if kind == "integer" and not isinstance(node.operand, (Constant, Property)):
            return held_whole(exp.Neg(this=function("toInt128", inner)))
        return exp.Neg(this=parenthesised(inner))

    def _aggregate(self, node: Aggregate) -> exp.Expr:
        if node.argument is None:
            return function("count")
        inner, kind = self.lower(node.argument), self.kind(node.argument)
        if kind == "null":
            # Of what has no type at all ClickHouse collects and counts nothing, not even an empty list.
            inner = typed_null(kind)
        if node.distinct and node.name == "count" and is_mixed(kind):
            return function("uniqExactIf", identity(inner, kind), function("isNotNull", inner))
        if node.distinct:
            expect_equal_by_text(kind, node.at)
        if node.name == "count":
            return function("uniqExact" if node.distinct else "count", inner)
        if node.name in {"collect", "gather"}:
            return self._collected(node, inner, kind)
        return self._folded(node, inner, kind)

    def _folded(self, node: Aggregate, inner: exp.Expr, kind: Kind) -> exp.Expr:
        """sum, avg, min or max."""
        if isinstance(kind, AnyKind) and is_mixed(kind):
            return folded(node.name, inner, kind)
        if node.name in {"min", "max"}:
            if not isinstance(kind, str):
                raise refusal(f"'{node.name}' of {name_of(kind)} values is not supported", node.at)
            return function(f"{node.name}OrNull", inner)
        if kind not in {*NUMBERS, "any", "null"}:
            raise refusal(f"'{node.name}' takes numbers, not {name_of(kind)}", node.at)
        suffix = "Distinct" if node.distinct else ""
        # What columns hold is small; what is computed may not fit once it is added up.
        wide = kind == "integer" and not isinstance(node.argument, Property)
        inner = function("toInt128", inner) if wide else inner
        if node.name == "avg":
            return function(f"avgOrNull{suffix}", inner)
        added = function(f"sum{suffix}", inner)
        return function("ifNull", held_whole(added) if wide else added, exp.Literal.number(0))

    def _collected(self, node: Aggregate, inner: exp.Expr, kind: Kind) -> exp.Expr:
        if isinstance(kind, ListKind) and not kind.packed:
            inner = value_json(inner, kind)
        if node.name == "gather":
            item = function("tupleElement", "t", exp.Literal.number(1))
            return function("arrayMap", lambda_(["t"], item), function("groupArray", function("tuple", inner)))
        if self.place is not None:
            return self._in_order(node, inner, self.place)
        return (
            function("arraySort", function("groupUniqArray", inner)) if node.distinct else function("groupArray", inner)
        )

    def _in_order(self, node: Aggregate, inner: exp.Expr, place: exp.Expr) -> exp.Expr:
        """A list in the order of the rows; of what comes twice the first stays where it should be distinct."""
        pairs = function("groupArrayIf", function("tuple", place, inner), function("isNotNull", inner))
        item = lambda_(["t"], function("tupleElement", "t", exp.Literal.number(2)))
        by_place = lambda_(["t"], function("tupleElement", "t", exp.Literal.number(1)))
        found = function("arrayMap", item, function("arraySort", by_place, pairs))
        return function("arrayDistinct", found) if node.distinct else found

    # Operators.

    def _binary(self, node: Binary) -> exp.Expr:
        if node.operator in COMPARISONS:
            return self._comparison(node)
        if node.operator == "IN":
            return self._in(node)
        left, right = parenthesised(self.lower(node.left)), parenthesised(self.lower(node.right))
        if node.operator == "=~":
            _expect_the_same_expression(node.right)
        if node.operator in TEXT:
            # What is no text neither starts with one nor contains one: null.
            texts = {self.kind(node.left), self.kind(node.right)} <= {"string", "any"}
            return TEXT[node.operator](left, right) if texts else exp.null()
        return self._arithmetic(node, left, right)

    def _arithmetic(self, node: Binary, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        kinds = [self.kind(node.left), self.kind(node.right)]
        if node.operator == "+" and any(isinstance(kind, ListKind) for kind in kinds):
            return self._lists_joined(node)
        if "null" in kinds:
            return exp.null()
        plain = {member for kind in kinds for member in (among(kind) if is_mixed(kind) else (kind,))}
        if node.operator == "+" and "string" in kinds and plain <= {*NUMBERS, "string", "any"}:
            texts = [call("tostring", [side], [kind]) for side, kind in zip((left, right), kinds, strict=True)]
            return function("concat", *texts)
        if not plain <= NUMBERS | {"any"}:
            named = " and ".join(sorted({name_of(kind) for kind in kinds}))
            raise refusal(f"'{node.operator}' between {named} is not supported", node.at)
        return by_kind((left, right), kinds, self.kind(node), lambda parts, own: self._numbers(node, parts, own))

    def _numbers(self, node: Binary, parts: Sequence[exp.Expr], kinds: Sequence[Kind]) -> tuple[exp.Expr, Kind]:
        kind = reckoned(node.operator, *kinds)
        if node.operator == "%" and kind == "float":
            # Of whole numbers ClickHouse has no rest by 0; of floats it is no number, as in Cypher.
            parts = [function("toFloat64", part) for part in parts]
        return self._reckoned(node, *parts, whole=set(kinds) == {"integer"}), kind

    def _reckoned(self, node: Binary, left: exp.Expr, right: exp.Expr, *, whole: bool) -> exp.Expr:
        if node.operator == "^":
            return function("pow", left, right)
        if node.operator == "/":
            parts = (left, right) if whole else (function("toFloat64", left), function("toFloat64", right))
            return function("intDiv" if whole else "divide", *parts)
        if whole and node.operator != "%":
            return self._whole(node, left, right)
        return ARITHMETIC[node.operator](this=left, expression=right)

    def _whole(self, node: Binary, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """Whole numbers have 64 bits: what does not fit is an error, not another number."""
        if isinstance(node.left, Constant) and isinstance(node.right, Constant):
            one, other = node.left.value, node.right.value
            found = {"+": one + other, "-": one - other, "*": one * other}[node.operator]
            if not -(2**63) <= found < 2**63:
                raise refusal(f"{one} {node.operator} {other} is too large: whole numbers have 64 bits", node.at)
            return ARITHMETIC[node.operator](this=left, expression=right)
        wide = ARITHMETIC[node.operator](this=function("toInt128", left), expression=function("toInt128", right))
        certain = self._is_certain(node.left) and self._is_certain(node.right)
        return function("accurateCast", wide, exp.Literal.string("Int64" if certain else "Nullable(Int64)"))

    # Functions.

    def _call(self, node: Call) -> exp.Expr:
        kinds = [self.kind(argument) for argument in node.arguments]
        expect_arguments(node.name, kinds, node.at)
        if node.name in MOMENTS:
            _expect_moment(node)
        return call(node.name, [self.lower(argument) for argument in node.arguments], kinds)

    def _within(self, node: Within) -> exp.Expr:
        return self._semi_join(node, False)
