"""A SELECT in the making: what its columns stand for."""

from dataclasses import dataclass

from sqlglot import exp

from queries.graph.shapes import Kind
from queries.graph.syntax import Expression, _Placed


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
