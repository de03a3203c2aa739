"""What the pages share: one of each for a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from queries.api.clickhouse import ClickHouse
from queries.api.live import Live
from queries.api.recommending import Recommending
from queries.api.runners import Runners
from queries.console.access import Access
from queries.console.sampler import Sampler
from schemas.settings import Settings


@dataclass(frozen=True)
class Services:
    """Made before the application, closed with it. All that asks, asks as the reading user."""

    settings: Settings
    access: Access
    clickhouse: ClickHouse
    runners: Runners
    recommending: Recommending
    live: Live
    sampler: Sampler

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """Those of an installation.

        Raises:
            SettingError: the console's or the reader's password is neither set nor made yet.
        """
        clickhouse = ClickHouse(settings)
        return cls(
            settings,
            Access(settings),
            clickhouse,
            Runners(settings, clickhouse),
            Recommending(settings),
            Live(settings),
            Sampler(settings),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For as long as the application runs."""
        sampling = asyncio.create_task(self.sampler.run(), name="sampler")
        try:
            yield
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)
            self.live.end()
            self.runners.close()
            await asyncio.to_thread(self.recommending.close)
            await self.clickhouse.close()
            await self.live.join()
