"""How a query is refused: by name and place."""

from queries.graph.syntax import At
from schemas.errors import QueryError, UsageError


class ReadOnlyError(QueryError):
    """A query that would write."""


class MissingParameterError(UsageError):
    """A query without one of its parameters."""


def refusal(what: str, at: At | None) -> QueryError:
    """The error of something in a query's text."""
    return QueryError(placed(what, at))


def placed(what: str, at: At | None) -> str:
    """A sentence on something in a query's text."""
    return f"{what}{f' (line {at.line}, column {at.column})' if at else ''}."
