"""The Cypher compiler: each text is refused by name, or becomes SQL that the engine takes, over an empty world."""

import contextlib
import datetime as dt
import random
import re
import zlib
from decimal import Decimal
from typing import Any

from queries.catalogue import catalogue
from queries.graph.compiler import Compiled, Compiler
from queries.graph.functions import FUNCTIONS
from queries.graph.view import load_view
from schemas.errors import QueryError, UsageError
from tests.fuzz.mutation import mutated
from tests.fuzz.target import CORPUS, Target
from tests.integration.queries.engine import Statement, child_database
from tests.integration.queries.test_cypher import FIXED
from tests.integration.queries.values import VALUES
from tests.oracle.cypher.grammar import random_query

#: Numbers of the engine's errors that are about values, or about too much at once: whoever asks is told.
OF_VALUES = {6, 27, 36, 38, 41, 69, 72, 117, 128, 153, 407, 427, 457, 475}
OF_SIZE = {131, 158, 159, 161, 167, 168, 241, 306, 396}
#: What an error of types says where it is the value of a whole number that has no room in 64 bits.
NO_ROOM = re.compile(r"Code: 70\. DB::Exception: Value in column \w+ cannot be safely converted into type Int64: ")
SETTINGS = {"max_execution_time": 20, "max_memory_usage": 1 << 30, "max_result_rows": 100_000}
TOKEN = re.compile(
    r"\s+|`[^`]*`|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[A-Za-z_]\w*|\$\w+|\d+(?:\.\d+)?|<-|->|<=|>=|<>|=~|\.\.|."
)
WORDS = (
    *(CORPUS / "cypher.words").read_text(encoding="utf-8").splitlines(),
    *(f"{name}(" for name in sorted(FUNCTIONS)),
)
GIVEN: tuple[Any, ...] = (
    None, True, 0, -1, (1 << 63) - 1, 1.5, float("nan"), float("-inf"), "", "x'; DROP TABLE customers --", "\\", "\0",
    [], [1, 2], ["a", None], [[1], [2.5]], {}, {"a": {"b": [1]}}, dt.date(2025, 1, 1), Decimal("1.25"),
    dt.datetime(2025, 1, 1, tzinfo=dt.UTC), [1, "a"], {"x": [None]},
)  # fmt: skip


class Cypher(Target):
    """Texts by a grammar, the catalogue's with their tokens or bytes changed, and whatever comes."""

    name = "cypher"
    batch = 32
    words = tuple(word.encode() for word in WORDS)

    def __init__(self) -> None:
        super().__init__()
        self.seeds += [text.encode() for text in (*(one.text for one in catalogue("cypher")), *FIXED)]
        self._compilers = (Compiler(load_view()), Compiler(load_view(access=False)))
        self._stack = contextlib.ExitStack()
        self._start()

    def _start(self) -> None:
        self._database = self._stack.enter_context(child_database())
        for name, value in SETTINGS.items():
            self._database.execute(f"SET {name} = {value}")
        self._settings: dict[str, int | str] = {}

    def mend(self) -> None:
        self._stack.pop_all().close()
        self._start()

    def close(self) -> None:
        self._stack.close()

    def make(self, draw: random.Random) -> bytes:
        way = draw.random()
        if way < 0.3:
            return random_query(draw).text.encode()
        if way < 0.5:
            return _changed(random_query(draw).text, random_query(draw).text, draw).encode()
        if way < 0.8:
            one, other = (draw.choice(self.seeds).decode("utf-8", "replace") for _ in range(2))
            return _changed(one, other, draw).encode()
        if way < 0.95:
            return mutated(draw, self.seeds, self.words)
        return draw.choice(
            (draw.randbytes(draw.randrange(60)), " ".join(draw.choices(WORDS, k=draw.randrange(1, 30))).encode())
        )

    def judge(self, inputs: list[bytes]) -> list[bool]:
        texts = [data.decode("utf-8", "surrogateescape") for data in inputs]
        made = {place: one for place, text in enumerate(texts) if (one := self._compiled(text))}
        taken = self._are_taken(list(made.values()))
        verdicts = dict(zip(made, taken, strict=True))
        return [verdicts.get(place, False) for place in range(len(texts))]

    def _compiled(self, text: str) -> Compiled | None:
        compiler = self._compilers[zlib.crc32(text.encode("utf-8", "surrogateescape")) % 4 == 0]
        try:
            return compiler.compile(text, given(text))
        except (QueryError, UsageError):
            return None

    def _are_taken(self, made: list[Compiled]) -> list[bool]:
        """Whether the engine answers each; raises where it does not understand the SQL."""
        statements: list[Statement] = []
        places = []
        for one in made:
            for name, value in one.settings.items():
                if self._settings.get(name) != value:
                    statements.append((f"SET {name} = {value!r}", {}, "Null"))
                    self._settings[name] = value
            places.append(len(statements))
            statements.append((one.sql, one.parameters, "Null"))
        answers = self._database.execute_all(statements)
        for place, (sql, _, _) in enumerate(statements):
            assert place in places or isinstance(answers[place], bytes), f"{answers[place]!r}\n{sql}"
        return [is_taken(answers[place], one) for place, one in zip(places, made, strict=True)]


def is_taken(answer: bytes | QueryError, made: Compiled) -> bool:
    """Whether the engine answered; raises where it did not understand the SQL."""
    if isinstance(answer, bytes):
        return True
    code = re.match(r"Code: (\d+)", str(answer))
    number = int(code[1]) if code else None
    assert number in OF_VALUES | OF_SIZE or NO_ROOM.match(str(answer)), f"{answer}\n{made.sql}\n{made.parameters}"
    return False


def given(text: str) -> dict[str, Any]:
    """Values for all parameters that a text may name: those of the catalogue, or others, as the text has it."""
    found = {}
    for name in re.findall(r"\$`?(\w+)", text):
        chosen = zlib.crc32(f"{name}{text}".encode("utf-8", "surrogateescape"))
        if name in VALUES and chosen % 5:
            found[name] = VALUES[name]
        elif name != "nothing":
            found[name] = GIVEN[chosen % len(GIVEN)]
    return found


def _changed(text: str, other: str, draw: random.Random) -> str:
    """A text with some of its tokens gone, twice, others', or words of the language."""
    tokens, others = TOKEN.findall(text), TOKEN.findall(other)
    for _ in range(draw.choice((1, 1, 1, 2, 2, 3, 5))):
        at = draw.randrange(len(tokens) + 1)
        end = at + draw.choice((0, 1, 1, 1, 2, 5))
        start = draw.randrange(len(others) + 1)
        tokens[at:end] = draw.choice(
            (
                [],
                [draw.choice(WORDS)],
                [draw.choice(WORDS)],
                others[start : start + draw.choice((1, 1, 3, 9))],
                tokens[at:end] * 2,
            )
        )
    return "".join(tokens)
