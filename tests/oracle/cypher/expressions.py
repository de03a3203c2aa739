"""Random expressions of a wanted kind over what is in scope, nulls and rare values among them."""

import random
from collections.abc import Callable
from typing import Literal

#: A `number` is whole or a float, told from row to row; `numbers` are lists of such.
Kind = Literal["whole", "float", "text", "truth", "wholes", "texts", "number", "numbers"]
#: What is in scope: expressions by their kind.
Scope = dict[Kind, list[str]]

WHOLES = ("0", "1", "2", "3", "-7", "7", "12", "9007199254740993", "4611686018427387904")
FLOATS = ("0.5", "0.0", "2.0", "-1.25", "300.25", "1.0e10")
TEXTS = ("'VIP'", "'Home'", "''", "' x '", "'Žofie'", "'日本'", "'😀'", "'12'", "'3.7'", "'x'", "'Straße'", "'true'")
LISTS: dict[Kind, tuple[str, ...]] = {
    "wholes": ("[1, 2, 3]", "[]", "[3, null, 1]", "[2, 2, 5]", "range(1, 4)", "range(5, 1, -2)"),
    "texts": ("['VIP', 'Home']", "['x', null, 'Žofie']", "[]", "['😀', '日本', 'x']"),
    "numbers": ("[1, 2.5]", "[0.5, null, 3]", "[2.0, 2, 40.0]", "[-1.25, 0]"),
}
NULLS: dict[Kind, str] = {"whole": "null", "float": "null", "text": "null", "truth": "null"}


