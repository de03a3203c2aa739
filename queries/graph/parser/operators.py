"""Operators, from the loosest to the tightest."""

from collections.abc import Callable

from queries.graph import syntax
from queries.graph.errors import refusal
from queries.graph.parser.cursor import Cursor
from queries.graph.syntax import Expression

COMPARISONS = ("=", "<>", "<=", ">=", "<", ">")
HIGHEST = 2**63 - 1


class Operators(Cursor):
    """Reads expressions; what they are made of is read by `atom`."""

    def atom(self) -> Expression:
        """The smallest expression."""
        raise NotImplementedError

    def expression(self) -> Expression:
        """An expression.

        Raises:
            QueryError: it is broken, or holds what is not supported.
        """
        return self._boolean("OR", lambda: self._boolean("XOR", lambda: self._boolean("AND", self._negation)))

    def _boolean(self, operator: syntax.BooleanOperator, inner: Callable[[], Expression]) -> Expression:
        at, operands = self.at(), [inner()]
        while self.accept_words(operator):
            operands.append(inner())
        return operands[0] if len(operands) == 1 else syntax.Boolean(operator, tuple(operands), at=at)

    def _negation(self) -> Expression:
        at = self.at()
        if self.accept_words("NOT"):
            return syntax.Unary("NOT", self._negation(), at=at)
        return self._comparison()

    def _comparison(self) -> Expression:
        """a < b < c stands for a < b AND b < c."""
        at, left = self.at(), self._predicate()
        found = []
        while self.token.kind == "sign" and self.token.text in COMPARISONS:
            operator = self.take().text
            right = self._predicate()
            found.append(syntax.Binary(operator, left, right, at=at))
            left = right
        if not found:
            return left
        return found[0] if len(found) == 1 else syntax.Boolean("AND", tuple(found), at=at)

    def _predicate(self) -> Expression:
        at, left = self.at(), self._sum()
        while True:
            operator = self._text_operator()
            if operator:
                left = syntax.Binary(operator, left, self._sum(), at=at)
            elif self.accept_words("IS", "NOT", "NULL"):
                left = syntax.Unary("IS NOT NULL", left, at=at)
            elif self.accept_words("IS", "NULL"):
                left = syntax.Unary("IS NULL", left, at=at)
            else:
                return left

    def _text_operator(self) -> str:
        for words in (("STARTS", "WITH"), ("ENDS", "WITH"), ("CONTAINS",), ("IN",)):
            if self.accept_words(*words):
                return " ".join(words)
        return "=~" if self.accept("=~") else ""

    def _chain(self, signs: tuple[str, ...], inner: Callable[[], Expression]) -> Expression:
        at, left = self.at(), inner()
        while self.token.kind == "sign" and self.token.text in signs:
            operator = self.take().text
            left = syntax.Binary(operator, left, inner(), at=at)
        return left

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Expression:
        return self._chain(("*", "/", "%"), self._power)

    def _power(self) -> Expression:
        return self._chain(("^",), self._signed)

    def _signed(self) -> Expression:
        at = self.at()
        if self.accept("+"):
            return self._signed()
        if self.accept("-"):
            if self.token.kind == "number" and self.token.value == HIGHEST + 1:
                self.take()
                return syntax.Constant(-HIGHEST - 1, at=at)
            inner = self._signed()
            if isinstance(inner, syntax.Constant) and inner.value == -HIGHEST - 1:
                raise refusal(f"-({inner.value}) is too large: Cypher's whole numbers have 64 bits", at)
            if isinstance(inner, syntax.Constant) and not isinstance(inner.value, (str, bool, type(None))):
                return syntax.Constant(-inner.value, at=at)
            return syntax.Unary("-", inner, at=at)
        return self._postfix()

    def _postfix(self) -> Expression:
        at, inner = self.at(), self.atom()
        while True:
            if self.accept("."):
                inner = _member(inner, self.name("the name of a property"), at)
            elif self.accept("["):
                inner = self._subscript(inner, at)
            elif self.is_sign(":") and isinstance(inner, syntax.Variable):
                inner = self._labels(inner, at)
            else:
                return inner

    def _labels(self, owner: syntax.Variable, at: syntax.At) -> Expression:
        tests: list[Expression] = []
        while self.accept(":"):
            tests.append(syntax.HasLabel(owner.name, self.name("a label"), at=at))
        if self.is_sign("|") or self.is_sign("&"):
            raise self.unsupported("A choice of labels (A|B)")
        return tests[0] if len(tests) == 1 else syntax.Boolean("AND", tuple(tests), at=at)

    def _subscript(self, owner: Expression, at: syntax.At) -> Expression:
        low = None if self.is_sign("..") else self.expression()
        if self.accept(".."):
            high = None if self.is_sign("]") else self.expression()
            self.expect("]")
            return syntax.Slice(owner, low, high, at=at)
        self.expect("]")
        return syntax.Index(owner, low, at=at)

    def number(self) -> Expression:
        """A number that is written."""
        token = self.take()
        if isinstance(token.value, int) and token.value > HIGHEST:
            raise refusal(f"{token.text} is too large: Cypher's whole numbers have 64 bits", self.at(token))
        return syntax.Constant(token.value, at=self.at(token))


def _member(owner: Expression, key: str, at: syntax.At) -> Expression:
    if isinstance(owner, syntax.Variable):
        return syntax.Property(owner.name, key, at=at)
    return syntax.Lookup(owner, key, at=at)
