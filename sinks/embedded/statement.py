"""Takes one statement of SQL apart, as far as a port must: output format, data of an INSERT, forbidden words."""

import functools
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sinks.embedded.faults import ACCESS_DENIED, BAD_ARGUMENTS, SYNTAX_ERROR, ServerError
from sinks.embedded.lexer import Token, tokenize, unquote

#: Functions that read the host's files, this process's memory or other hosts, some of them beyond all access rights:
#: sqlite() makes its file before it is asked who may.
HOST_FUNCTIONS = frozenset({"file", "catboostevaluate", "showcertificate", "python", "arrowstream", "sqlite"})
HOST_FUNCTION_PREFIXES = ("ai",)
_AI_FUNCTION = re.compile(r"ai[A-Z]")
#: Texts that were parsed last: who asks often asks the same, with other parameters.
KEPT = 256
#: What may stand behind the last setting of a SELECT.
_BEHIND_SETTINGS = ("FORMAT", "INTO", "SETTINGS", "UNION", "EXCEPT", "INTERSECT", "PARALLEL")


@dataclass(frozen=True)
class Statement:
    """A statement without its trailing `FORMAT name` and semicolon.

    `tail` is what stood behind the format (`SETTINGS ...`) and goes behind it again.
    """

    text: str
    output_format: str | None
    tail: str
    tokens: tuple[Token, ...]

    @property
    def keyword(self) -> str:
        """Its first word, in capitals."""
        return self.tokens[0].text.upper() if self.tokens else ""

    @property
    def streams(self) -> bool:
        """Whether it is a SELECT, whose result may be large and of any format."""
        return self.keyword in {"SELECT", "WITH", "FROM", "("}

    @functools.cached_property
    def reaches_out(self) -> str | None:
        """The first function that reaches out of the database, as host_function() has it."""
        return host_function(self.tokens)

    @functools.cached_property
    def named_by_parameters(self) -> bool:
        """Whether a parameter stands for a name."""
        return takes_identifiers(self.tokens)

    @functools.cached_property
    def assigned(self) -> tuple[tuple[str, str], ...]:
        """Every setting that it makes, and its value."""
        return tuple(assignments(self.tokens))

    def mentions(self, *keywords: str) -> bool:
        """Whether one of these words stands anywhere outside quotes."""
        return any(token.is_word(*keywords) for token in self.tokens)

    def into(self, path: str, output_format: str) -> str:
        """The statement writing its formatted result to a path, in place of answering with it."""
        return f"{self.text}\nINTO OUTFILE '{path}' TRUNCATE FORMAT {output_format} {self.tail}"

    def plain(self) -> str:
        """The statement without a format."""
        return f"{self.text} {self.tail}".rstrip()


@dataclass(frozen=True)
class Insert:
    """An INSERT that carries data: `before` and `after` surround the path of its source."""

    before: str
    after: str
    data_from: int  # where its data begin in the text
    settings: str | None = None  # as it stood behind SETTINGS; None where no setting can be added

    def reading(self, path: str, defaults: Mapping[str, str]) -> str:
        """The statement reading its data from a path, under these settings unless it has its own."""
        if self.settings is None:
            return f"{self.before}{path}{self.after}"
        parts = [f"{name} = {value}" for name, value in defaults.items()]
        parts += [self.settings] if self.settings else []
        settings = f"SETTINGS {', '.join(parts)} " if parts else ""
        return f"{self.before}{path}' COMPRESSION 'none' {settings}{self.after}"


def parse(sql: str) -> Statement:
    """Takes the statement apart.

    Raises:
        ServerError: there is nothing, or more than one statement, or it writes to a file of the host.
    """
    tokens = list(tokenize(sql))
    while tokens and tokens[-1].is_symbol(";"):
        tokens.pop()
    if not tokens:
        raise ServerError(SYNTAX_ERROR, "Empty query")
    if any(token.is_symbol(";") for token in tokens):
        raise ServerError(SYNTAX_ERROR, "Multi-statements are not allowed")
    for first, second in itertools.pairwise(tokens):
        if first.is_word("INTO") and second.is_word("OUTFILE"):
            raise ServerError(ACCESS_DENIED, "INTO OUTFILE is not allowed over HTTP: the answer is the body")
        if first.is_word("FROM") and second.is_word("INFILE"):
            raise ServerError(ACCESS_DENIED, "FROM INFILE is not allowed over HTTP: data go in the body")
    end = tokens[-1].end
    place = _trailing_format(tokens)
    if place is None:
        return Statement(sql[tokens[0].start : end], None, "", tuple(tokens))
    text = sql[tokens[0].start : tokens[place].start].rstrip()
    return Statement(text, tokens[place + 1].text, sql[tokens[place + 1].end : end].strip(), tuple(tokens))


