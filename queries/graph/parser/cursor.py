"""A place among the tokens of a query, and what may be asked there."""

from queries.graph.errors import refusal
from queries.graph.parser.tokens import Token, place, tokens
from queries.graph.syntax import At
from schemas.errors import QueryError


class Cursor:
    """Walks over the tokens of a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(tokens(text))
        self._next = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._next]

    def ahead(self, distance: int) -> Token:
        """A token further on; the end beyond the last."""
        return self._tokens[min(self._next + distance, len(self._tokens) - 1)]

    def at(self, token: Token | None = None) -> At:
        """Where a token stands; the next one if none is named."""
        return place(self.text, (token or self.token).start)

    def mark(self) -> int:
        """This place, to return to."""
        return self._next

    def back(self, mark: int) -> None:
        """Returns to a place."""
        self._next = mark

    def written(self, mark: int) -> str:
        """The text from a place to here."""
        return self.text[self._tokens[mark].start : self._tokens[self._next - 1].end]

    def take(self) -> Token:
        """The next token; the walk goes on behind it."""
        token = self.token
        self._next += token.kind != "end"
        return token

    def is_sign(self, *signs: str) -> bool:
        """Whether these signs come next, one after the other."""
        return all(self.ahead(n).kind == "sign" and self.ahead(n).text == sign for n, sign in enumerate(signs))

    def is_word(self, *words: str) -> bool:
        """Whether these keywords come next, one after the other."""
        return all(self.ahead(n).word() == word for n, word in enumerate(words))

    def accept(self, *signs: str) -> bool:
        """Takes these signs if they come next."""
        found = self.is_sign(*signs)
        self._next += len(signs) if found else 0
        return found

    def accept_words(self, *words: str) -> bool:
        """Takes these keywords if they come next."""
        found = self.is_word(*words)
        self._next += len(words) if found else 0
        return found

    def expect(self, *signs: str) -> None:
        """Takes these signs.

        Raises:
            QueryError: something else comes next.
        """
        for sign in signs:
            if not self.accept(sign):
                raise self.broken(f"'{sign}'")

    def expect_words(self, *words: str) -> None:
        """Takes these keywords (see expect)."""
        for word in words:
            if not self.accept_words(word):
                raise self.broken(word)

    def name(self, what: str = "a name") -> str:
        """Takes a name (see expect)."""
        if self.token.kind != "name":
            raise self.broken(what)
        return self.take().text

    def broken(self, expected: str = "") -> QueryError:
        """That the next token cannot stand here."""
        found = f"'{self.token.text}'" if self.token.kind != "end" else "end of the query"
        hint = f", where {expected} was expected" if expected else ""
        return refusal(f"Broken Cypher: unexpected {found}{hint}", self.at())

    def unsupported(self, what: str, at: At | None = None) -> QueryError:
        """That a part of the language is not answered."""
        return refusal(f"{what} is not supported", at or self.at())
