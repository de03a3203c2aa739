"""From a query's text to its tokens."""

import math
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from queries.graph.errors import refusal
from queries.graph.syntax import At

TokenKind = Literal["name", "number", "string", "parameter", "sign", "end"]

SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
NAME = re.compile(r"[^\W\d]\w*")
#: In 1..3 no fraction begins.
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d+)?")
#: Python makes no whole number of more than some thousand digits, and Cypher knows none of so many.
LONGEST_NUMBER = 1000
SIGN = re.compile(r"\.\.|<>|<=|>=|=~|[-+*/%^=<>()\[\]{},.:;|&!]")
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """A piece of the text from offset `start` to before `end`; `quoted` names are never keywords."""

    kind: TokenKind
    text: str
    start: int
    end: int
    value: int | Decimal | str | None = None
    quoted: bool = False

    def word(self) -> str:
        """The keyword it may be, in upper case; empty for anything else."""
        return self.text.upper() if self.kind == "name" and not self.quoted else ""


def place(text: str, offset: int) -> At:
    """Line and column of an offset."""
    before = text[:offset]
    return At(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


def tokens(text: str) -> Iterator[Token]:
    """The tokens, the last of them the end.

    Raises:
        QueryError: there is a sign that Cypher has not, or a string or name that does not end.
    """
    here = 0
    while True:
        if skipped := SKIPPED.match(text, here):
            here = skipped.end()
        if here >= len(text):
            yield Token("end", "", len(text), len(text))
            return
        token = _token(text, here)
        yield token
        here = token.end


def _token(text: str, here: int) -> Token:
    first = text[here]
    if first in "'\"`":
        return _quoted(text, here, first)
    if first == "$":
        return _parameter(text, here)
    if name := NAME.match(text, here):
        return Token("name", name[0], here, name.end())
    if number := NUMBER.match(text, here):
        return _number(text, here, number)
    if sign := SIGN.match(text, here):
        if text.startswith("/*", here):
            raise refusal("Broken Cypher: a comment that does not end", place(text, here))
        return Token("sign", sign[0], here, sign.end())
    raise refusal(f"Broken Cypher: unexpected '{first}'", place(text, here))


def _number(text: str, here: int, found: re.Match[str]) -> Token:
    written = found[0].lower()
    follows = NAME.match(text, found.end())
    if follows is not None:
        raise refusal(f"Broken Cypher: '{found[0]}{follows[0]}' is no number", place(text, here))
    if len(written) > LONGEST_NUMBER:
        raise refusal(f"Broken Cypher: a number of {len(written):,} digits", place(text, here))
    if written.startswith(("0x", "0o")):
        value: int | Decimal = int(written, 0)
    else:
        value = int(written) if written.isdecimal() else _fraction(text, here, written)
    return Token("number", found[0], here, found.end(), value)


def _fraction(text: str, here: int, written: str) -> Decimal:
    """The nearest float by its shortest digits: the engine reads none beyond it, nor hundreds of digits.

    Digits of a float have a point or an exponent, so that it is no whole number to the engine either.
    """
    value = float(written)
    if math.isinf(value):
        raise refusal(f"Broken Cypher: '{written}' is too large: Cypher's fractions end at 1.8e308", place(text, here))
    return Decimal(repr(value))


def _quoted(text: str, start: int, mark: str) -> Token:
    """A string, or a name in backticks, in which two backticks stand for one."""
    end = start + 1
    while end < len(text) and (text[end] != mark or (mark == "`" and text.startswith("``", end))):
        end += 2 if (text[end] == "\\" and mark != "`") or text[end] == mark else 1
    if end >= len(text):
        what = "name" if mark == "`" else "string"
        raise refusal(f"Broken Cypher: Unterminated {what}", place(text, start))
    inside = text[start + 1 : end]
    if mark == "`" and not inside:
        raise refusal("Broken Cypher: a name without a letter", place(text, start))
    if mark == "`":
        return Token("name", inside.replace("``", "`"), start, end + 1, quoted=True)
    value = _whole(text, start, ESCAPED.sub(lambda found: _unescaped(text, start, found[1]), inside))
    return Token("string", text[start : end + 1], start, end + 1, value)


def _whole(text: str, start: int, value: str) -> str:
    """The string, characters that are written as two halves (\\uD83D\\uDE00) put together."""
    try:
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise refusal("Broken Cypher: half a character stands alone in a string", place(text, start)) from None


def _unescaped(text: str, start: int, code: str) -> str:
    if code[0] in "uU":
        if len(code) == 1:
            raise refusal("Broken Cypher: \\u takes four hexadecimal digits", place(text, start))
        if int(code[1:], 16) > sys.maxunicode:
            raise refusal(f"Broken Cypher: there is no character '\\{code}'", place(text, start))
        return chr(int(code[1:], 16))
    if code not in ESCAPES and code not in "\\'\"`":
        raise refusal(f"Broken Cypher: a string knows no '\\{code}'", place(text, start))
    return ESCAPES.get(code, code)


def _parameter(text: str, here: int) -> Token:
    if text.startswith("`", here + 1):
        name = _quoted(text, here + 1, "`")
        return Token("parameter", name.text, here, name.end)
    found = re.compile(r"\w+").match(text, here + 1)
    if found is None:
        raise refusal("Broken Cypher: '$' without the name of a parameter", place(text, here))
    return Token("parameter", found[0], here, found.end())
