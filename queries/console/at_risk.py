"""VIPs at risk, worked out once for all open pages: use case 1, again and again while somebody watches."""

import asyncio
import logging
import time

from queries.api.recommending import Recommending
from queries.api.runners import Runners
from queries.console.sampler import Sampler
from queries.use_cases.asking import run
from queries.use_cases.report import Report
from queries.use_cases.retention import CASE
from schemas.errors import C360Error

log = logging.getLogger("queries.console")

SHOWN = 8
#: Seconds between two runs; after one that took long, so many times as long: it has a bounded share of a core.
REST_SECONDS = 30.0
REST = 20


class AtRisk:
    """The newest report, or what keeps it from being made."""

    def __init__(self, runners: Runners, recommending: Recommending, sampler: Sampler) -> None:
        self._runners, self._recommending, self._sampler = runners, recommending, sampler
        self.report: Report | None = None
        self.problem = ""
        #: Grows with each run, so that a page knows whether it has the newest.
        self.version = 0

    def offer_to(self, customer_id: int) -> str:
        """What to offer one of those at risk; empty for whoever is not among the first of them."""
        if self.report is None:
            return ""
        place, offer = (self.report.conclusion.columns.index(name) for name in ("customer_id", "offer"))
        return next((row[offer] for row in self.report.conclusion.rows if row[place] == customer_id), "")

    async def run(self) -> None:
        """Works it out until it is cancelled."""
        while True:
            await self._sampler.somebody()
            began = time.monotonic()
            try:
                self.report = await self._runners.run(
                    lambda runner: run(CASE, {"size": SHOWN}, runner, self._recommending.recommender)
                )
                self.problem = ""
            except C360Error as error:
                log.info("VIPs at risk are not known: %s", error)
                self.problem = str(error)
            self.version += 1
            await asyncio.sleep(max(REST_SECONDS, REST * (time.monotonic() - began)))
