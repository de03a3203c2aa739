"""An API without processes: a ClickHouse that answers what it is told, and questions put through ASGI."""

import asyncio
import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.types import ASGIApp

from queries.api.application import fastapi
from queries.api.clickhouse import ClickHouse
from queries.api.live import Live
from queries.api.middleware import Requests
from queries.api.services import Services
from queries.database import Table
from schemas.errors import C360Error
from schemas.settings import Settings

KEY = "a key of more than sixteen characters"
KEYED = {"Authorization": f"Bearer {KEY}"}
NOBODY = Table((), [])
#: Of queries/defaults/newest_event.sql, which nearly every report asks first.
NEWEST = Table(("newest",), [(dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC),)])


class FakeClickHouse(ClickHouse):
    """Answers a statement of queries/api/sql by its name, and any other with `other`; or fails with `error`."""

    def __init__(
        self, settings: Settings, tables: Mapping[str, Table] | None = None, other: Table = NOBODY,
        error: C360Error | None = None,
    ) -> None:  # fmt: skip
        super().__init__(settings)
        self.tables = {"ready": Table(("1",), [(1,)]), "version": Table(("version",), [("1",)]), **(tables or {})}
        self.other = other
        self.behind = NOBODY
        self.error = error
        self.looked: list[tuple[str, dict[str, object]]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def ask(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        assert settings["final"] in {0, 1}
        self.asked.append((sql, dict(parameters)))
        if self.error is not None:
            raise self.error
        if "rollups_behind" in sql:
            return self.behind
        return NEWEST if "max(newest)" in sql else self.other

    async def look(self, name: str, **parameters: object) -> Table:
        self.looked.append((name, parameters))
        if self.error is not None:
            raise self.error
        return self.tables.get(name, NOBODY)


def settings(**more: Any) -> Settings:
    """Of an installation whose key is KEY."""
    return Settings(**{"api_key": KEY, "clickhouse_reader_password": "x", "api_queries": 2, **more})


def api(clickhouse: FakeClickHouse | None = None, live: Live | None = None, **more: Any) -> ASGIApp:
    """The whole application over a fake."""
    here = settings(**more)
    app = _routes()
    app.state.services = Services.of(here, clickhouse or FakeClickHouse(here), live)
    return Requests(app)


@functools.cache
def _routes() -> FastAPI:
    """Made once: it takes longer than all that a test asks of it."""
    here = settings()
    return fastapi(Services.of(here, FakeClickHouse(here)))


def ask(
    app: ASGIApp, path: str, headers: Mapping[str, str] = KEYED, method: str = "GET", content: bytes | None = None
) -> httpx2.Response:
    """What the application answers."""

    async def asking() -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, path, headers=headers, content=content)

    return asyncio.run(asking())


def problem(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """The problem that a response tells, once it is sure that it is one of that kind."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert isinstance(told, dict)
    assert told["type"] == f"urn:c360:problem:{kind}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["request_id"] == response.headers["x-request-id"]
    return told
