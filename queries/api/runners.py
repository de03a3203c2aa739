"""Reports and Cypher on threads of their own, whose statements go over the event loop and end with the request."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from queries.api.clickhouse import ClickHouse
from queries.api.turns import Turns
from queries.database import Table
from queries.runner import Runner
from schemas.errors import QueryError
from schemas.settings import Settings

T = TypeVar("T")


class _Call:
    """One question from its beginning to its end; the statement that it waits for can be taken from it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._lock = threading.Lock()
        self._waiting: concurrent.futures.Future[Table] | None = None
        self._ended = False

    def wait(self, begin: Callable[[], "concurrent.futures.Future[Table]"]) -> Table:
        """Begins a statement and waits for its answer, unless the call has ended."""
        with self._lock:
            if self._ended:
                raise QueryError("Nobody waits for the answer any more.")
            self._waiting = begin()
        try:
            return self._waiting.result()
        except concurrent.futures.CancelledError:
            raise QueryError("Nobody waits for the answer any more.") from None

    def end(self) -> None:
        """Cancels what it waits for, and lets nothing else begin."""
        with self._lock:
            self._ended = True
            if self._waiting is not None:
                self._waiting.cancel()


class _Bridge:
    """The database as a runner on a thread sees it (queries.database.Database)."""

    def __init__(self, clickhouse: ClickHouse, call: _Call) -> None:
        self._clickhouse = clickhouse
        self.call = call

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """Runs one statement."""
        return self.call.wait(
            lambda: asyncio.run_coroutine_threadsafe(self._clickhouse.ask(sql, parameters, settings), self.call.loop)
        )


class Runners:
    """A runner for each of C360_API_QUERIES threads. Made and used within one event loop."""

    def __init__(self, settings: Settings, clickhouse: ClickHouse) -> None:
        self._settings, self._clickhouse = settings, clickhouse
        self._turns = Turns(
            settings.api_queries,
            f"{settings.api_queries} queries run, which is the limit, and none has ended for {{seconds}} s. Try again, "
            "or raise C360_API_QUERIES.",
        )
        self._threads = ThreadPoolExecutor(settings.api_queries, thread_name_prefix="ask")
        self._own = threading.local()

    async def run(self, ask: Callable[[Runner], T]) -> T:
        """What `ask` answers on a thread of its own; its statements end when this is cancelled.

        Raises:
            BusyError: no thread came free.
            C360Error: what `ask` raises.
        """
        loop = asyncio.get_running_loop()
        call = _Call(loop)
        await self._turns.take()
        try:
            return await loop.run_in_executor(self._threads, self._on_thread, call, ask)
        except asyncio.CancelledError:
            call.end()
            raise
        finally:
            self._turns.release()

    def close(self) -> None:
        """Ends the threads, once what they do has ended."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _on_thread(self, call: _Call, ask: Callable[[Runner], T]) -> T:
        if not hasattr(self._own, "runner"):
            self._own.bridge = _Bridge(self._clickhouse, call)
            self._own.runner = Runner(self._settings, self._own.bridge)
        self._own.bridge.call = call
        return ask(self._own.runner)
