"""The results of one transaction: of a single statement, or of all between BEGIN and COMMIT."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from queries.graph.bolt import metrics
from queries.graph.bolt.faults import CLIENT_TIMED_OUT, INVALID, Fault
from queries.graph.bolt.graph import Result

#: Results that may be open in one transaction.
MOST_RESULTS = 16
#: Rows that are taken at once.
BATCH = 512

Emit = Callable[[Sequence[Sequence[Any]]], Awaitable[None]]


class Answering(Protocol):
    """Whoever answers texts; queries.graph.bolt.graph.Graph does."""

    databases: tuple[str, ...]

    def expect_database(self, name: str | None) -> None:
        """Refuses a database that is not there."""
        ...

    async def run(self, text: str, given: Mapping[str, Any]) -> Result:
        """Begins to answer."""
        ...


@dataclass(frozen=True)
class Options:
    """What RUN and BEGIN say about a transaction; `seconds` is None without a limit."""

    database: str | None
    seconds: float | None


@dataclass
class _Open:
    result: Result
    asked: float
    rows: int = 0


@dataclass(frozen=True)
class Taken:
    """What a PULL or DISCARD leaves: more rows; or none, after so many and so many milliseconds."""

    more: bool
    rows: int = 0
    milliseconds: int = 0


class Transaction:
    """Its results by number; all have ended when it is closed."""

    def __init__(self, graph: Answering, options: Options, *, explicit: bool) -> None:
        self.options = options
        self.explicit = explicit
        self._graph = graph
        self._open: dict[int, _Open] = {}
        self._next = 0
        self._until = None if options.seconds is None else time.monotonic() + options.seconds

    @property
    def streaming(self) -> bool:
        """Whether a result has rows that nobody has taken."""
        return bool(self._open)

    async def run(self, text: str, given: Mapping[str, Any]) -> tuple[int, tuple[str, ...], int]:
        """Number and columns of a new result, and the milliseconds it took to begin."""
        if len(self._open) >= MOST_RESULTS:
            raise Fault(INVALID, f"{MOST_RESULTS} results are open in this transaction: take or discard some first.")
        asked = time.monotonic()
        async with self._in_time():
            result = await self._graph.run(text, given)
        number, self._next = self._next, self._next + 1
        self._open[number] = _Open(result, asked)
        return number, result.columns, _milliseconds(asked)

    async def pull(self, count: int, number: int, emit: Emit) -> Taken:
        """Gives the next rows of a result to `emit`, all for -1; the last result's for the number -1."""
        number, one = self._numbered(number)
        left = count
        async with self._in_time():
            while left and (rows := await one.result.batch(min(left, BATCH) if left > 0 else BATCH)):
                if not one.rows:
                    metrics.first_row().observe(time.monotonic() - one.asked)
                one.rows += len(rows)
                left -= len(rows) if left > 0 else 0
                metrics.rows().inc(len(rows))
                await emit(rows)
            if await one.result.more():
                return Taken(more=True)
        await self._end(number)
        return Taken(False, one.rows, _milliseconds(one.asked))

    async def discard(self, count: int, number: int) -> Taken:
        """Passes over the next rows of a result; all of them end it at once, whatever it still would bring."""
        number, one = self._numbered(number)
        if count < 0:
            await self._end(number)
            return Taken(False, one.rows, _milliseconds(one.asked))

        async def forget(_: Sequence[Sequence[Any]]) -> None:
            return None

        return await self.pull(count, number, forget)

    async def close(self) -> None:
        """Ends every result."""
        for number in list(self._open):
            await self._end(number)

    def _numbered(self, number: int) -> tuple[int, _Open]:
        wanted = self._next - 1 if number == -1 else number
        if wanted not in self._open:
            raise Fault(INVALID, f"There is no open result {wanted}.")
        return wanted, self._open[wanted]

    async def _end(self, number: int) -> None:
        await self._open.pop(number).result.close()

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        left = None if self._until is None else max(0.0, self._until - time.monotonic())
        try:
            async with asyncio.timeout(left):
                yield
        except TimeoutError:
            raise Fault(
                CLIENT_TIMED_OUT, f"The transaction took longer than the {self.options.seconds:g} s that it was given."
            ) from None


def _milliseconds(since: float) -> int:
    return int(1000 * (time.monotonic() - since))
