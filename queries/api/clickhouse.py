"""Statements on their way to ClickHouse, on the API's event loop: so many at once, none for too long.

A statement whose task is cancelled loses its connection, and with it the engine ends it.
"""

import asyncio
import logging
from collections.abc import Mapping
from importlib import resources

import clickhouse_connect
from clickhouse_connect.driver.asyncclient import AsyncClient
from clickhouse_connect.driver.exceptions import Error

from queries.api.turns import Turns
from queries.catalogue import log_comment
from queries.database import EXACT, Table, bound, explained, table_of
from queries.values import text
from schemas.errors import SlowError
from schemas.settings import Settings

#: Statements for each place that C360_API_QUERIES gives: a customer is asked for by four at once.
STATEMENTS = 4
#: Rows of one answer: whoever wants more exports them.
MOST_ROWS = 10_000
#: A server of its own ends what nobody waits for only if it is told; the embedded engine does so by itself.
_ENDED_WITH_CLIENT = {"cancel_http_readonly_queries_on_client_close": 1}


class ClickHouse:
    """The reading user. Made, used and closed within one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = Turns(
            STATEMENTS * settings.api_queries,
            "No place came free for {seconds} s. Try again, or raise C360_API_QUERIES.",
        )
        self._made: AsyncClient | None = None
        self._making = asyncio.Lock()
        # The client logs what it raises as well; the one clear line is ours.
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)

    async def ask(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """Runs one statement; `parameters` are in the form of queries.values.text.

        Raises:
            QueryError: the database refuses it.
            SlowError: it took longer than C360_API_QUERY_SECONDS.
            BusyError: there was no place for it.
            UnreachableError: the database does not answer.
        """
        seconds = self._settings.api_query_seconds
        limits = {"max_execution_time": seconds, "max_result_rows": MOST_ROWS, **_ENDED_WITH_CLIENT}
        await self._turns.take()
        try:
            # The engine looks at its clock between blocks alone.
            async with asyncio.timeout(seconds + 1.0):
                client = await self._client()
                result = await client.query(
                    sql, parameters=bound(sql, parameters), settings={**limits, **settings}
                )  # fmt: skip
                return table_of(result)
        except TimeoutError:
            raise SlowError(
                f"ClickHouse has not answered within {seconds:g} s. Ask for less, or raise C360_API_QUERY_SECONDS."
            ) from None
        except Error as error:
            raise explained(self._settings, error) from None
        finally:
            self._turns.release()

    async def look(self, name: str, **parameters: object) -> Table:
        """Runs queries/api/sql/{name}.sql; raises as ask() does."""
        given = {key: text(value) for key, value in parameters.items()}
        return await self.ask(statement(name), given, {**EXACT, **log_comment("sql", f"api_{name}")})

    async def close(self) -> None:
        """Ends all connections."""
        if self._made is not None:
            await self._made.close()
            self._made = None

    async def _client(self) -> AsyncClient:
        async with self._making:
            if self._made is None:
                self._made = await clickhouse_connect.get_async_client(
                    dsn=self._settings.clickhouse,
                    # From the address it takes TLS on ports 443 and 8443 alone.
                    interface=self._settings.clickhouse.partition(":")[0],
                    username=self._settings.clickhouse_reader_user,
                    password=self._settings.reader_password,
                    database=self._settings.clickhouse_database,
                    ca_cert=self._settings.tls_ca or None,
                    compress=False,
                    autogenerate_session_id=False,
                    connector_limit=STATEMENTS * self._settings.api_queries,
                    connector_limit_per_host=STATEMENTS * self._settings.api_queries,
                )
            return self._made


def statement(name: str) -> str:
    """The text of queries/api/sql/{name}.sql."""
    return (resources.files("queries.api") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
