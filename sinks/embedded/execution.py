"""Runs statements on the engine's threads: formatted results into a pipe, inserts out of one, and ends them early."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sinks.embedded.engine import Connection, Engine, Result
from sinks.embedded.faults import (
    OF_THE_ENGINE,
    QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING,
    TOO_MANY_SIMULTANEOUS_QUERIES,
    ServerError,
    from_engine,
)
from sinks.embedded.native import at_revision
from sinks.embedded.pipes import Pipe
from sinks.embedded.statement import Statement

THREADS = 16
#: Bytes of a result that are gathered before any are handed on.
SHORT = 1 << 16
WAITING = 64
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:@-]")

#: How a query's text tells its id and its user, for KILL QUERY. The engine has ids of its own and one user.
QUERY_ID_SQL = r"extract(query, '^/\\* query_id=([^ ]*) ')"
USER_SQL = r"extract(query, '^/\\* query_id=[^ ]* user=([^ ]*) ')"


@dataclass(frozen=True)
class Stats:
    """What a query did, as X-ClickHouse-Summary tells it."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0
    body: bytes = b""  # the formatted answer where it did not go through a pipe

    def summary(self) -> dict[str, str]:
        """The header's fields."""
        return {
            "read_rows": str(self.read_rows),
            "read_bytes": str(self.read_bytes),
            "written_rows": str(self.written_rows),
            "written_bytes": str(self.written_bytes),
            "total_rows_to_read": "0",
            "result_rows": str(self.result_rows),
            "result_bytes": str(self.result_bytes),
            "elapsed_ns": str(self.elapsed_ns),
        }


Work = Callable[[Connection], Stats]


@dataclass
class Running:
    """One query from its request to its end."""

    query_id: str
    user: str
    started: float = field(default_factory=time.monotonic)
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def tag(self) -> str:
        """The comment in front of its text."""
        return f"/* query_id={sanitize(self.query_id)} user={sanitize(self.user)} */ "


def sanitize(word: str) -> str:
    """A word that can stand in a comment and in a quoted string."""
    return _UNSAFE.sub("_", word)


class Executor:
    """The engine's threads and what runs on them. Used from the event loop alone."""

    def __init__(self, engine: Engine) -> None:
        self.running: dict[str, Running] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}  # of each user, so that nobody waits for another's queries
        self._kills = ThreadPoolExecutor(1, thread_name_prefix="kill")
        self._admin = engine.connect("c360_writer")

    @contextmanager
    def registered(self, query_id: str, user: str) -> Iterator[Running]:
        """A place among the running queries.

        Raises:
            ServerError: the id is taken, or too many are waiting.
        """
        # As the query's text tells it: KILL QUERY must not mean two.
        name = sanitize(query_id)
        if name in self.running:
            raise ServerError(QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, f"Query with id = {query_id} is already running")
        others = sum(running.user == user for running in self.running.values())
        if others >= THREADS + WAITING:
            raise ServerError(TOO_MANY_SIMULTANEOUS_QUERIES, f"Too many simultaneous queries of {user}: {others}")
        running = self.running[name] = Running(query_id, user)
        try:
            yield running
        finally:
            del self.running[name]

    def submit(
        self, running: Running, connection: AbstractContextManager[Connection], work: Work
    ) -> asyncio.Future[Stats]:
        """Runs the work on a thread; errors are ServerError. Shield the future: a thread cannot be taken back."""

        def run() -> Stats:
            try:
                with connection as lent:
                    if running.cancelled.is_set():
                        raise RuntimeError("Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)")
                    return work(lent)
            except (RuntimeError, UnicodeDecodeError) as error:
                if isinstance(error, UnicodeDecodeError) and not error.object.startswith(OF_THE_ENGINE):
                    raise
                raise from_engine(error) from None

        if running.user not in self._threads:
            self._threads[running.user] = ThreadPoolExecutor(THREADS, thread_name_prefix=f"query-{running.user}")
        future = asyncio.get_running_loop().run_in_executor(self._threads[running.user], run)
        future.add_done_callback(_looked_at)
        return future

    async def cancel(
        self, running: Running, future: asyncio.Future[Stats], once_killed: Callable[[], None] = lambda: None
    ) -> None:
        """Ends a query for good, whether it waits, runs, or is about to begin.

        Args:
            once_killed: wakes a query that waits for its data; called when it can no longer take them for complete.
        """
        running.cancelled.set()
        loop = asyncio.get_running_loop()
        kill = f"KILL QUERY WHERE {QUERY_ID_SQL} = '{sanitize(running.query_id)}' ASYNC"
        while not future.done():
            found = await loop.run_in_executor(self._kills, self._admin.query, kill)
            if found.size():
                once_killed()
            await asyncio.wait([future], timeout=0.1)

    async def close(self) -> None:
        """Waits for the threads; nothing may be submitted afterwards."""
        for threads in self._threads.values():
            await asyncio.to_thread(threads.shutdown, wait=True)
        await asyncio.to_thread(self._kills.shutdown, wait=True)
        self._admin.close()


def _looked_at(future: asyncio.Future[Stats]) -> None:
    """An error that nobody waits for any more is not reported as lost: the client has gone."""
    if not future.cancelled():
        future.exception()


def stats_of(result: Result, body: bytes = b"") -> Stats:
    """The figures of a finished query."""
    return Stats(
        read_rows=result.storage_rows_read(),
        read_bytes=result.storage_bytes_read(),
        written_rows=result.rows_written(),
        written_bytes=result.bytes_written(),
        result_rows=result.rows_read(),
        result_bytes=result.bytes_read(),
        elapsed_ns=int(result.elapsed() * 1e9),
        body=body,
    )


def command(sql: str, output_format: str, parameters: Mapping[str, str], revision: int) -> Work:
    """A statement with no answer, or one of a single block."""

    def work(connection: Connection) -> Stats:
        result = connection.query(sql, output_format, params=parameters)
        body = result.bytes()
        return stats_of(result, at_revision(body, revision) if body and output_format == "Native" else body)

    return work


def formatted(tag: str, statement: Statement, output_format: str, parameters: Mapping[str, str], pipe: Pipe) -> Work:
    """A SELECT whose result goes into the pipe in any format."""

    def work(connection: Connection) -> Stats:
        return stats_of(
            connection.query(tag + statement.into(pipe.output_path, output_format), "Null", params=parameters)
        )

    return work


def native_blocks(sql: str, parameters: Mapping[str, str], pipe: Pipe, revision: int) -> Work:
    """A SELECT whose Native blocks go into the pipe as a client of this revision expects them.

    What is short waits for the end and is the body of the figures: nobody is woken for each block of it.
    """

    def work(connection: Connection) -> Stats:
        stream = connection.send_query(sql, "Native", params=parameters)
        rows = size = read_rows = read_bytes = 0
        first: list[bytes] | None = []
        started = time.perf_counter_ns()
        try:
            while (piece := connection.streaming_fetch_result(stream)).size():
                block = piece.bytes()
                rows, size = rows + piece.rows_read(), size + len(block)
                read_rows, read_bytes = piece.storage_rows_read(), piece.storage_bytes_read()
                block = at_revision(block, revision)
                if first is not None:
                    first.append(block)
                    if size < SHORT:
                        continue
                    block, first = b"".join(first), None
                pipe.write_now(block)
        except BaseException:
            connection.streaming_cancel_query(stream)
            raise
        return Stats(
            read_rows=read_rows,
            read_bytes=read_bytes,
            result_rows=rows,
            result_bytes=size,
            elapsed_ns=time.perf_counter_ns() - started,
            body=b"".join(first or ()),
        )

    return work
