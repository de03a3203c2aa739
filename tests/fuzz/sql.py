"""The SQL port: texts and parameters over HTTP as the user who may only read, on an engine with a small world.

An input is the words of the URL, as a form writes them, a line's end, and the body.
"""

import asyncio
import contextlib
import random
import re
from collections.abc import Callable
from string import Template
from urllib.parse import parse_qsl, urlencode

import aiohttp
from yarl import URL

from queries.catalogue import catalogue
from tests.fuzz.engine import SECRET, EngineTarget
from tests.fuzz.mutation import NUMBERS, mutated
from tests.fuzz.sql_grammar import FORMATS, Grammar
from tests.fuzz.target import CORPUS

#: Unless an input says otherwise: so small that many fit into an hour.
LIMITS = {
    "max_execution_time": "2",
    "max_memory_usage": str(300 << 20),
    "max_result_bytes": str(4 << 20),
    "max_threads": "2",
}
#: Seconds in which an answer has begun and ended, whatever else the machine does.
ANSWERED_WITHIN = 120
#: Of an answer no more is read: who asked hangs up.
LONGEST_ANSWER = 1 << 20
TOKEN = re.compile(r"\s+|'(?:[^'\\]|\\.)*'|`[^`]*`|\w+|\{[^}]*\}|<=|>=|!=|->|::|.", re.DOTALL)
WORDS = (CORPUS / "sql.words").read_text(encoding="utf-8").splitlines()
STATEMENTS = (CORPUS / "sql.statements").read_text(encoding="utf-8").splitlines()
VALUES = ("", "1", "5", "VIP", "x'; DROP TABLE customers --", "\\", "\\N", "\0", "é", "[1, 2]", "['a']", "{}", "nan",
          "2025-01-01", "2025-01-01 00:00:00", "customers", "system.tables", "file", "../x")  # fmt: skip
#: Values for the grammar's parameters, and a moment for those of the catalogue that is found in the data.
FITTING = {
    "a": "x",
    "b": "-1",
    "c": "['a']",
    "d": "2025-01-01 00:00:00",
    "t": "customers",
    "as_of": "2025-06-01 00:00:00",
}
OWN = ("database", "default_format", "query_id", "session_id", "session_timeout", "session_check", "compress",
       "decompress", "wait_end_of_query", "client_protocol_version", "enable_http_compression", "readonly", "param_a",
       "max_result_rows", "limit", "offset", "final", "x_structure", "role", "log_comment", "user",
       "extremes")  # fmt: skip


class Sql(EngineTarget):
    """The catalogue's SQL with its tokens, bytes or parameters changed, what would write, and texts by a grammar."""

    name = "sql"
    batch = 16
    words = tuple(word.encode() for word in WORDS)

    def __init__(self) -> None:
        super().__init__()
        # The world has no rollups.
        self._reports = [one.plain for one in catalogue("sql")]
        self._texts = [*self._reports, *STATEMENTS]
        declared = {parameter.name: parameter for one in catalogue("sql") for parameter in one.parameters}
        self._given = {name: one.default or one.fallback for name, one in declared.items()} | FITTING
        self._names = sorted(self._given)
        self.seeds += [asked(text, {}) for text in self._texts]
        found = self._writer.query("SELECT name FROM system.functions WHERE origin = 'System' ORDER BY name")
        self._functions = [str(name) for (name,) in found.result_rows]

    def make(self, draw: random.Random) -> bytes:
        way = draw.random()
        given = {f"param_{name}": value for name, value in self._given.items()}
        for _ in range(draw.choice((0, 0, 0, 1, 2, 9))):
            name = f"param_{draw.choice(self._names)}"
            given[name] = draw.choice(VALUES)
            if draw.random() < 0.2:
                del given[name]
        if draw.random() < 0.3:
            given[draw.choice(OWN)] = draw.choice((*VALUES, *(number.decode() for number in NUMBERS), *FORMATS))
        if way < 0.45:
            text = Grammar(draw, self._functions).query(draw.choice((0, 1, 1, 2, 3)))
        elif way < 0.75:
            # Most of what would write is refused as it is; the reports run.
            text = changed(draw.choice(draw.choice((self._reports, STATEMENTS))), draw.choice(self._texts), draw)
        elif way < 0.9:
            text = mutated(draw, [text.encode() for text in self._texts], self.words).decode("utf-8", "surrogateescape")
        else:
            return mutated(draw, self.seeds, self.words)
        return asked(text, given, in_body=draw.random() < 0.5)

    def judge(self, inputs: list[bytes]) -> list[bool]:
        answers = asyncio.run(self._answers(inputs))
        self._expect_unharmed()
        return [self._is_answer(*answer) for answer in answers]

    async def _answers(self, inputs: list[bytes]) -> list[tuple[int, bool, bytes]]:
        connector = aiohttp.TCPConnector(limit=self.batch)
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as client:
            return await asyncio.gather(*(self._asked(client, data) for data in inputs))

    async def _asked(self, client: aiohttp.ClientSession, data: bytes) -> tuple[int, bool, bytes]:
        """Status, whether the answer says that it is an error, and its first bytes."""
        reader = self._engine.reader
        head, _, body = (
            Template(data.decode("utf-8", "surrogateescape")).safe_substitute(host=self._host).partition("\n")
        )
        words = LIMITS | dict(parse_qsl(head, keep_blank_values=True, errors="surrogateescape"))
        url = URL(f"{self._engine.url}/?{urlencode(words, errors='surrogateescape')}", encoded=True)
        headers = {"X-ClickHouse-User": reader.name, "X-ClickHouse-Key": reader.password}
        content = body.encode("utf-8", "surrogateescape")
        async with (
            asyncio.timeout(ANSWERED_WITHIN),
            client.request("POST" if content else "GET", url, data=content or None, headers=headers) as answer,
        ):
            said = bytearray()
            with contextlib.suppress(aiohttp.ClientPayloadError):  # broken off behind its beginning: an error, told so
                async for piece in answer.content.iter_any():
                    said += piece
                    if len(said) > LONGEST_ANSWER:
                        break
            return answer.status, "X-ClickHouse-Exception-Code" in answer.headers, bytes(said)

    def _is_answer(self, status: int, is_error: bool, said: bytes) -> bool:
        assert SECRET.encode() not in said, said[:2000]
        if status == 200:
            return not is_error
        assert status < 600
        assert said.strip(), f"{status} without a word"
        # What is no request at all is refused by the HTTP server, before there is one.
        assert is_error or status in {400, 405, 413, 414}, (status, said[:2000])
        return False


def asked(text: str, given: dict[str, str], *, in_body: bool = False) -> bytes:
    """An input."""
    words = given if in_body else {"query": text, **given}
    head = urlencode(words, errors="surrogateescape", safe="${}")
    return f"{head}\n{text if in_body else ''}".encode("utf-8", "surrogateescape")


def changed(text: str, other: str, draw: random.Random) -> str:
    """A text with some of its tokens gone, twice, others' or words of the language."""
    tokens, others = TOKEN.findall(text), TOKEN.findall(other)
    ways: tuple[Callable[[int, int], list[str]], ...] = (
        lambda _, __: [],
        lambda _, __: [" ", draw.choice(WORDS), " "],
        lambda at, end: tokens[at:end] * 2,
        lambda _, __: others[(start := draw.randrange(len(others) + 1)) : start + draw.choice((1, 1, 3, 9))],
    )
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        at = draw.randrange(len(tokens) + 1)
        end = at + draw.choice((0, 1, 1, 1, 2, 5))
        tokens[at:end] = draw.choice(ways)(at, end)
    return "".join(tokens)
