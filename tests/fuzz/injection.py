"""Texts that would be SQL or Cypher if anything let them: wherever a value may be given, it stays a value.

The ways in are those of users: the runner, commands, Bolt, its HTTP, the API, the console and mapping files, over an
engine with a small world, asked as the reading user. That a payload got out of its quotes shows in rows, in what the
engine cannot parse, or in a refusal that says what nobody should hear.
"""

import contextlib
import io
import json
import os
import re
import sys
import tempfile
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import neo4j
import urllib3
from neo4j.exceptions import Neo4jError

from ops.cli import main as c360
from ops.letters.letters import Filter, Letters
from producers.replay import mapping
from producers.replay.files import found as files_of
from producers.replay.reading import tables
from producers.replay.shaping import Shaper, meant
from queries import values
from queries.catalogue import Language, catalogue
from queries.cli import guessed
from queries.database import HttpDatabase
from queries.graph.bolt import wire
from queries.runner import Runner
from queries.values import is_unicode
from schemas.cli import exit_code
from schemas.clients import reader_client
from schemas.errors import QueryError, UsageError
from schemas.settings import settings
from tests.fuzz.injected import HARMLESS, THERE, Api, Console, masked
from tests.fuzz.target import Target
from tests.integration.queries.api.server import rolled_engine
from tests.integration.queries.bolt.server import bolt_server

#: The report that has rows for each category it is given, there or not.
REPEATS = "category_gaps"
#: Cypher that asks about a parameter in each place where one may stand.
PLACES = (
    "MATCH (c:Customer) WHERE c.name = $p RETURN count(*) AS n",
    "MATCH (c:Customer {segment: $p}) RETURN c.customer_id AS id ORDER BY id",
    "MATCH (c:Customer)-[:PURCHASED]->(p:Product) WHERE p.category IN [$p] RETURN count(*) AS n",
    "MATCH (c:Customer) WHERE c.name CONTAINS $p OR c.name STARTS WITH $p RETURN count(*) AS n",
    "MATCH (p:Product) RETURN CASE WHEN p.brand = $p THEN 1 ELSE 0 END AS x, count(*) AS n",
    "MATCH (k:Category {name: $p})<-[:BELONGS_TO]-(p) RETURN count(p) AS n",
)


#: The engine's errors of text that is no SQL, or names what is not there: of a value, that it was none.
GOT_OUT = re.compile(r"Code: (46|47|62)\b")
#: How many of the places each payload is sent to, beside those where it must come back.
SEVERAL = 8
#: Parameters for a question about a parameter, as drivers and PuppyGraph's clients ask it.
ECHO = "RETURN $p AS p, $l AS l, $m AS m"
MAPPING = """[[feed]]
stream = "products"
files = "*.csv"
[feed.columns]
product_id = "id"
[feed.constants]
name = {text}
category = "Books"
price = "1.00"
[feed.where]
kind = ["kept", {text}]
"""


