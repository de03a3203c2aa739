"""What the routes share: one of each for a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request

from queries.api.access import Keys, Limits
from queries.api.answers import Answers
from queries.api.clickhouse import ClickHouse
from queries.api.live import Live
from queries.api.readiness import SignOfLife
from queries.api.recommending import Recommending
from queries.api.runners import Runners
from schemas.settings import Settings


@dataclass(frozen=True)
class Services:
    """Made before the application, closed with it."""

    settings: Settings
    keys: Keys
    limits: Limits
    clickhouse: ClickHouse
    readiness: SignOfLife
    runners: Runners
    answers: Answers
    recommending: Recommending
    live: Live

    @classmethod
    def of(cls, settings: Settings, clickhouse: ClickHouse | None = None, live: Live | None = None) -> "Services":
        """Those of an installation.

        Raises:
            SettingError: a key or password is neither set nor made yet, or the file of keys cannot be used.
        """
        clickhouse = clickhouse or ClickHouse(settings)
        runners = Runners(settings, clickhouse)
        return cls(
            settings,
            Keys(settings),
            Limits(settings.api_requests_per_second),
            clickhouse,
            SignOfLife(clickhouse),
            runners,
            Answers(settings, clickhouse, runners),
            Recommending(settings),
            live or Live(settings),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For as long as the application runs."""
        self.recommending.recommender.begin()
        try:
            yield
        finally:
            self.live.end()
            self.runners.close()
            await asyncio.to_thread(self.recommending.close)
            await self.clickhouse.close()
            await self.live.join()


def services(request: Request) -> Services:
    """The application's (a dependency of FastAPI)."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found