@functools.lru_cache(KEPT)
def parse_again(sql: str) -> Statement:
    """The same for a short text, which may have been parsed before; raises as parse() does."""
    return parse(sql)


def _trailing_format(tokens: list[Token]) -> int | None:
    """The index of the FORMAT of `FORMAT name` or `FORMAT name SETTINGS ...` at the end."""
    for index in range(len(tokens) - 2, 0, -1):
        if tokens[index].is_word("FORMAT") and tokens[index + 1].kind == "word":
            rest = tokens[index + 2 :]
            return index if not rest or rest[0].is_word("SETTINGS") else None
    return None


def parse_insert(sql: str) -> Insert | None:
    """The INSERT with data that the text begins with; None when it is anything else or has no data (INSERT SELECT).

    Stops where the data begin, so that they may be anything and be cut off anywhere.

    Raises:
        ServerError: input() without a structure.
    """
    seen: list[Token] = []
    depth, settings_at, select_at = 0, None, None
    for token in tokenize(sql):
        seen.append(token)
        if not seen[0].is_word("INSERT"):
            return None
        depth += token.is_symbol("(") - token.is_symbol(")")
        if depth:
            continue
        if _names_format(seen):
            if select_at is not None:
                return _from_input(sql, seen, select_at)
            return _from_infile(sql, settings_at, seen[-2].start, token.text, _after_format(sql, token.end))
        if token.is_word("SELECT", "WITH") and select_at is None:
            select_at = len(seen) - 1
        elif select_at is None and token.is_word("SETTINGS"):
            settings_at = token.start
        elif select_at is None and token.is_word("VALUES"):
            return _from_infile(sql, settings_at, token.start, "Values", token.end)
    return None


def _names_format(tokens: list[Token]) -> bool:
    """Whether the last two are FORMAT and its name, and not a table or a column called so."""
    return (
        len(tokens) > 3
        and tokens[-1].kind == "word"
        and tokens[-2].is_word("FORMAT")
        and not tokens[-3].is_word("INTO", "TABLE")
        and not tokens[-3].is_symbol(".", ",", "(")
    )


def _from_infile(sql: str, settings_at: int | None, head_end: int, name: str, data_from: int) -> Insert:
    settings = "" if settings_at is None else sql[settings_at + len("SETTINGS") : head_end].strip()
    head = sql[: head_end if settings_at is None else settings_at].rstrip()
    return Insert(f"{head}\nFROM INFILE '", f"FORMAT {name}", data_from, settings)


def _from_input(sql: str, tokens: list[Token], start: int) -> Insert | None:
    """INSERT ... SELECT ... FROM input('structure') FORMAT name: the body is read where `input` stands."""
    place = next((i for i in range(start, len(tokens) - 3) if _is_call(tokens, i, "input")), None)
    if place is None:
        return None
    structure, close, name = tokens[place + 2], tokens[place + 3], tokens[-1]
    if structure.kind != "string" or not close.is_symbol(")"):
        raise ServerError(BAD_ARGUMENTS, "input() needs its structure as one string")
    after = f"', '{name.text}', {structure.text}){sql[close.end : tokens[-2].start]}"
    return Insert(f"{sql[: tokens[place].start]}file('", after, _after_format(sql, name.end))


def _is_call(tokens: list[Token], index: int, function: str) -> bool:
    return tokens[index].identifier.lower() == function and tokens[index + 1].is_symbol("(")


