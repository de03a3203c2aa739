"""Churn alerts as they come, for all open pages together."""

import asyncio
import logging

from queries.api.live import RETRY_SECONDS, Live
from queries.console.sampler import Sampler
from schemas.errors import C360Error

log = logging.getLogger("queries.console")


class Feed:
    """Begins to follow the alerts when somebody watches; `problem` says why there are none."""

    def __init__(self, live: Live, sampler: Sampler) -> None:
        self.live, self._sampler = live, sampler
        self.problem = ""

    async def run(self) -> None:
        """Begins, as often as Kafka does not answer, until it does."""
        await self._sampler.somebody()
        while True:
            try:
                await self.live.start()
            except C360Error as error:
                self.problem = str(error)
            except Exception:  # pages must not wait for alerts that nobody fetches any more
                log.exception("live alerts could not be begun")
                self.problem = "Live alerts cannot be followed: 'c360 logs console' says why."
            else:
                self.problem = ""
                return
            await asyncio.sleep(RETRY_SECONDS)
