"""ClickHouse as the queries see it: a statement, parameters and settings in, columns and rows out."""

import datetime as dt
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from schemas.errors import C360Error, QueryError, UnreachableError
from schemas.settings import Settings

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client
    from clickhouse_connect.driver.query import QueryResult

#: What every answer relies on, whatever the server's profile says: rows are exact without waiting for merges,
#: and an outer join fills with defaults unless a query says otherwise.
EXACT: dict[str, int | str] = {"final": 1, "do_not_merge_across_partitions_select_final": 1, "join_use_nulls": 0}


@dataclass(frozen=True)
class Table:
    """An answer: names of columns, and rows of Python values (Decimal for money, aware datetime for times).

    `read_rows`: so many rows were read for it; None where the database does not say.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    read_rows: int | None = field(default=None, kw_only=True, compare=False)

    def records(self) -> list[dict[str, Any]]:
        """The rows by the names of their columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Database(Protocol):
    """Whatever answers ClickHouse SQL."""

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """Runs one statement; `parameters` are in the form of queries.values.text.

        Raises:
            QueryError: the database refuses it; the message is the database's own, in one line.
            UnreachableError: the database does not answer.
        """
        ...


#: So begins what is said of an answer that came and that the client does not understand.
UNREADABLE = "The answer cannot be read"


class HttpDatabase:
    """ClickHouse's HTTP interface, as the reading user."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """Runs one statement (see Database.query)."""
        from clickhouse_connect.driver.exceptions import Error

        try:
            result = self._connected().query(sql, parameters=bound(sql, parameters), settings=dict(settings))
        except UnicodeEncodeError as error:
            wrong = error.object[error.start : error.end]
            raise QueryError(
                f"The query or a parameter holds {wrong!r}, which is no text: UTF-8 is expected."
            ) from None
        except Error as error:
            raise explained(self._settings, error) from None
        return table_of(result)

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _connected(self) -> "Client":
        if self._client is None:
            from schemas.clients import reader_client

            # The client logs what it raises as well; the one clear line is ours.
            logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
            try:
                self._client = reader_client(self._settings)
            except UnreachableError as error:
                raise explained(self._settings, error) from None
        return self._client


def explained(settings: Settings, error: Exception) -> C360Error:
    """What to say of an error of the client's, in one line."""
    message, url = str(error), settings.clickhouse
    if "AUTHENTICATION_FAILED" in message:
        user = settings.clickhouse_reader_user
        return QueryError(
            f"ClickHouse at {url} refuses the password of {user}. Check C360_CLICKHOUSE_READER_PASSWORD, "
            "or C360_HOME, where the embedded stack keeps its own."
        )
    if "certificate verify failed" in message:
        return UnreachableError(
            f"ClickHouse at {url} shows a certificate that is not trusted (certificate verify failed). "
            "Set C360_TLS_CA to the PEM file of who signed it."
        )
    if "DB::Exception" not in message and _unread(error):
        first = " ".join(message.split())[:200]
        return QueryError(
            f"{UNREADABLE}: {first}. Leave FORMAT out of the query, and cast columns of such a type "
            "with toString() or finalizeAggregation()."
        )
    if "DB::Exception" not in message:
        return UnreachableError(
            f"ClickHouse at {url} does not answer. Start it ('c360 up') or set C360_CLICKHOUSE_URL."
        )
    return QueryError(one_line(message))


def table_of(result: "QueryResult") -> Table:
    """The client's answer as the queries have it."""
    # An answer that is sent while it is read has none in its head.
    read = int((result.summary or {}).get("read_rows", 0)) or None
    rows = [tuple(map(_utc, row)) for row in result.result_rows]
    return Table(tuple(result.column_names), rows, read_rows=read)


def _unread(error: Exception) -> bool:
    """Whether an answer came that the client does not understand."""
    from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

    own = type(error) is not DatabaseError and not isinstance(error, OperationalError)
    return own and isinstance(error, DatabaseError)


def bound(sql: str, parameters: Mapping[str, str]) -> "dict[str, _Bound]":
    """The parameters that stand in the statement: with others alone, the client would format it as Python's % does."""
    return {name: _Bound(value) for name, value in parameters.items() if re.search(rf"\{{\s*{name}\s*:", sql)}


class _Bound:
    """A value that is already in the form of a query parameter, which the client must send as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


def one_line(message: str) -> str:
    """ClickHouse's own words out of an error: `Code: N. DB::Exception: ...` without stack, version or repetition."""
    start = message.find("Code:")
    words = message[max(start, 0) :]
    for tail in (" Stack trace:", " (version ", ", Stack trace"):
        words = words.partition(tail)[0]
    return " ".join(words.split())


def _utc(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return value.replace(tzinfo=dt.UTC)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_utc(item) for item in value]
    return value
