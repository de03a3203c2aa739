"""From Cypher text to queries.graph.syntax."""

from queries.graph import syntax
from queries.graph.parser.clauses import Clauses
from queries.values import is_unicode
from schemas.errors import QueryError


def read(text: str) -> syntax.Query | syntax.Union:
    """The query of a text.

    Raises:
        QueryError: the text is broken, writes, or says what is not supported; the message has line and column.
    """
    if not text.strip():
        raise QueryError("There is no query in the text.")
    if not is_unicode(text):
        raise QueryError("The query holds bytes that are no text: write it in UTF-8.")
    return Clauses(text).statement()
