"""Clauses, and the queries they make."""

from queries.graph import syntax
from queries.graph.errors import ReadOnlyError, placed, refusal
from queries.graph.parser.patterns import Patterns
from queries.graph.syntax import Expression
from schemas.errors import QueryError

WRITES = {"CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP", "LOAD", "INSERT", "ALTER"}
OTHERS = {"CALL", "USE", "SHOW", "FINISH", "LET", "FILTER", "EXPLAIN", "PROFILE", "START", "YIELD"}


class Clauses(Patterns):
    """Reads whole queries."""

    def statement(self) -> syntax.Query | syntax.Union:
        """The one query of the text.

        Raises:
            QueryError: it is broken, would write, or says what is not supported.
        """
        found = self._union()
        count = 1
        while self.accept(";"):
            if self.token.kind != "end":
                self._union()
                count += 1
        if self.token.kind != "end":
            raise self._unexpected()
        if count > 1:
            raise QueryError(f"One Cypher statement at a time is answered, not {count}.")
        return found

    def _union(self) -> syntax.Query | syntax.Union:
        queries, whole = [self._query()], set()
        at = self.at()
        while self.accept_words("UNION"):
            whole.add(self.accept_words("ALL"))
            queries.append(self._query())
        if len(whole) > 1:
            raise refusal("UNION and UNION ALL cannot be mixed", at)
        return syntax.Union(tuple(queries), whole == {False}, at=at) if whole else queries[0]

    def _query(self) -> syntax.Query:
        clauses: list[syntax.Clause] = []
        while not self.is_word("RETURN"):
            clauses.append(self._clause())
        self.take()
        clauses.append(self._projection_clause())
        return syntax.Query(tuple(clauses))

    def _clause(self) -> syntax.Clause:
        at = self.at()
        if self.is_word("OPTIONAL", "MATCH") or self.is_word("MATCH"):
            optional = self.accept_words("OPTIONAL")
            self.expect_words("MATCH")
            paths = self.paths()
            if self.is_word("USING"):
                raise self.unsupported("USING")
            where = self.expression() if self.accept_words("WHERE") else None
            return syntax.Match(paths, where, optional, at=at)
        if self.accept_words("UNWIND"):
            source = self.expression()
            self.expect_words("AS")
            return syntax.Unwind(source, self.name(), at=at)
        if self.accept_words("WITH"):
            return self._with(at)
        raise self._unexpected()

    def _unexpected(self) -> QueryError:
        word = self.token.word()
        if word in WRITES:
            return ReadOnlyError(placed(f"This graph is read-only: {word.lower()} would write", self.at()))
        if word in OTHERS:
            return self.unsupported(f"'{word}'")
        return self.broken("a clause such as MATCH, WITH or RETURN" if self.token.kind != "end" else "RETURN")

    def _with(self, at: syntax.At) -> syntax.Project:
        project = self._projection_clause()
        for item in project.items:
            if not item.named and not isinstance(item.expression, syntax.Variable):
                raise refusal("In WITH an expression needs a name: add AS and one", item.at)
        where = self.expression() if self.accept_words("WHERE") else None
        return syntax.Project(**{**vars(project), "where": where, "at": at})

    def _projection_clause(self) -> syntax.Project:
        at, distinct = self.at(), self.accept_words("DISTINCT")
        star = self.accept("*")
        items = [] if star and not self.accept(",") else [self._item()]
        while items and self.accept(","):
            items.append(self._item())
        order: list[syntax.Sort] = []
        if self.accept_words("ORDER"):
            self.expect_words("BY")
            order.append(self._sort())
            while self.accept(","):
                order.append(self._sort())
        skip = self.expression() if self.accept_words("SKIP") or self.accept_words("OFFSET") else None
        limit = self.expression() if self.accept_words("LIMIT") else None
        return syntax.Project(tuple(items), star, distinct, tuple(order), skip, limit, at=at)

    def _item(self) -> syntax.Item:
        at, mark = self.at(), self.mark()
        expression = self.expression()
        written = self.written(mark)
        if self.accept_words("AS"):
            return syntax.Item(expression, self.name(), at=at)
        return syntax.Item(expression, _called(expression, written), named=False, at=at)

    def _sort(self) -> syntax.Sort:
        at, expression = self.at(), self.expression()
        descending = self.accept_words("DESC") or self.accept_words("DESCENDING")
        if not descending and not self.accept_words("ASC"):
            self.accept_words("ASCENDING")
        return syntax.Sort(expression, descending, at=at)


def _called(expression: Expression, written: str) -> str:
    """The name of a column that is given none."""
    return expression.name if isinstance(expression, syntax.Variable) else written
