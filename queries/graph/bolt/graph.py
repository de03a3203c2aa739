"""The graph as a session sees it: a text and parameters in, columns and rows out, as they are asked for."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from queries import metrics
from queries.catalogue import log_comment, name_of
from queries.graph.bolt import wire
from queries.graph.bolt.answers import ClickHouse
from queries.graph.bolt.builtin import Builtin, Fixed
from queries.graph.bolt.compiling import COMPILE_SECONDS, OneThread, TooLongError
from queries.graph.bolt.faults import ARGUMENT, NO_DATABASE, TYPE, Fault, fault_of
from queries.graph.view import load_view
from schemas.errors import C360Error
from schemas.settings import Settings

if TYPE_CHECKING:
    from queries.graph.compiler import Compiled, Compiler


class Rows(Protocol):
    """Rows that come as they are asked for."""

    async def batch(self, most: int) -> list[list[Any]]:
        """The next rows, at most so many; none at the end."""
        ...

    async def more(self) -> bool:
        """Whether there is another row."""
        ...

    async def close(self) -> None:
        """Ends what still runs."""
        ...


#: Bytes of a statement: ClickHouse's default of max_query_size.
LONGEST_SQL = 1 << 18

Shown = Callable[[Iterable[Any]], Iterable[Sequence[Any]]]


class Result:
    """An answer in the making. Every error is a Fault.

    `shown` makes a graph's values of what the rows hold.
    """

    def __init__(self, columns: tuple[str, ...], rows: Rows, shown: Shown = iter) -> None:
        self.columns = columns
        self._rows = rows
        self._shown = shown

    async def batch(self, most: int) -> list[Sequence[Any]]:
        """The next rows, at most so many; none at the end."""
        with _faults():
            return list(self._shown(await self._rows.batch(most)))

    async def more(self) -> bool:
        """Whether there is another row."""
        with _faults():
            return await self._rows.more()

    async def close(self) -> None:
        """Ends what still runs."""
        await self._rows.close()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except C360Error as error:
        raise fault_of(error) from None
    except ValueError as error:
        raise Fault(TYPE, f"The answer cannot be shown: {error}.") from None


class Graph:
    """Answers texts over the view. One for all sessions of a server."""

    def __init__(self, settings: Settings, clickhouse: ClickHouse) -> None:
        self.databases = tuple(dict.fromkeys((settings.clickhouse_database, "neo4j")))
        self._clickhouse = clickhouse
        self._builtin = Builtin(
            load_view(), self.databases, settings.bolt_user, f"{settings.bolt_host}:{settings.bolt_port}"
        )
        # One thread: the compiler is not made for several, and a long text must not hold up the sessions.
        self._thread = OneThread()
        self._made_compiler: Compiler | None = None

    def expect_database(self, name: str | None) -> None:
        """Refuses a database that is not there.

        Raises:
            Fault: saying which are.
        """
        if name and name.lower() not in (*self.databases, "system"):
            there = ", ".join(self.databases)
            raise Fault(NO_DATABASE, f"There is no database '{name}'. There is one, called {there}.")

    async def run(self, text: str, given: Mapping[str, Any]) -> Result:
        """Begins to answer.

        Raises:
            Fault: the text is broken, would write or is not supported, or a parameter is missing or wrong.
        """
        try:
            fixed = self._builtin.answer(text)
            if fixed is not None:
                return Result(fixed.columns, _Known(fixed))
            compiled = await self._thread.run(lambda: self._compile(text, wire.parameters(given)))
        except TooLongError:
            self._made_compiler = None  # it may have been left half done
            metrics.errors().labels("cypher", TooLongError.__name__).inc()
            raise Fault(
                ARGUMENT, f"The query takes more than {COMPILE_SECONDS:g} s to be understood: write it shorter."
            ) from None
        except C360Error as error:
            metrics.errors().labels("cypher", type(error).__name__).inc()
            raise fault_of(error) from None
        if len(compiled.sql.encode()) > LONGEST_SQL:
            raise Fault(
                ARGUMENT,
                f"The query is too long: give long values as parameters. {len(compiled.sql)} bytes "
                f"of SQL come of it, and ClickHouse takes {LONGEST_SQL}.",
            )
        settings = {**compiled.settings, **log_comment("cypher", name_of("cypher", text))}
        answer = self._clickhouse.ask(compiled.sql, compiled.parameters, settings)
        return Result(compiled.columns, answer, compiled.rows)

    async def warm(self) -> None:
        """Loads what the first query would have to wait for."""
        await self._thread.run(lambda: self._compile("RETURN 1", {}), unlimited=True)

    def close(self) -> None:
        """Ends the thread."""
        self._thread.close()

    def _compile(self, text: str, parameters: Mapping[str, Any]) -> "Compiled":
        if self._made_compiler is None:
            from queries.graph.compiler import Compiler

            self._made_compiler = Compiler(load_view())
        start = time.perf_counter()
        compiled = self._made_compiler.compile(text, parameters)
        metrics.compile_time().observe(time.perf_counter() - start)
        return compiled


class _Known:
    def __init__(self, fixed: Fixed) -> None:
        self._rows = list(fixed.rows)

    async def batch(self, most: int) -> list[list[Any]]:
        taken, self._rows = self._rows[:most], self._rows[most:]
        return taken

    async def more(self) -> bool:
        return bool(self._rows)

    async def close(self) -> None:
        self._rows = []
