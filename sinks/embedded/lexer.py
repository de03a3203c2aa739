"""Splits SQL into ClickHouse's tokens, comments and blanks left out. Follows src/Parsers/Lexer.cpp of ClickHouse."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal["word", "name", "string", "number", "symbol", "error"]

_BLANK = re.compile(r"\s+")
#: Nearly everything of nearly every text, found at one go: a text of 100,000 tokens must not hold up its neighbours.
_COMMON = re.compile(
    r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_$]*)|(?P<number>[0-9][A-Za-z0-9_.]*(?:(?<=[eEpP])[+-][0-9]+)?)"
    r"|(?P<symbol>[](),.;:=<>+*[{}|&^%?!@~]))"
)
_LINE_COMMENT = re.compile(r"(?:--|#[ !])[^\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_NUMBER = re.compile(r"[0-9][A-Za-z0-9_.]*(?:(?<=[eEpP])[+-][0-9]+)?")
_HEREDOC = re.compile(r"\$[A-Za-z0-9_]*\$")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_CONTROLS = dict(zip("abefnrtv0", "\a\b\x1b\f\n\r\t\v\0", strict=True)) | {"N": ""}
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_QUOTES: dict[str, tuple[str, Kind]] = {
    "'": ("'", "string"),
    '"': ('"', "name"),
    "`": ("`", "name"),
    "\u2018": ("\u2019", "string"),
    "\u201c": ("\u201d", "name"),
}
#: What may stand between the quotes, and the closing one.
_UP_TO = {
    close: re.compile(rf"(?:[^{close}\\]++|\\.|{close}{close})*+{close}", re.DOTALL)
    if close.isascii()
    else re.compile(f"[^{close}]*+{close}")
    for close, _ in _QUOTES.values()
}


class Token(NamedTuple):
    """One token; `start` and `end` are its place in the text."""

    kind: Kind
    text: str
    start: int
    end: int

    def is_word(self, *keywords: str) -> bool:
        """Whether it is one of these keywords (given in capitals)."""
        return self.kind == "word" and self.text.upper() in keywords

    def is_symbol(self, *symbols: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind == "symbol" and self.text in symbols

    @property
    def identifier(self) -> str:
        """What a word or a quoted name names; empty for anything else."""
        if self.kind == "word":
            return self.text
        return unquote(self.text) if self.kind == "name" else ""


def tokenize(sql: str) -> Iterator[Token]:
    """The tokens, one by one. What cannot be one (an unclosed quote) is an `error` token that reaches to the end."""
    position = 0
    while position < len(sql):
        if found := _COMMON.match(sql, position):
            kind: Kind = found.lastgroup  # type: ignore[assignment]  # its groups are called as the kinds are
            position = found.end()
            yield Token(kind, found[kind], found.start(kind), position)
            continue
        skipped = _skip(sql, position)
        if skipped > position:
            position = skipped
            continue
        token = _next(sql, position)
        yield token
        position = token.end


def unquote(text: str) -> str:
    """The content of a quoted string or name."""
    if text.startswith("$"):
        tag = text[: text.index("$", 1) + 1]
        return text[len(tag) : -len(tag)]
    quote, inner = text[0], text[1:-1]
    return _ESCAPE.sub(_unescaped, inner.replace(quote * 2, quote))


def _unescaped(found: re.Match[str]) -> str:
    code = found.group(1)
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _CONTROLS.get(code, code)


def _skip(sql: str, position: int) -> int:
    """Where the next token begins, at most one blank or comment further."""
    for pattern in (_BLANK, _LINE_COMMENT):
        if found := pattern.match(sql, position):
            return found.end()
    return _end_of_comment(sql, position) if sql.startswith("/*", position) else position


def _end_of_comment(sql: str, position: int) -> int:
    depth = 0
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


def _next(sql: str, start: int) -> Token:
    sign = sql[start]
    if sign in _QUOTES:
        return _quoted(sql, start)
    if found := _WORD.match(sql, start):
        return Token("word", found.group(), start, found.end())
    if found := _NUMBER.match(sql, start):
        return Token("number", found.group(), start, found.end())
    if found := _HEREDOC.match(sql, start):
        close = sql.find(found.group(), found.end())
        if close >= 0:
            end = close + len(found.group())
            return Token("string", sql[start:end], start, end)
    return Token("symbol", sign, start, start + 1)


def _quoted(sql: str, start: int) -> Token:
    close, kind = _QUOTES[sql[start]]
    if found := _UP_TO[close].match(sql, start + 1):
        return Token(kind, sql[start : found.end()], start, found.end())
    return Token("error", sql[start:], start, len(sql))
