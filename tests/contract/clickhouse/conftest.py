"""The same suite against the embedded engine, a container where there is Docker, and a server that is named.

C360_TEST_CLICKHOUSE_URL names one; C360_TEST_CLICKHOUSE_USER and _PASSWORD say who comes in there. Its user may do
everything and is the reader too, as in the container.
"""

import contextlib
import os
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import clickhouse_connect
import pytest
import urllib3
from clickhouse_connect.driver.client import Client

from tests.support.containers import start_clickhouse
from tests.support.engine import User, start_engine
from tests.support.naming import named

DATABASE = "c360_contract"
SERVER = os.environ.get("C360_TEST_CLICKHOUSE_URL", "")


@dataclass(frozen=True)
class Backend:
    """One ClickHouse, whoever it is."""

    kind: str  # embedded or server
    url: str
    writer: User
    reader: User
    pool: urllib3.PoolManager

    @property
    def address(self) -> str:
        """host:port."""
        return urllib.parse.urlsplit(self.url).netloc

    def client(self, user: User | None = None, **options: Any) -> Client:
        """clickhouse-connect as this user (the writer, if not said)."""
        chosen = user or self.writer
        return clickhouse_connect.get_client(
            dsn=self.url, username=chosen.name, password=chosen.password, database=DATABASE, **options
        )

    def ask(
        self,
        sql: bytes | str | None = None,
        *,
        method: str = "POST",
        path: str = "/",
        user: User | None = None,
        headers: dict[str, str] | None = None,
        body: Any = None,
        stream: bool = False,
        **words: str | int,
    ) -> urllib3.BaseHTTPResponse:
        """A plain request: `sql` is the body, `words` the URL's parameters."""
        chosen = user or self.writer
        query = urllib.parse.urlencode({"database": DATABASE, **words})
        known = {"X-ClickHouse-User": chosen.name, "X-ClickHouse-Key": chosen.password, **(headers or {})}
        content = sql if body is None else body
        if isinstance(content, str):
            content = content.encode()
        return self.pool.request(
            method, f"{self.url}{path}?{query}", body=content, headers=known, preload_content=not stream, retries=False,
            decode_content=False, timeout=60,
        )  # fmt: skip

    def text(self, sql: bytes | str, **options: Any) -> str:
        """The body of an answer that must be well."""
        answer = self.ask(sql, **options)
        assert answer.status == 200, answer.data.decode()
        return answer.data.decode()


@pytest.fixture(scope="package", params=["embedded", "container", *(["server"] if SERVER else [])])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A ClickHouse with an empty database of its own."""
    pool = urllib3.PoolManager(maxsize=32)
    if request.param == "server":
        user = User(
            os.environ.get("C360_TEST_CLICKHOUSE_USER", "default"), os.environ.get("C360_TEST_CLICKHOUSE_PASSWORD", "")
        )
        chosen = Backend("server", SERVER.rstrip("/"), user, user, pool)
        with _own_database(chosen):
            yield chosen
    elif request.param == "container":
        user = User("contract", "contract's; pass'word")
        with start_clickhouse(user) as url:
            chosen = Backend("server", url, user, user, pool)
            with _own_database(chosen):
                yield chosen
    else:
        with start_engine(tmp_path_factory.mktemp("clickhouse"), DATABASE) as engine:
            yield Backend("embedded", engine.url, engine.writer, engine.reader, pool)
    pool.clear()


@contextlib.contextmanager
def _own_database(server: Backend) -> Iterator[None]:
    server.text(f"CREATE DATABASE IF NOT EXISTS {DATABASE}", database="default")
    yield
    server.text(f"DROP DATABASE {DATABASE}", database="default")


@pytest.fixture
def table(backend: Backend, request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a table (id UInt64, name String) that is empty."""
    name = f"t_{named(request, 60)}"
    backend.text(f"CREATE OR REPLACE TABLE {name} (id UInt64, name String) ENGINE = MergeTree ORDER BY id")
    yield name
    backend.text(f"DROP TABLE {name}")
