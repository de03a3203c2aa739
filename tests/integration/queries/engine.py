"""The ClickHouse engine in a process of its own, since closing one spoils the process for others; or over HTTP."""

import contextlib
import datetime as dt
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

from clickhouse_connect.driver.client import Client

from queries.database import Table, one_line, table_of
from schemas.errors import QueryError
from schemas.settings import Settings
from sinks.statements import ingestion, tables
from tests.support.waiting import GIVE_UP

#: SQL, its parameters, and the format of its answer.
Statement = tuple[str, dict[str, str], str]


class Engine(Protocol):
    """Whatever runs statements and answers questions."""

    def execute(self, sql: str) -> object:
        """Runs a statement."""
        ...

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """See queries.database.Database."""
        ...


class HttpEngine:
    """One that is there already, by a client of its HTTP interface."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def execute(self, sql: str) -> object:
        """Runs a statement."""
        return self._client.command(sql)

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """See queries.database.Database."""
        return table_of(self._client.query(sql, parameters=dict(parameters), settings=dict(settings)))


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    import chdb

    connection = chdb.connect(":memory:")  # type: ignore[no-untyped-call]  # it ships without types
    while (request := pickle.load(requests)) is not None:
        pickle.dump([_answer(connection, *statement) for statement in request], answers)
        answers.flush()
    connection.close()


def _answer(connection: Any, sql: str, parameters: dict[str, str], output: str) -> tuple[bool, bytes]:
    try:
        return True, bytes(connection.query(sql, output, params=parameters).bytes() or b"")
    except RuntimeError as error:
        # What the query had written before it failed would come before the next answer.
        connection.query("SELECT 1", "Null")
        return False, str(error).encode()


class ChildDatabase:
    """An engine in memory, with the tables laid down."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests, self._answers = requests, answers
        self._settings: dict[str, int | str] = {}

    def execute(self, sql: str, output: str = "Null", parameters: Mapping[str, str] | None = None) -> bytes:
        """Runs a statement."""
        (answer,) = self.execute_all([(sql, dict(parameters or {}), output)])
        if isinstance(answer, QueryError):
            raise answer
        return answer

    def execute_all(self, statements: Sequence[Statement]) -> list[bytes | QueryError]:
        """Runs them one after the other, whatever becomes of each: what it answers, or what it is refused with."""
        pickle.dump(list(statements), self._requests)
        self._requests.flush()
        return [
            answer if done else QueryError(one_line(answer.decode("utf-8", "backslashreplace")))
            for done, answer in pickle.load(self._answers)
        ]

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """See queries.database.Database."""
        for name, value in settings.items():
            if self._settings.get(name) != value:
                self.execute(f"SET {name} = {value!r}")
                self._settings[name] = value
        answer = json.loads(self.execute(sql, "JSONCompact", parameters))
        types = [column["type"] for column in answer["meta"]]
        rows = [tuple(_read(kind, value) for kind, value in zip(types, row, strict=True)) for row in answer["data"]]
        return Table(tuple(column["name"] for column in answer["meta"]), rows)


@contextlib.contextmanager
def child_database() -> Iterator[ChildDatabase]:
    """A database for the time of the block."""
    command = [sys.executable, "-m", "tests.integration.queries.engine"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])
    assert process.stdin is not None
    assert process.stdout is not None
    database = ChildDatabase(process.stdin, process.stdout)
    try:
        # The engine's own default database keeps no views that are replaced as a whole.
        database.execute("CREATE DATABASE customer360")
        database.execute("USE customer360")
        database.execute("SET output_format_json_quote_decimals = 1, output_format_json_quote_64bit_integers = 0")
        database.execute("SET output_format_json_quote_denormals = 1")
        for statement in tables(Settings()):
            database.execute(statement)
        yield database
    finally:
        end(process)


def feeding() -> Iterator[str]:
    """The views that feed the tables, on streams (stream_customers, ...) that take inserts in place of Kafka."""
    for statement in ingestion(Settings()):
        queue = re.search(r"^CREATE TABLE queue_(\w+)\s*\((.*?)\n\)\s*ENGINE", statement, re.MULTILINE | re.DOTALL)
        if queue is not None:
            yield f"CREATE TABLE stream_{queue[1]} ({queue[2]}, record_error String) ENGINE = Null"
        elif re.search(r"^CREATE MATERIALIZED VIEW keep_(?!external_ids|\w+_letters)", statement, re.MULTILINE):
            yield statement


@contextlib.contextmanager
def fed_database() -> Iterator[ChildDatabase]:
    """One with the views that feed the tables as well."""
    with child_database() as database:
        for statement in feeding():
            database.execute(statement)
        yield database


def end(process: "subprocess.Popen[bytes]") -> None:
    """Asks it to end, and makes it when it does not, because it hangs or has ended itself."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        pickle.dump(None, process.stdin)
    try:
        process.communicate(timeout=GIVE_UP)
    except (subprocess.TimeoutExpired, BrokenPipeError):
        process.kill()
        process.wait()


READERS: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("Decimal", Decimal),
    ("Float", float),
    ("DateTime", lambda text: dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)),
    ("Date", dt.date.fromisoformat),
)


def _read(kind: str, value: Any) -> Any:
    for wrapper in ("Nullable(", "LowCardinality("):
        if kind.startswith(wrapper):
            return _read(kind[len(wrapper) : -1], value)
    if value is None:
        return None
    if kind.startswith("Array("):
        return [_read(kind[6:-1], item) for item in value]
    return next((read(value) for start, read in READERS if kind.startswith(start)), value)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