def _after_format(sql: str, end: int) -> int:
    """Data begin behind the format's name, blanks and at most one line break."""
    while end < len(sql) and sql[end] in " \t\f;":
        end += 1
    if sql.startswith("\r\n", end):
        return end + 2
    return end + 1 if sql.startswith("\n", end) else end


def assignments(tokens: tuple[Token, ...]) -> Iterator[tuple[str, str]]:
    """Every setting behind any SETTINGS of the statement, sub-queries' too, as its name and its value.

    The value is "1" where none is written, and the text as it stands where it is more than one word or string.
    """
    for index, token in enumerate(tokens):
        if token.is_word("SETTINGS") and not (index and tokens[index - 1].is_symbol(".")):
            yield from _settings(tokens, index + 1)


def _settings(tokens: tuple[Token, ...], place: int) -> Iterator[tuple[str, str]]:
    """The list that begins at a place; nothing when no list begins there, as behind a table called settings."""
    while place < len(tokens) and tokens[place].identifier:
        name, place = tokens[place].identifier, place + 1
        while place + 1 < len(tokens) and tokens[place].is_symbol("."):
            name, place = f"{name}.{tokens[place + 1].identifier}", place + 2
        end = _end_of_setting(tokens, place)
        value = tokens[place + 1 : end] if place < end and tokens[place].is_symbol("=") else ()
        if not value and place != end:
            return
        yield name, _value(value)
        if end == len(tokens) or not tokens[end].is_symbol(","):
            return
        place = end + 1


def _end_of_setting(tokens: tuple[Token, ...], place: int) -> int:
    """Where the comma, the bracket or the word stands that ends a setting."""
    depth = 0
    for index in range(place, len(tokens)):
        token = tokens[index]
        if depth == 0 and (token.is_symbol(",", ")", "|") or token.is_word(*_BEHIND_SETTINGS)):
            return index
        depth += token.is_symbol("(", "[", "{") - token.is_symbol(")", "]", "}")
    return len(tokens)


def _value(tokens: tuple[Token, ...]) -> str:
    if not tokens:
        return "1"
    if len(tokens) == 1 and tokens[0].kind == "string":
        return unquote(tokens[0].text)
    return "".join(token.text for token in tokens)


def host_function(tokens: tuple[Token, ...]) -> str | None:
    """The name of the first use of a function that reaches out of the database; None without one.

    A function is used where it is called, and where its bare name may stand for it, as in `APPLY file` and
    `arrayMap(file, paths)`. Only a column that is named or selected may be called the same.
    """
    for index, token in enumerate(tokens):
        name = token.identifier
        called = index + 1 < len(tokens) and tokens[index + 1].is_symbol("(")
        if called and (is_host_function(name) or name.lower().startswith(HOST_FUNCTION_PREFIXES)):
            return name
        if is_host_function(name) and not _is_column(tokens, index):
            return name
    return None


def is_host_function(name: str) -> bool:
    """Whether a function of this name reaches out of the database."""
    return name.lower() in HOST_FUNCTIONS or _AI_FUNCTION.match(name) is not None


def _is_column(tokens: tuple[Token, ...], index: int) -> bool:
    if index == 0:
        return False
    before = tokens[index - 1]
    if before.is_word("AS", "SELECT", "DISTINCT", "BY") or before.is_symbol("."):
        return True
    last = index + 1 == len(tokens) or tokens[index + 1].is_word("FROM")
    return last and before.is_symbol(",")


def takes_identifiers(tokens: tuple[Token, ...]) -> bool:
    """Whether a parameter of the statement stands for a name: {parameter:Identifier}."""
    return any(first.is_symbol(":") and second.is_word("IDENTIFIER") for first, second in itertools.pairwise(tokens))


def rewrite_kill(statement: Statement, query_id: str, user: str) -> str:
    """A KILL QUERY whose `query_id` and `user` are the port's own: both are expressions over the query's text."""
    pieces, position = [], 0
    text, start = statement.text, statement.tokens[0].start
    for token in statement.tokens:
        replacement = {"query_id": query_id, "user": user}.get(token.identifier.lower())
        if replacement and token.start - start < len(text):
            pieces += [text[position : token.start - start], replacement]
            position = token.end - start
    return "".join([*pieces, text[position:], " ", statement.tail])
