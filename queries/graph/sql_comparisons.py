"""Comparisons and IN in ClickHouse SQL: between values of any kinds, with Cypher's rules for null."""

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Kinds, comparable
from queries.graph.mixed import by_kind
from queries.graph.packing import expect_equal_by_text, function
from queries.graph.scope import Element
from queries.graph.shapes import AnyKind, Kind, ListKind, is_mixed, name_of, unify
from queries.graph.sql_lists import ListLowering
from queries.graph.syntax import Binary, Boolean, Constant, Expression, Id, ListOf, Parameter, Property
from queries.graph.view import EdgeType

COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "<>": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}


def parenthesised(expression: exp.Expr) -> exp.Expr:
    """The expression as one operand."""
    return (
        exp.Paren(this=expression)
        if isinstance(expression, (exp.Binary, exp.Not, exp.Neg, exp.Case, exp.In))
        else expression
    )


def _in_one_set(kind: Kind, given: Kind) -> bool:
    """Whether ClickHouse finds values of a kind in a set of parameters: not if one of the two alone is decimal."""
    return comparable(kind, given) and (kind == "decimal") == (given == "decimal")


class ComparisonLowering(ListLowering):
    """The part of ExpressionLowering that compares."""

    _scope: Kinds

    def _comparison(self, node: Binary) -> exp.Expr:
        left, right = self.kind(node.left), self.kind(node.right)
        if "null" in (left, right):
            return exp.null()
        if not comparable(left, right):
            # Values of different kinds are never equal, and neither is before the other.
            never = exp.Boolean(this=node.operator == "<>")
            return self._unless_nulls(node, never) if node.operator in {"=", "<>"} else exp.null()
        if isinstance(left, ListKind) and isinstance(right, ListKind) and node.operator in {"=", "<>"}:
            return self._lists_equal(node, left, right)
        if not all(isinstance(kind, str) or is_mixed(kind) for kind in (left, right)):
            return self._texts_compared(node, left, right)
        sides = [parenthesised(self.lower(node.left)), parenthesised(self.lower(node.right))]
        return by_kind(
            sides,
            (left, right),
            "boolean",
            lambda parts, _: (COMPARISONS[node.operator](this=parts[0], expression=parts[1]), "boolean"),
        )

    def _texts_compared(self, node: Binary, left: Kind, right: Kind) -> exp.Expr:
        """Nodes, relationships and paths, and values of several kinds, are equal where their texts are."""
        both = unify([left, right])
        inside = {name_of(kind) for kind in both.members} if isinstance(both, AnyKind) else {name_of(both)}
        if node.operator not in {"=", "<>"} or inside & {"list", "map"}:
            raise refusal(f"'{node.operator}' between values of {name_of(both)} is not supported", node.at)
        expect_equal_by_text(both, node.at)
        return COMPARISONS[node.operator](
            this=self.converted(node.left, both), expression=self.converted(node.right, both)
        )

    def _in(self, node: Binary) -> exp.Expr:
        if isinstance(node.right, ListOf):
            return self._in_list(node, node.right)
        left, right = self.kind(node.left), self.kind(node.right)
        if right == "null":
            return exp.null()
        item = right.item if isinstance(right, ListKind) and not right.packed else "any"
        plain = isinstance(node.right, Parameter) and isinstance(item, str) and item != "any"
        if plain and isinstance(left, str) and left != "null" and _in_one_set(left, item):
            return self._unless_null(node.left, function("in", self.lower(node.left), self.lower(node.right)))
        return self._in_any_list(node)

    def _in_list(self, node: Binary, options: ListOf) -> exp.Expr:
        mine = self.kind(node.left)
        if not options.items:
            return exp.Boolean(this=False)
        written = all(isinstance(item, (Constant, Parameter)) and self.kind(item) != "null" for item in options.items)
        scalar = isinstance(mine, str) and all(isinstance(self.kind(item), str) for item in options.items)
        given = [self.kind(item) for item in options.items if isinstance(item, Parameter)]
        if mine == "null" or not written or not scalar or not all(_in_one_set(mine, kind) for kind in given):
            tests = tuple(Binary("=", node.left, item, at=node.at) for item in options.items)
            return self.lower(Boolean("OR", (*tests, Constant(False))))
        fitting = [item for item in options.items if comparable(mine, self.kind(item))]
        if not fitting:
            return self._unless_null(node.left, exp.Boolean(this=False))
        test = exp.In(this=parenthesised(self.lower(node.left)), expressions=[self.lower(item) for item in fitting])
        return self._unless_null(node.left, test)

    def _unless_null(self, node: Expression, test: exp.Expr) -> exp.Expr:
        """The test, null where the value is: ClickHouse would say false."""
        return (
            test if self._is_certain(node) else function("if", function("isNull", self.lower(node)), exp.null(), test)
        )

    def _unless_nulls(self, node: Binary, test: exp.Expr) -> exp.Expr:
        return self._unless_null(node.left, self._unless_null(node.right, test))

    def _is_certain(self, node: Expression) -> bool:
        """Whether a value is never null: keys, and properties of relationships, of patterns that are not optional."""
        if isinstance(node, Constant):
            return node.value is not None
        if not isinstance(node, (Id, Property)):
            return False
        entry = self._scope.get(node.variable)
        if isinstance(entry, Element):
            only = entry.only if not entry.nullable else None
            return only is not None and (isinstance(node, Id) or isinstance(only, EdgeType))
        return isinstance(node, Id) or isinstance(entry, EdgeType)
