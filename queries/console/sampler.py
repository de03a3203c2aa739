"""One look at the pipeline for all open pages: no page asks by itself."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from queries.console import metrics
from queries.console.flow import Flow, Look, flow
from schemas.scrape import scrape
from schemas.settings import Settings

log = logging.getLogger("queries.console")

EVERY_SECONDS = 2.0
#: Rates are over this time: the monitor of the sinks looks every five seconds.
WINDOW_SECONDS = 10.0
#: Looks that are kept, for the lines of the last minutes.
KEPT = 90

Heard = Callable[[], None]


def look(settings: Settings, now: Callable[[], float] = time.monotonic) -> Look:
    """What the parts say of themselves; those that do not answer say nothing."""
    return Look(
        now(),
        scrape(settings.producers_metrics_port) if settings.producers_metrics_port else {},
        scrape(settings.sinks_metrics_port),
        scrape(settings.stream_processors_metrics_port),
        {} if settings.clickhouse_url else scrape(settings.clickhouse_metrics_port),
    )


def earlier(looks: Sequence[Look], now: Look) -> Look:
    """With which of the looks, oldest first, the newest is compared: itself where there is no other of use."""
    since = now.at - WINDOW_SECONDS
    # Somebody may have come back after a long time without viewers: a rate over that says nothing of now.
    recent = [one for one in looks if one.at >= since - WINDOW_SECONDS]
    return next((one for one in reversed(recent) if one.at <= since), recent[0])


class Sampler:
    """Looks every two seconds for as long as somebody watches. Used within one event loop."""

    def __init__(self, settings: Settings, looking: Callable[[Settings], Look] = look) -> None:
        self._settings, self._looking = settings, looking
        self._looks: deque[Look] = deque(maxlen=KEPT)
        self.flows: deque[Flow] = deque(maxlen=KEPT)
        self._heard: dict[int, Heard] = {}
        self._next = 0
        self._watched = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="look")

    @property
    def now(self) -> Flow | None:
        """The newest; None before the first look."""
        return self.flows[-1] if self.flows else None

    def watch(self, heard: Heard) -> Callable[[], None]:
        """Calls `heard` after each look, until the function that this answers is called."""
        self._next += 1
        key = self._next
        self._heard[key] = heard
        metrics.viewers().set(len(self._heard))
        self._watched.set()

        def leave() -> None:
            self._heard.pop(key, None)
            metrics.viewers().set(len(self._heard))
            if not self._heard:
                self._watched.clear()
                # Whoever comes next must not take what was for what is.
                self.flows.clear()

        return leave

    async def somebody(self) -> None:
        """Waits until somebody watches."""
        await self._watched.wait()

    async def run(self) -> None:
        """Looks until it is cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self.somebody()
                with metrics.looks().time():
                    self._take(await loop.run_in_executor(self._thread, self._looking, self._settings))
                self._tell()
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _take(self, now: Look) -> None:
        self._looks.append(now)
        self.flows.append(flow(self._settings, earlier(self._looks, now), now))

    def _tell(self) -> None:
        for heard in list(self._heard.values()):
            try:
                heard()
            except Exception:  # a page that has gone meanwhile must not keep the news from the others
                log.exception("a page could not be told")