class Injection(Target):
    """Each payload where it comes back, as a literal, a name, and in several of all places for a value."""

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
        engine, world = self._stack.enter_context(rolled_engine(Path(home) / "engine"))
        self._folder = Path(home)
        self._bolt = self._stack.enter_context(bolt_server(engine, world, self._folder))
        self._driver = self._stack.enter_context(neo4j.GraphDatabase.driver(self._bolt.uri, auth=self._bolt.auth))
        here = engine.settings()
        database = HttpDatabase(here)
        self._stack.callback(database.close)
        client = reader_client(here)
        self._stack.callback(client.close)
        # The API asks the rollups, all others the rows.
        self._runner = Runner(here.model_copy(update={"clickhouse_cluster": "none"}), database)
        self._letters = Letters(client)
        # What commands read.
        words = {
            "C360_CLICKHOUSE_URL": engine.url,
            "C360_CLICKHOUSE_READER_PASSWORD": engine.reader.password,
            "C360_CLICKHOUSE_CLUSTER": "none",
            "C360_HOME": home,
        }
        self._stack.enter_context(mock.patch.dict(os.environ, words))
        settings.cache_clear()
        self._stack.callback(settings.cache_clear)
        self._checks: list[Callable[[str], bool]] = [
            *self._reports(),
            *self._places(),
            *self._filters(),
            *self._commands(),
            self._over_bolt,
            self._over_http,
            self._by_a_mapping,
        ]
        # Apart from the others, so that each payload goes to some of them.
        self._doors = [*self._of(Api(here, world)), *self._of(Console(here, world, self._runner))]
        self._harmless: dict[str, Any] = {}

    def close(self) -> None:
        self._stack.close()

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data.decode("utf-8", "surrogateescape")) for data in inputs]

    def _of(self, way: Api | Console) -> list[Callable[[str], bool]]:
        self._stack.callback(way.close)
        return way.checks

    def _one(self, text: str) -> bool:
        taken = [self._comes_back(text), self._is_a_literal(text)]
        assert all(taken) == is_unicode(text), f"{text!r} does not come back"
        for checks in (self._checks, self._doors):
            first, step = divmod(zlib.crc32(text.encode("utf-8", "surrogateescape")), len(checks))
            for place in dict.fromkeys((step + first * number) % len(checks) for number in range(SEVERAL)):
                checks[place](text)
        return all([*taken, self._is_a_name(text)])

    def _comes_back(self, text: str) -> bool:
        """As a parameter of a driver's, alone, in a list and in a map."""
        given = wire.parameters({"p": text, "l": [text, "x"], "m": {"k": text}})
        return self._answers("RETURN $p AS p, $l AS l, $m AS m", given, [(text, [text, "x"], {"k": text})])

    def _is_a_literal(self, text: str) -> bool:
        literal = quoted(text)
        return self._answers(f"RETURN {literal} AS p, size({literal}) AS n", {}, [(text, len(text))])

    def _is_a_name(self, text: str) -> bool:
        name = "`" + text.replace("`", "``") + "`"
        try:
            result = self._runner.cypher_text(f"WITH 1 AS {name} RETURN {name} AS {name}, 2 AS b")
        except (QueryError, UsageError) as error:
            return is_refusal(error)
        assert (result.columns, result.rows) == ((text, "b"), [(1, 2)])
        return True

    def _answers(self, query: str, given: dict[str, Any], rows: list[Any]) -> bool:
        try:
            result = self._runner.cypher_text(query, given)
        except (QueryError, UsageError) as error:
            return is_refusal(error)
        assert result.rows == rows, f"{result.rows!r} instead of {rows!r}"
        return True

    def _same(self, key: str, ask: Callable[[str], Any], text: str) -> bool:
        """What is answered to a harmless text, or a refusal in one line."""
        if key not in self._harmless:
            self._harmless[key] = _answered(ask, HARMLESS)
        found = _answered(ask, text)
        if isinstance(found, str):
            return False
        assert masked(found, text) == self._harmless[key], f"{key}: {found!r} instead of {self._harmless[key]!r}"
        return True

    def _reports(self) -> list[Callable[[str], bool]]:
        """Parameters of all reports and written Cypher, as the command line gives them."""

        def check(language: Language, query: str, name: str, kind: str) -> Callable[[str], bool]:
            run = self._runner.sql if language == "sql" else self._runner.cypher
            if kind in {"Array(String)", "List<String>"}:
                is_other = _names_no_one_category if query == REPEATS else _names_what_is_there
                return lambda text: (
                    is_other(text) or self._same(f"{query} {name}", lambda p: run(query, {name: p}).rows, text)
                )
            if kind == "String":
                return lambda text: (
                    text in THERE or self._same(f"{query} {name}", lambda p: run(query, {name: p}).rows, text)
                )
            return lambda text: isinstance(_answered(lambda p: run(query, {name: p}).rows, text), list)

        kinds: tuple[Language, ...] = ("sql", "cypher")
        return [
            check(language, query.name, parameter.name, parameter.type)
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
            self._where,
        ]

    def _where(self, text: str) -> bool:
        """The one place for SQL, in which a payload may be any, and wrong."""
        try:
            self._letters.counts(Filter(where=text))
        except (QueryError, UsageError):
            return False
        return True

    def _commands(self) -> list[Callable[[str], bool]]:
        """The command line: parameters of one report and one query, of texts, and words of other commands."""

        def check(*words: str) -> Callable[[str], bool]:
            key = " ".join(words)
            return lambda text: (
                text in THERE
                # A query's or customer's number, which no payload is.
                or bool(re.fullmatch(r"\s*[+-]?\d+\s*", text))
                or self._same(key, lambda p: self._said([word.replace("~", p) for word in words]), text)
            )

        return [
            check("sql", "product_performance", "--param", "category=~", "--format", "json"),
            check("sql", "customer_segmentation", "--param", "as_of=~", "--format", "json"),
            check("cypher", "customer_purchases", "--param", "customer_id=~", "--format", "json"),
            check("sql", "~", "--format", "json"),
            check("cypher", "~", "--format", "json"),
            check("features", "--json", "--as-of", "~", "2"),
            check("features", "--json", "--", "~"),
            *(
                check("dead-letters", "list", "--json", name, "~")
                for name in ("--topic", "--reason", "--offsets", "--since", "--until", "--partition")
            ),
            # In one word, as the console says it.
            *(check("dead-letters", "list", "--json", f"{name}=~") for name in ("--topic", "--reason")),
            check("dead-letters", "show", "--json", "--", "~"),
            lambda text: self._comes_back_from("sql", "SELECT {p:String} AS p", text, text),
            lambda text: self._comes_back_from("cypher", "RETURN $p AS p", text, guessed(text)),
        ]

    def _comes_back_from(self, language: str, query: str, text: str, expected: object) -> bool:
        found = _answered(
            lambda p: self._said([language, "-", "--param", f"p={p}", "--format", "json"], stdin=query), text
        )
        if isinstance(found, str):
            return False
        assert found == [[expected]], f"{found!r} instead of {expected!r}"
        return True

    def _said(self, words: list[str], stdin: str = "") -> Any:
        """What a command answers, without how long it took.

        Raises:
            QueryError: it said an error, which must be one line.
        """
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch.object(sys, "stdin"):
            sys.stdin = io.StringIO(stdin)
            code = exit_code(c360, words, "c360")
        if code:
            said = err.getvalue()
            assert code in {1, 2}, said
            assert said.startswith("Error: "), said
            assert len(said.splitlines()) == 1, said
            raise QueryError(said)
        answer = json.loads(out.getvalue())
        return answer.get("rows", {key: value for key, value in answer.items() if key != "elapsed_ms"})

    def _over_bolt(self, text: str) -> bool:
        """By Neo4j's own driver, which takes no text that is none."""
        given = {"p": text, "l": [text, "x"], "m": {"k": text}}
        if not is_unicode(text):
            return False
        with self._driver.session() as session:
            try:
                (row,) = session.run(ECHO, given).values()
                literal = session.run(f"RETURN {quoted(text)} AS p").single()
            except Neo4jError as error:
                return is_refusal(error)
        assert row == list(given.values()), row
        assert literal is not None
        assert literal["p"] == text
        return True

    def _over_http(self, text: str) -> bool:
        user = b64encode(":".join(self._bolt.auth).encode()).decode()
        given = {"p": text, "l": [text, "x"], "m": {"k": text}}
        answer = urllib3.request(
            "POST",
            f"http://127.0.0.1:{self._bolt.http_port}/submitCypher",
            body=json.dumps({"query": ECHO, "parameters": given}),
            headers={"Authorization": f"Basic {user}"},
            retries=False,
        )
        assert answer.status in {200, 400}, answer.data
        if answer.status == 400:
            return is_refusal(QueryError(answer.json()["error"]))
        assert answer.json()[0]["Values"] == list(given.values()), answer.json()
        return True

    def _by_a_mapping(self, text: str) -> bool:
        """A file's rows take the text as it is, and none of them is chosen by it."""
        path, rows = self._folder / "m.toml", self._folder / "a.csv"
        rows.write_text("id,kind\n1,kept\n2,other\n", encoding="utf-8")
        try:
            path.write_text(MAPPING.format(text=json.dumps(text)), encoding="utf-8")
            feed = mapping.read(path).feed[0]
        except UsageError as error:
            return is_refusal(error)
        (file,) = files_of([str(rows)])
        shaped = Shaper(feed, 0).shape(meant(next(tables(file, feed)), feed))
        assert len(shaped.frame) + len(shaped.rejects) == 1 + (text.strip() == "other")
        assert all(name in {text, text.strip()} for name in shaped.frame["name"]), shaped.frame
        return not shaped.rejects


def _answered(ask: Callable[[str], Any], text: str) -> Any:
    """The answer, or the line of a refusal."""
    try:
        return ask(text)
    except (QueryError, UsageError) as error:
        is_refusal(error)
        return str(error)


def _names_what_is_there(text: str) -> bool:
    """Whether a list that is written so has something of the world, or is empty, which means all."""
    items = _items(text)
    return items is not None and (not items or bool(THERE & set(items)))


def _names_no_one_category(text: str) -> bool:
    """Whether a list that is written so is no single item that is nobody: each item has rows of its own."""
    items = _items(text)
    return items is not None and (items != [text] or text in THERE)


def _items(text: str) -> list[str] | None:
    """A list that is written so; None where it is none."""
    try:
        items: Any = values.read("segments", "Array(String)", text)
    except UsageError:
        return None
    return list(items)


def quoted(text: str) -> str:
    """A literal of Cypher."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def is_refusal(error: Exception) -> bool:
    """Never taken; raises where it is no refusal but the engine at a loss with a payload as SQL."""
    assert str(error), "a refusal without a word"
    assert not GOT_OUT.search(str(error)), f"it got out of its quotes: {error}"
    return False
