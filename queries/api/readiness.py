"""Whether questions can be answered: ClickHouse is asked once a second, however many want to know and have no key."""

import asyncio
import time
from collections.abc import Callable

from queries.api.clickhouse import ClickHouse
from queries.database import Table

#: How long an answer, or a failure, is what everybody is told.
SECONDS = 1.0


class SignOfLife:
    """The latest of ClickHouse. Used within one event loop."""

    def __init__(self, clickhouse: ClickHouse, now: Callable[[], float] = time.monotonic) -> None:
        self._clickhouse, self._now = clickhouse, now
        self._asked: asyncio.Future[Table] | None = None
        self._ended = 0.0

    async def expect(self) -> None:
        """Waits for ClickHouse's answer, unless there is one.

        Raises:
            C360Error: as ClickHouse.ask().
        """
        if self._asked is None or (self._asked.done() and self._now() - self._ended >= SECONDS):
            self._asked = asyncio.ensure_future(self._clickhouse.look("ready"))
            self._asked.add_done_callback(self._over)
        # Others may wait for the same one.
        await asyncio.shield(self._asked)

    def _over(self, asked: asyncio.Future[Table]) -> None:
        self._ended = self._now()
        if not asked.cancelled():
            asked.exception()  # whoever asked may have gone: then it is nobody's
