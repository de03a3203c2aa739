"""A SELECT in the making: what its columns stand for, and expressions over them."""

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from queries.graph.errors import refusal
from queries.graph.kinds import Reckoner
from queries.graph.pattern import Within, variables
from queries.graph.scope import Scope
from queries.graph.shapes import Kind
from queries.graph.sql_expressions import ExpressionLowering
from queries.graph.sql_patterns import PatternLowering
from queries.graph.syntax import At, Expression, _Placed, substitute


@dataclass(frozen=True)
class Column(_Placed):
    """A column of the SELECT below, by name."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Projected:
    """A SELECT in the making, what its columns stand for by expression, and the value that holds its rows, if any."""

    select: exp.Select
    columns: dict[Expression, Column]
    held: exp.CTE | None = None


def over(made: Projected, expression: Expression, scope: Scope, patterns: PatternLowering) -> exp.Expr:
    """An expression over columns that are there."""

    def change(part: Any) -> Any:
        return made.columns.get(part)

    whole = substitute(expression, change)
    loose = variables(whole)
    if loose:
        raise refusal(
            f"'{', '.join(sorted(loose))}' stands beside an aggregate but is not a column of its own", expression.at
        )
    lowering = _OverColumns(_no_column, _no_semi_join, scope, patterns.types, patterns.kinds)
    return lowering.lower(whole)


class _OverColumns(ExpressionLowering):
    def _column(self, node: Column) -> exp.Expr:
        return exp.column(node.name)

    def kind(self, node: Expression) -> Kind:
        return _OverKinds(self._scope, self._kinds).kind(node)


class _OverKinds(Reckoner):
    def _column(self, node: Column) -> Kind:
        return node.kind


def _no_column(name: str, key: str | None, at: At | None) -> exp.Expr:
    raise refusal(f"'{name}{f'.{key}' if key else ''}' is not a column here", at)


def _no_semi_join(test: Within, _: bool) -> exp.Expr:
    raise refusal("A pattern cannot stand here", test.at)
