"""What the pages share: one of each for a process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from queries.api.clickhouse import ClickHouse
from queries.api.live import Live
from queries.api.recommending import Recommending
from queries.api.runners import Runners
from queries.console.access import Access
from queries.console.at_risk import AtRisk
from queries.console.feed import Feed
from queries.console.sampler import Sampler
from schemas.settings import Settings

log = logging.getLogger("queries.console")


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
    at_risk: AtRisk
    feed: Feed

    @classmethod
    def of(cls, settings: Settings) -> "Services":
        """Those of an installation.

        Raises:
            SettingError: the console's or the reader's password is neither set nor made yet.
        """
        access, sampler = Access(settings), Sampler(settings)
        clickhouse, recommending, live = ClickHouse(settings), Recommending(settings), Live(settings)
        runners = Runners(settings, clickhouse)
        at_risk, feed = AtRisk(runners, recommending, sampler), Feed(live, sampler)
        return cls(settings, access, clickhouse, runners, recommending, live, sampler, at_risk, feed)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """For as long as the application runs."""
        working = [asyncio.create_task(one.run()) for one in (self.sampler, self.at_risk, self.feed)]
        for one in working:
            one.add_done_callback(_ended)
        try:
            yield
        finally:
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            self.live.end()
            self.runners.close()
            await asyncio.to_thread(self.recommending.close)
            await self.clickhouse.close()
            await self.live.join()


def _ended(work: asyncio.Task[None]) -> None:
    """What works for all pages must not end unheard."""
    if not work.cancelled() and (error := work.exception()) is not None:
        log.error("what works for all pages has ended", exc_info=error)