class Expressions:
    """Makes expressions; `depth` says how far one holds others."""

    def __init__(self, draw: random.Random, scope: Scope) -> None:
        self._draw, self._scope = draw, scope

    def of(self, kind: Kind, depth: int = 2) -> str:
        """An expression of a kind."""
        atoms = self._scope.get(kind, [])
        if depth <= 0 or self._draw.random() < 0.25:
            if atoms and self._draw.random() < 0.75:
                return self._draw.choice(atoms)
            return self._literal(kind)
        makers: dict[Kind, Callable[[int], str]] = {
            "whole": self._whole, "float": self._float, "text": self._text, "truth": self._truth,
            "wholes": self._wholes, "texts": self._texts, "number": self._number, "numbers": self._numbers,
        }  # fmt: skip
        return makers[kind](depth - 1)

    def _literal(self, kind: Kind) -> str:
        draw = self._draw
        if kind in LISTS:
            return draw.choice(LISTS[kind])
        if kind == "number":
            return self.of(draw.choice(("whole", "float")), 0)
        if draw.random() < 0.08:
            return NULLS[kind]
        if kind == "truth":
            return draw.choice(("true", "false"))
        return draw.choice({"whole": WHOLES, "float": FLOATS, "text": TEXTS}[kind])

    def _whole(self, depth: int) -> str:
        a, b = self.of("whole", depth), self.of("whole", depth)
        small = self._draw.choice(("1", "2", "3", "7", "-2"))
        return self._draw.choice((
            f"({a} + {b})", f"({a} - {b})", f"({a} * {small})", f"({a} / {small})", f"({a} % {small})", f"-({a})",
            f"abs({a})", f"sign({self.of('float', depth)})", f"size({self.of('text', depth)})",
            f"size({self._list(depth)})", f"toInteger({self.of('text', depth)})", f"toInteger({self._narrow(depth)})",
            f"coalesce({a}, {b})", f"head({self.of('wholes', depth)})", f"last({self.of('wholes', depth)})",
            f"{self.of('wholes', depth)}[{self._draw.choice(('0', '1', '-1', '5'))}]", self._case("whole", depth),
        ))  # fmt: skip

    def _float(self, depth: int) -> str:
        a, b = self.of("float", depth), self.of("float", depth)
        return self._draw.choice((
            f"({a} + {self.of('whole', depth)})", f"({a} - {b})", f"({a} * {self._draw.choice(FLOATS)})",
            f"({a} / {self._draw.choice(('2', '0.5', '3.0'))})", f"({self.of('whole', depth)} / 2.0)",
            f"({self._draw.choice(('2', '0.5', '-3'))} ^ {self._draw.choice(('2', '3', '-1', '0'))})",
            f"ceil({a})", f"floor({a})", f"round({a})", f"sqrt(abs({a}))",
            f"round({self.of('float', 0)}, {self._draw.choice('0123')})", f"toFloat({self.of('text', depth)})",
            f"toFloat({self.of('whole', depth)})", f"abs({a})", f"coalesce({a}, {b})", self._case("float", depth),
            f"coalesce({a}, {b})", self._case("float", depth), f"head([{a}, {b}])", f"last([{a}, {b}])",
            f"[{a}, {b}][{self._draw.choice('01')}]", f"[x IN [{a}, {b}] | x / 2][0]", f"{{a: {a}, b: {b}}}.b",
            f"({a} % {self._draw.choice(('7', '2.5'))})",
        ))  # fmt: skip

    def _number(self, depth: int) -> str:
        """One that is whole in some rows and a float in others."""
        a, b = self.of("float", depth), self.of("whole", depth)
        n = self.of("number", depth)
        return self._draw.choice((
            f"coalesce({a}, {b})", f"coalesce({b}, {a})", self._case("number", depth), self._case("number", depth),
            f"head([{a}, {b}])", f"last([{a}, {b}])", f"head({self.of('numbers', depth)})",
            f"{self.of('numbers', depth)}[{self._draw.choice(('0', '1', '-1'))}]",
            f"({n} + {self._draw.choice('127')})",
            f"({n} - {self.of('number', 0)})", f"({n} * 2)", f"({n} / 2)", f"-({n})", f"abs({n})",
            f"CASE WHEN {self.of('truth', depth)} THEN {a} ELSE {self._draw.choice('012')} END",
        ))  # fmt: skip

    def _numbers(self, depth: int) -> str:
        a = self.of("numbers", depth)
        return self._draw.choice((
            f"[{self.of('float', depth)}, {self.of('whole', depth)}]", f"[{self.of('number', depth)}]",
            f"[{self.of('float', depth)}, {self.of('float', depth)}, {self.of('number', 0)}]", f"tail({a})",
            f"({a} + {self.of('wholes', depth)})", f"({a} + {self.of('number', 0)})", f"[x IN {a} WHERE x > 1]",
            f"[x IN {a} | x * 2]", f"reverse({a})",
        ))  # fmt: skip

    def _text(self, depth: int) -> str:
        a, b = self.of("text", depth), self.of("text", depth)
        few = self._draw.choice(("0", "1", "2", "3", "20"))
        return self._draw.choice((
            f"({a} + {b})", f"toUpper({a})", f"toLower({a})", f"trim({a})", f"lTrim({a})", f"rTrim({a})",
            f"replace({a}, {self._draw.choice(TEXTS[3:])}, {b})", f"left({a}, {few})", f"right({a}, {few})",
            f"substring({a}, {few})", f"substring({a}, {few}, {self._draw.choice(('0', '1', '4'))})", f"reverse({a})",
            f"toString({self.of('whole', depth)})", f"toString({self.of('truth', depth)})",
            f"toString({self.of('float', 0)})", f"({a} + {self.of('whole', depth)})", f"({self.of('float', 0)} + {a})",
            f"left({a}, size({b}))",
            f"split({a}, ' ')[0]", f"head({self.of('texts', depth)})", f"coalesce({a}, {b})",
            self._case("text", depth),
        ))  # fmt: skip

    def _truth(self, depth: int) -> str:
        kinds: tuple[Kind, ...] = ("whole", "float", "text", "number")
        kind = self._draw.choice(kinds)
        a, b = self.of(kind, depth), self.of(kind, depth)
        s, t = self.of("text", depth), self.of("text", 0)
        p, q = self.of("truth", depth), self.of("truth", depth)
        compare = self._draw.choice(("=", "<>", "<", "<=", ">", ">="))
        return self._draw.choice((
            f"({a} {compare} {b})", f"({a} {compare} {b})", f"({s} STARTS WITH {t})", f"({s} CONTAINS {t})",
            f"({s} ENDS WITH {t})", f"({s} =~ {self._draw.choice(REGULAR)})", f"({a} IS NULL)", f"({a} IS NOT NULL)",
            f"({self.of('whole', depth)} IN {self.of('wholes', depth)})", f"({s} IN {self.of('texts', depth)})",
            f"({self.of('number', depth)} IN {self.of('numbers', depth)})",
            f"({self.of('float', depth)} IN [{self.of('float', depth)}, {self.of('float', 0)}])",
            f"({self.of('float', depth)} {compare} {self.of('number', depth)})",
            f"(NOT {p})", f"({p} AND {q})", f"({p} OR {q})", f"({p} XOR {q})", f"({p} = {q})",
            f"({self.of('wholes', depth)} {self._draw.choice(('=', '<>'))} {self.of('wholes', depth)})",
            self._quantifier(depth), self._case("truth", depth),
            f"(1 < {self.of('whole', depth)} <= 5)",
        ))  # fmt: skip

    def _wholes(self, depth: int) -> str:
        a = self.of("wholes", depth)
        return self._draw.choice((
            f"({a} + {self.of('wholes', depth)})", f"tail({a})", f"reverse({a})", f"{a}[{self._slice()}]",
            f"[x IN {a} WHERE {self._inner(depth).of('truth', 1)} | {self._inner(depth).of('whole', 1)}]",
            f"[x IN {a} WHERE {self._inner(depth).of('truth', 1)}]",
            f"[x IN {a} | {self._inner(depth).of('whole', 1)}]",
            f"[{self.of('whole', depth)}, {self.of('whole', depth)}]", f"range(0, {self._draw.choice('0135')})",
        ))  # fmt: skip

    def _texts(self, depth: int) -> str:
        return self._draw.choice((
            f"split({self.of('text', depth)}, {self._draw.choice(TEXTS[4:])})", f"tail({self.of('texts', depth)})",
            f"[{self.of('text', depth)}, {self.of('text', depth)}]", f"{self.of('texts', depth)}[{self._slice()}]",
            f"[x IN {self.of('wholes', depth)} | toString(x)]",
        ))  # fmt: skip

    def _list(self, depth: int) -> str:
        return self.of(self._draw.choice(("wholes", "texts")), depth)

    def _inner(self, depth: int) -> "Expressions":
        """Where x stands for an item of a list of whole numbers."""
        scope: Scope = {**self._scope, "whole": ["x", "x", *(self._scope.get("whole", []) if depth else [])]}
        return Expressions(self._draw, scope)

    def _quantifier(self, depth: int) -> str:
        name = self._draw.choice(("any", "all", "none", "single"))
        return f"{name}(x IN {self.of('wholes', depth)} WHERE {self._inner(depth).of('truth', 1)})"

    def _case(self, kind: Kind, depth: int) -> str:
        then, other = self.of(kind, depth), self.of(kind, depth)
        if self._draw.random() < 0.5:
            when = self._draw.choice(TEXTS)
            return f"CASE {self.of('text', depth)} WHEN {when} THEN {then} ELSE {other} END"
        tail = f" ELSE {other}" if self._draw.random() < 0.7 else ""
        return f"CASE WHEN {self.of('truth', depth)} THEN {then}{tail} END"

    def _narrow(self, depth: int) -> str:
        """A float that fits into a whole number."""
        return f"({self.of('float', depth)} % 1000.0)"

    def _slice(self) -> str:
        return self._draw.choice(("0..1", "1..", "..2", "-2..", "..-1", "1..9", "2..1"))


REGULAR = ("'.*i.*'", "'[A-Z].*'", "''", "'(?i)vip'", "'^.{2}$'", "'.*日.*'")
