"""Paths: nodes, relationships and what is asked of them."""

from typing import Any

from queries.graph import syntax
from queries.graph.errors import refusal
from queries.graph.parser.atoms import Atoms
from queries.graph.syntax import Expression


class Patterns(Atoms):
    """Reads paths."""

    def matched(self) -> tuple[tuple[syntax.Path, ...], Expression | None]:
        """Paths and the condition behind WHERE; the MATCH of a subquery may be left out."""
        self.accept_words("MATCH")
        paths = self.paths()
        where = self.expression() if self.accept_words("WHERE") else None
        return paths, where

    def paths(self) -> tuple[syntax.Path, ...]:
        """Paths with commas between them."""
        found = [self.path()]
        while self.accept(","):
            found.append(self.path())
        return tuple(found)

    def path(self) -> syntax.Path:
        """A path, with its variable if it has one.

        Raises:
            QueryError: it is broken, or holds what is not supported.
        """
        at, variable = self.at(), None
        if self.token.kind == "name" and self.ahead(1).text == "=":
            variable = self.name()
            self.expect("=")
        if self.token.word() in {"SHORTESTPATH", "ALLSHORTESTPATHS"}:
            raise self.unsupported(f"'{self.token.text}'")
        nodes, edges = [self._node()], []
        while self._edge_follows():
            edges.append(self._edge())
            nodes.append(self._node())
        return syntax.Path(tuple(nodes), tuple(edges), variable, at=at)

    def _node(self) -> syntax.NodePattern:
        at = self.at()
        self.expect("(")
        variable = self.name() if self.token.kind == "name" and not self.is_word("WHERE") else None
        labels: list[str] = []
        while self.accept(":") or (labels and self.accept("&")):
            labels.append(self.name("a label"))
        if self.is_sign("|") or self.is_sign("!"):
            raise self.unsupported("A choice of labels (A|B)")
        properties = self._properties()
        if self.is_word("WHERE"):
            raise self.unsupported("WHERE within a pattern")
        self.expect(")")
        return syntax.NodePattern(variable, tuple(labels), properties, at=at)

    def _edge_follows(self) -> bool:
        start = 1 if self.is_sign("<", "-") else 0
        follows = self.ahead(start + 1).text
        return self.ahead(start).text == "-" and self.ahead(start).kind == "sign" and follows in {"-", "["}

    def _edge(self) -> syntax.EdgePattern:
        at, back = self.at(), self.accept("<")
        self.expect("-")
        inside: tuple[str | None, tuple[str, ...], syntax.Length | None, Any] = (None, (), None, ())
        if self.accept("["):
            inside = self._inside()
            self.expect("]")
        self.expect("-")
        forth = self.accept(">")
        variable, types, length, properties = inside
        direction: syntax.Direction = "both" if back == forth else ("in" if back else "out")
        return syntax.EdgePattern(variable, types, direction, properties, length, at=at)

    def _inside(self) -> tuple[str | None, tuple[str, ...], syntax.Length | None, Any]:
        variable = self.name() if self.token.kind == "name" else None
        types: list[str] = []
        if self.accept(":"):
            types.append(self.name("a type"))
            while self.accept("|"):
                self.accept(":")
                types.append(self.name("a type"))
        if self.is_sign(":") or self.is_sign("&"):
            raise self.unsupported("A relationship of two types at once")
        length = self._length() if self.accept("*") else None
        return variable, tuple(types), length, self._properties()

    def _length(self) -> syntax.Length:
        at, low = self.at(), self._count()
        if not self.accept(".."):
            return syntax.Length(1 if low is None else low, low, at=at)
        high = self._count()
        return syntax.Length(1 if low is None else low, high, at=at)

    def _count(self) -> int | None:
        if self.token.kind != "number":
            return None
        token = self.take()
        if not isinstance(token.value, int):
            raise refusal(f"The length of a path is a whole number, not {token.text}", self.at(token))
        return token.value

    def _properties(self) -> tuple[tuple[str, Expression], ...]:
        if self.token.kind == "parameter":
            raise self.unsupported("A parameter for all properties")
        if not self.is_sign("{"):
            return ()
        found = self._map()
        assert isinstance(found, syntax.MapOf)
        return found.entries
