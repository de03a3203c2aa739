"""Statements on their way to ClickHouse and answers on their way back, one block after the other as they are taken."""

import asyncio
import itertools
import logging
import os
from collections.abc import Mapping
from typing import Any

import aiohttp

from queries.database import one_line
from queries.graph.bolt.buffer import Buffer, FullError, Room
from queries.graph.bolt.faults import TIMED_OUT, UNAVAILABLE, Fault
from queries.graph.bolt.rows import FORMAT, WRITTEN, Rows
from schemas.errors import QueryError
from schemas.settings import Settings
from schemas.tls import asking

log = logging.getLogger("queries.graph.bolt")

#: Statements that run at once; the others wait for their turn.
RUNNING = 8
#: Parameters longer than this together do not go into the URL.
LONGEST_URL = 8192
KILL_SECONDS = 5.0
#: Seconds that an idle connection is kept: less than any server would.
KEPT_SECONDS = 5.0


class ClickHouse:
    """The HTTP interface, as the reading user. Made and closed within one event loop."""

    def __init__(self, settings: Settings, room: Room | None = None) -> None:
        self._url = settings.clickhouse
        self._database = settings.clickhouse_database
        self._room = room or Room()
        self._turns = asyncio.Semaphore(RUNNING)
        self._ids = itertools.count(1)
        self._http = aiohttp.ClientSession(
            headers={
                "X-ClickHouse-User": settings.clickhouse_reader_user,
                "X-ClickHouse-Key": settings.reader_password,
                "Accept-Encoding": "identity",
            },
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS, ssl=asking(settings.tls_ca)),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
        )

    def ask(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> "Answer":
        """Sends a statement when its turn comes; `parameters` are in the form of queries.values.text."""
        query_id = f"bolt-{os.getpid()}-{next(self._ids)}"
        return Answer(self, query_id, sql, parameters, settings, self._room)

    async def close(self) -> None:
        """Ends all connections."""
        await self._http.close()

    async def stream(
        self,
        query_id: str,
        sql: str,
        parameters: Mapping[str, str],
        settings: Mapping[str, int | str],
        buffer: Buffer,
    ) -> None:
        """Runs a statement to its end, its answer going into the buffer.

        Raises:
            QueryError: ClickHouse refuses it.
            Fault: ClickHouse does not answer, or nobody takes the answer.
        """
        words = {"database": self._database, "query_id": query_id, "default_format": FORMAT}
        words |= {name: str(value) for name, value in (*WRITTEN.items(), *settings.items())}
        given = {f"param_{name}": value for name, value in parameters.items()}
        body: Any = sql.encode()
        if sum(map(len, given.values())) > LONGEST_URL:
            body = aiohttp.FormData({"query": sql, **given}, default_to_multipart=True)
        else:
            words |= given
        async with self._turns:
            try:
                try:
                    await self._receive(words, body, buffer)
                except aiohttp.ServerDisconnectedError:
                    # A kept connection has ended with the server that it was to: nothing was answered yet.
                    await self._receive(words, body, buffer)
            except aiohttp.ClientPayloadError:
                # Mostly the answer itself ends with the reason, which then counts.
                raise Fault(UNAVAILABLE, f"The answer of ClickHouse at {self._url} broke off.") from None
            except (aiohttp.ClientError, OSError) as error:
                raise Fault(UNAVAILABLE, self._unreachable(error)) from None
            except FullError as error:
                raise Fault(
                    TIMED_OUT, f"The query was cut off: {error}. Take records faster, or ask for less."
                ) from None

    async def _receive(self, words: Mapping[str, str], body: Any, buffer: Buffer) -> None:
        async with self._http.post(f"{self._url}/", params=words, data=body) as response:
            if response.status != 200:
                raise QueryError(self._refused(await response.text(errors="replace")))
            while piece := await response.content.readany():
                await buffer.put(piece)

    async def kill(self, query_id: str) -> None:
        """Ends a statement whose connection is closed already: a server of its own would run it to its end."""
        sql = "KILL QUERY WHERE query_id = {id:String} ASYNC"
        try:
            async with asyncio.timeout(KILL_SECONDS):
                async with self._http.post(f"{self._url}/", params={"param_id": query_id}, data=sql) as response:
                    # The embedded engine ends what has no connection by itself, and lets no reader kill.
                    log.debug("KILL QUERY %s: HTTP %d", query_id, response.status)
        except (aiohttp.ClientError, OSError) as error:
            log.warning("query %s could not be killed: %s", query_id, error)

    def _refused(self, text: str) -> str:
        if "AUTHENTICATION_FAILED" in text:
            return f"ClickHouse at {self._url} refuses the reader's password. Check C360_CLICKHOUSE_READER_PASSWORD."
        return one_line(text)

    def _unreachable(self, error: Exception) -> str:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return f"ClickHouse at {self._url} does not answer ({reason}). Start it ('c360 up') or set C360_CLICKHOUSE_URL."


class Answer:
    """The rows of one statement, from the moment it is sent until it is closed."""

    def __init__(
        self,
        clickhouse: ClickHouse,
        query_id: str,
        sql: str,
        parameters: Mapping[str, str],
        settings: Mapping[str, int | str],
        room: Room,
    ) -> None:
        self.query_id = query_id
        self._clickhouse = clickhouse
        self._buffer = Buffer(room)
        self._rows = Rows(self._buffer.get)
        self._task = asyncio.create_task(self._stream(sql, parameters, settings))

    async def batch(self, most: int) -> list[list[Any]]:
        """The next rows, at most so many; none at the end.

        Raises:
            QueryError: ClickHouse refuses the statement, or breaks it off.
            Fault: ClickHouse does not answer, or the answer was not taken in time.
        """
        return await self._rows.batch(most)

    async def more(self) -> bool:
        """Whether there is another row; raises as batch() does."""
        return await self._rows.more()

    async def close(self) -> None:
        """Ends the statement if it still runs; nothing of it is left afterwards."""
        running = not self._task.done()
        self._task.cancel()
        await asyncio.wait([self._task])
        self._buffer.close()
        if running:
            await self._clickhouse.kill(self.query_id)

    async def _stream(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> None:
        try:
            await self._clickhouse.stream(self.query_id, sql, parameters, settings, self._buffer)
        except (QueryError, Fault) as error:
            self._buffer.end(error)
        else:
            self._buffer.end()
