"""A text that is asked: whether it is the catalogue's, which parameters it has, and how it is run."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot.errors import TokenError

from queries.api.clickhouse import MOST_ROWS
from queries.catalogue import ADHOC, Language, Parameter, find, name_of
from queries.cli import guessed
from queries.runner import Result, Runner
from schemas.errors import UsageError

#: Bytes of an answer to a text of one's own: all of it is held at once, as are those of all who ask.
MOST_BYTES = 16 << 20
LIMITS = {"max_result_bytes": MOST_BYTES}
#: What a text that is asked may not set, because it would lift what bounds the answer.
BOUNDS = ("max_result_bytes", "max_result_rows", "result_overflow_mode")
_NAMED = {"sql": re.compile(r"\{\s*(\w+)\s*:"), "cypher": re.compile(r"\$(\w+)")}


@dataclass(frozen=True)
class Written:
    """What stands in the editor."""

    language: Language
    text: str

    @property
    def name(self) -> str:
        """The catalogue's query that it is; ADHOC if none."""
        return name_of(self.language, self.text)

    @property
    def parameters(self) -> list[str]:
        """The names that it uses, in the order of the text."""
        return list(dict.fromkeys(_NAMED[self.language].findall(self.text)))

    def declared(self) -> dict[str, Parameter]:
        """Of the catalogue's queries, what the header says of each."""
        if self.name == ADHOC:
            return {}
        return {parameter.name: parameter for parameter in find(self.language, self.name).parameters}

    def run(self, runner: Runner, given: Mapping[str, str]) -> Result:
        """Asks it; raises as Runner.sql() and Runner.cypher() do."""
        if self.name != ADHOC:
            return runner.sql(self.name, given) if self.language == "sql" else runner.cypher(self.name, given)
        if self.language == "sql":
            check(self.text)
            return runner.sql_text(self.text, given, LIMITS)
        return runner.cypher_text(self.text, {name: guessed(value) for name, value in given.items()}, LIMITS)

    def explain(self, runner: Runner, given: Mapping[str, str]) -> str:
        """How it would be answered."""
        if self.name != ADHOC:
            return runner.explain(self.language, self.name, given)
        values: Mapping[str, object] = given
        if self.language == "cypher":
            values = {name: guessed(value) for name, value in given.items()}
        return runner.explain(self.language, self.text, values, text=True)


def check(sql: str) -> None:
    """Raises UsageError where a text sets what bounds its answer."""
    for name in _set(sql):
        if name.lower() in BOUNDS or "\\" in name:
            raise UsageError(
                f"The query sets {name}. Leave it out: an answer has {MOST_ROWS:,} rows and "
                f"{MOST_BYTES >> 20} MiB at most."
            )


def _set(sql: str) -> list[str]:
    """The names that a text gives a value behind any SETTINGS; all of BOUNDS in it, where it has no tokens."""
    try:
        tokens = sqlglot.tokenize(sql, read="clickhouse")
    except TokenError:
        return [name for name in BOUNDS if name in sql.lower()]
    begin = next((at for at, token in enumerate(tokens) if token.text.upper() == "SETTINGS"), len(tokens))
    behind = tokens[begin:]
    return [
        name.text
        for name, sign in itertools.pairwise(behind)
        if sign.token_type is sqlglot.TokenType.EQ and name.token_type is not sqlglot.TokenType.STRING
    ]
