"""What expressions are made of: literals, variables, functions, lists, maps, CASE, and patterns as values."""

import itertools
from collections.abc import Callable

from queries.graph import syntax
from queries.graph.errors import refusal
from queries.graph.parser.operators import Operators
from queries.graph.syntax import At, Expression
from schemas.errors import QueryError

AGGREGATES = {"count", "sum", "avg", "min", "max", "collect"}
QUANTIFIERS = {"ALL": "all", "ANY": "any", "NONE": "none", "SINGLE": "single"}
LITERALS = {"TRUE": True, "FALSE": False, "NULL": None}


class Atoms(Operators):
    """Reads atoms; patterns are read by `path` and `matched`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._locals: list[tuple[str, syntax.Local]] = []
        self._numbers = itertools.count(1)

    def path(self) -> syntax.Path:
        """A path."""
        raise NotImplementedError

    def matched(self) -> tuple[tuple[syntax.Path, ...], Expression | None]:
        """Paths and the condition behind WHERE."""
        raise NotImplementedError

    def atom(self) -> Expression:
        """The smallest expression (see Operators.atom)."""
        token = self.token
        readers: dict[str, Callable[[], Expression]] = {
            "number": self.number,
            "string": lambda: syntax.Constant(self.take().value, at=self.at(token)),
            "parameter": lambda: syntax.Parameter(self.take().text, at=self.at(token)),
            "name": self._named,
            "(": lambda: self._pattern_test() or self._bracketed(),
            "[": self._list,
            "{": self._map,
        }
        read = readers.get(token.text if token.kind == "sign" else token.kind)
        if read is None:
            raise self.broken("a value")
        return read()

    def _bracketed(self) -> Expression:
        self.expect("(")
        inner = self.expression()
        self.expect(")")
        return inner

    def _pattern_test(self) -> Expression | None:
        """A path where a value is expected, if it is one: it has a relationship."""
        mark, at, numbered = self.mark(), self.at(), self._numbers
        try:
            path = self.path()
        except QueryError:
            path = None
        if path is None or not path.edges:
            self._numbers = numbered
            self.back(mark)
            return None
        return syntax.PathTest(path, at=at)

    def _named(self) -> Expression:
        at = self.at()
        if (found := self._keyword()) is not None:
            return found
        if called := self._function_name():
            return self._call(called, at)
        return self._variable(at)

    def _keyword(self) -> Expression | None:
        """What begins with a keyword, if one stands here."""
        word, at, follows = self.token.word(), self.at(), self.ahead(1)
        if word == "CASE" and not (follows.kind == "sign" and follows.text in {".", ")", ","}):
            return self._case()
        if word in LITERALS:
            self.take()
            return syntax.Constant(LITERALS[word], at=at)
        if word in {"EXISTS", "COUNT", "COLLECT"} and follows.text == "{":
            return self._subquery(word, at)
        if word in QUANTIFIERS and follows.text == "(" and self.ahead(3).word() == "IN":
            return self._quantifier(at)
        if word == "REDUCE" and follows.text == "(":
            raise self.unsupported("The function 'reduce'", at)
        return None

    def _variable(self, at: At) -> Expression:
        name = self.take().text
        found = next((local for known, local in reversed(self._locals) if known == name), None)
        if self.is_sign("{"):
            return self._projection(name, at)
        return found if found is not None else syntax.Variable(name, at=at)

    def _subquery(self, word: str, at: At) -> Expression:
        self.take()
        if word == "COLLECT":
            raise self.unsupported(f"{word} {{ }}", at)
        self.expect("{")
        paths, where = self.matched()
        self.expect("}")
        if word == "EXISTS":
            return syntax.Exists(paths, where, at=at)
        return syntax.Call("size", (syntax.PatternList(paths, where, syntax.Constant(1), at=at),), at=at)

    def _function_name(self) -> str:
        """The name of a function, its namespaces included, if one is called here; takes it."""
        distance, names = 0, []
        while self.ahead(distance).kind == "name":
            names.append(self.ahead(distance).text)
            follows = self.ahead(distance + 1)
            if follows.kind == "sign" and follows.text == "(":
                self.back(self.mark() + distance + 1)
                return ".".join(names).lower()
            if follows.text != ".":
                break
            distance += 2
        return ""

    def _call(self, name: str, at: At) -> Expression:
        self.expect("(")
        if name == "count" and self.accept("*"):
            self.expect(")")
            return syntax.Aggregate("count", None, at=at)
        if name in {"shortestpath", "allshortestpaths"}:
            raise self.unsupported(f"The function '{name}'", at)
        distinct = self.accept_words("DISTINCT")
        arguments = [] if self.is_sign(")") else [self.expression()]
        while self.accept(","):
            arguments.append(self.expression())
        self.expect(")")
        if name in AGGREGATES:
            if len(arguments) != 1:
                raise refusal(f"The function '{name}' takes one value, not {len(arguments)}", at)
            return syntax.Aggregate(name, arguments[0], distinct, at=at)
        if distinct:
            raise refusal(f"DISTINCT cannot stand in '{name}': it is no aggregate", at)
        if name == "exists" and len(arguments) == 1:
            test = arguments[0]
            return test if isinstance(test, syntax.PathTest) else syntax.Unary("IS NOT NULL", test, at=at)
        return syntax.Call(name, tuple(arguments), at=at)

    def _case(self) -> Expression:
        at = self.at()
        self.expect_words("CASE")
        subject = None if self.is_word("WHEN") else self.expression()
        branches = []
        while self.accept_words("WHEN"):
            when = self.expression()
            self.expect_words("THEN")
            test = when if subject is None else syntax.Binary("=", subject, when, at=at)
            branches.append((test, self.expression()))
        if not branches:
            raise self.broken("WHEN")
        otherwise = self.expression() if self.accept_words("ELSE") else None
        self.expect_words("END")
        return syntax.Case(tuple(branches), otherwise, at=at)

    # Lists and maps.

    def local(self, name: str) -> syntax.Local:
        """A variable of a list expression, like no other of its name; in scope until `forget`."""
        found = syntax.Local(f"{name}_{next(self._numbers)}")
        self._locals.append((name, found))
        return found

    def forget(self, count: int = 1) -> None:
        """Ends the scope of the newest variables."""
        del self._locals[-count:]

    def _list(self) -> Expression:
        at = self.at()
        if (found := self._pattern_list(at)) is not None:
            return found
        self.expect("[")
        if self.token.kind == "name" and self.ahead(1).word() == "IN":
            mark = self.mark()
            name = self.name()
            self.expect_words("IN")
            source = self.expression()
            if self.is_word("WHERE") or self.is_sign("|") or self.is_sign("]"):
                return self._comprehension(name, source, at)
            self.back(mark)
        items = [] if self.is_sign("]") else [self.expression()]
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return syntax.ListOf(tuple(items), at=at)

    def _comprehension(self, name: str, source: Expression, at: At) -> Expression:
        local = self.local(name)
        where = self.expression() if self.accept_words("WHERE") else None
        result = self.expression() if self.accept("|") else None
        self.forget()
        self.expect("]")
        return syntax.Comprehension(local, source, where, result, at=at)

    def _pattern_list(self, at: At) -> Expression | None:
        """[(a)-->(b) WHERE ... | ...], if it is one."""
        mark = self.mark()
        self.expect("[")
        try:
            path = self.path()
        except QueryError:
            path = None
        if path is None or not path.edges or not (self.is_word("WHERE") or self.is_sign("|")):
            self.back(mark)
            return None
        where = self.expression() if self.accept_words("WHERE") else None
        self.expect("|")
        result = self.expression()
        self.expect("]")
        return syntax.PatternList((path,), where, result, at=at)

    def _quantifier(self, at: At) -> Expression:
        name = QUANTIFIERS[self.take().word()]
        self.expect("(")
        variable = self.name()
        self.expect_words("IN")
        source = self.expression()
        local = self.local(variable)
        self.expect_words("WHERE")
        where = self.expression()
        self.forget()
        self.expect(")")
        return syntax.Quantifier(name, local, source, where, at=at)

    def _map(self) -> Expression:
        at, entries = self.at(), []
        self.expect("{")
        while not self.is_sign("}"):
            key = self.name("a key")
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.accept(","):
                break
        self.expect("}")
        return syntax.MapOf(tuple(entries), at=at)

    def _projection(self, name: str, at: At) -> Expression:
        """variable {.key, name: value}."""
        entries: list[tuple[str, Expression]] = []
        self.expect("{")
        while not self.is_sign("}"):
            if self.accept("."):
                if self.is_sign("*"):
                    raise self.unsupported("'.*' in a map")
                key = self.name("a key")
                entries.append((key, syntax.Property(name, key, at=at)))
            else:
                key = self.name("a key")
                value = self.expression() if self.accept(":") else syntax.Variable(key, at=at)
                entries.append((key, value))
            if not self.accept(","):
                break
        self.expect("}")
        return syntax.MapOf(tuple(entries), at=at)
