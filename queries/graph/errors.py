"""How a query is refused: by name and place."""

from queries.graph.syntax import At
from schemas.errors import QueryError


def refusal(what: str, at: At | None) -> QueryError:
    """The error of something in a query's text."""
    return QueryError(f"{what}{f' (line {at.line}, column {at.column})' if at else ''}.")
