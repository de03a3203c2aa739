"""Texts that would be SQL or Cypher if anything let them: wherever a value may be given, it stays a value.

Over the reading user's own way: clickhouse-connect, HTTP, an engine with a small world.
"""

import contextlib
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops.letters.letters import Filter, Letters
from queries.catalogue import Language, catalogue
from queries.database import HttpDatabase
from queries.graph.bolt import wire
from queries.runner import Runner
from queries.values import is_unicode
from schemas.clients import reader_client
from schemas.errors import QueryError, UsageError
from schemas.settings import Settings
from tests.fuzz.target import Target
from tests.integration.queries.bolt.server import world_engine

#: A text that is nothing and nobody.
HARMLESS = "zzz nobody"
#: Cypher that asks about a parameter in each place where one may stand.
PLACES = (
    "MATCH (c:Customer) WHERE c.name = $p RETURN count(*) AS n",
    "MATCH (c:Customer {segment: $p}) RETURN c.customer_id AS id ORDER BY id",
    "MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE p.category IN [$p] RETURN count(*) AS n",
    "MATCH (c:Customer) WHERE c.name CONTAINS $p OR c.name STARTS WITH $p RETURN count(*) AS n",
    "MATCH (p:Product) RETURN CASE WHEN p.brand = $p THEN 1 ELSE 0 END AS x, count(*) AS n",
    "MATCH (k:Category {name: $p})<-[:BELONGS_TO]-(p) RETURN count(p) AS n",
)


class Injection(Target):
    """Each payload as a parameter that comes back, as a literal, a name, and in one of all places for a value."""

    name = "injection"
    words = tuple(
        word.encode()
        for word in (
            "'",
            "\\",
            "`",
            '"',
            "--",
            "/*",
            "*/",
            ";",
            ")",
            "(",
            "{x:String}",
            "$p",
            "%s",
            "\0",
            "\n",
            " OR 1=1",
            "''",
        )
    )

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        home = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-"))
        engine, _ = self._stack.enter_context(world_engine(Path(home)))
        settings = Settings(clickhouse_url=engine.url, clickhouse_reader_password=engine.reader.password)
        database = HttpDatabase(settings)
        self._stack.callback(database.close)
        client = reader_client(settings)
        self._stack.callback(client.close)
        # The world has no rollups.
        self._runner = Runner(settings.model_copy(update={"clickhouse_cluster": "none"}), database)
        self._letters = Letters(client)
        self._checks: list[Callable[[str], bool]] = [*self._reports(), *self._places(), *self._filters()]
        self._harmless: dict[str, Any] = {}

    def close(self) -> None:
        self._stack.close()

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data.decode("utf-8", "surrogateescape")) for data in inputs]

    def _one(self, text: str) -> bool:
        chosen = self._checks[zlib.crc32(text.encode("utf-8", "surrogateescape")) % len(self._checks)]
        taken = [self._comes_back(text), self._is_a_literal(text)]
        assert all(taken) == is_unicode(text), f"{text!r} does not come back"
        return all([*taken, self._is_a_name(text), chosen(text)])

    def _comes_back(self, text: str) -> bool:
        """As a parameter of a driver's, alone, in a list and in a map."""
        given = wire.parameters({"p": text, "l": [text, "x"], "m": {"k": text}})
        return self._answers("RETURN $p AS p, $l AS l, $m AS m", given, [(text, [text, "x"], {"k": text})])

    def _is_a_literal(self, text: str) -> bool:
        literal = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return self._answers(f"RETURN {literal} AS p, size({literal}) AS n", {}, [(text, len(text))])

    def _is_a_name(self, text: str) -> bool:
        name = "`" + text.replace("`", "``") + "`"
        try:
            result = self._runner.cypher_text(f"WITH 1 AS {name} RETURN {name} AS {name}, 2 AS b")
        except (QueryError, UsageError) as error:
            return _one_line(error)
        assert (result.columns, result.rows) == ((text, "b"), [(1, 2)])
        return True

    def _answers(self, query: str, given: dict[str, Any], rows: list[Any]) -> bool:
        try:
            result = self._runner.cypher_text(query, given)
        except (QueryError, UsageError) as error:
            return _one_line(error)
        assert result.rows == rows, f"{result.rows!r} instead of {rows!r}"
        return True

    def _same(self, key: str, ask: Callable[[str], Any], text: str) -> bool:
        """What is answered to a harmless text, or a refusal in one line."""
        if key not in self._harmless:
            self._harmless[key] = _answered(ask, HARMLESS)
        found = _answered(ask, text)
        if isinstance(found, str):
            return False
        assert found == self._harmless[key], f"{key}: {found!r} instead of {self._harmless[key]!r}"
        return True

    def _reports(self) -> list[Callable[[str], bool]]:
        """Parameters of all reports and written Cypher, as the command line gives them."""

        def check(language: Language, query: str, name: str, is_text: bool) -> Callable[[str], bool]:
            run = self._runner.sql if language == "sql" else self._runner.cypher
            if is_text:
                return lambda text: (
                    text in THERE or self._same(f"{query} {name}", lambda p: run(query, {name: p}).rows, text)
                )
            return lambda text: isinstance(_answered(lambda p: run(query, {name: p}).rows, text), list)

        kinds: tuple[Language, ...] = ("sql", "cypher")
        return [
            check(language, query.name, parameter.name, parameter.type in {"String", "Array(String)", "List<String>"})
            for language in kinds
            for query in catalogue(language)
            for parameter in query.parameters
        ]

    def _places(self) -> list[Callable[[str], bool]]:
        def check(query: str) -> Callable[[str], bool]:
            return lambda text: (
                text in THERE or self._same(query, lambda p: self._runner.cypher_text(query, {"p": p}).rows, text)
            )

        return [check(query) for query in PLACES]

    def _filters(self) -> list[Callable[[str], bool]]:
        """Of dead letters; `--where` is SQL by its nature, of the user who may only read."""
        asks: list[Callable[[str], Any]] = [
            lambda p: self._letters.counts(Filter(topic=p)),
            lambda p: self._letters.counts(Filter(reader=p)),
            lambda p: self._letters.newest(Filter(reason=p), 10),
        ]

        def check(key: str, ask: Callable[[str], Any]) -> Callable[[str], bool]:
            return lambda text: self._same(key, ask, text)

        return [
            *(check(f"filter {number}", ask) for number, ask in enumerate(asks)),
            lambda text: isinstance(_answered(lambda p: self._letters.counts(Filter(where=p)), text), list),
        ]


#: What is in the world, so that it is no harmless text.
THERE = {"VIP", "Name 2", "", "N", "a", "e", "m", " "}


def _answered(ask: Callable[[str], Any], text: str) -> Any:
    """The answer, or the line of a refusal."""
    try:
        return ask(text)
    except (QueryError, UsageError) as error:
        _one_line(error)
        return str(error)


def _one_line(error: Exception) -> bool:
    assert str(error), "a refusal without a word"
    return False
