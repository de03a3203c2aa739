"""Questions that come to the event loop at the same time are asked together, by a thread for all of them.

As queries.recommend.gathering, without a thread for each that waits: waking them costs more than an answer.
"""

import asyncio
import functools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from queries.recommend.gathering import ABREAST, MOST, PATIENCE

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class LoopGathering(Generic[Key, Answer]):
    """Asks about one key for each of several tasks of one event loop. An answer is never older than the question."""

    def __init__(self, ask: Callable[[list[Key]], Mapping[Key, Answer]], patience: float = PATIENCE) -> None:
        """`ask` is called on a thread and answers for all keys; `patience` as queries.recommend.gathering has it."""
        self._ask, self._patience = ask, patience
        self._waiting: dict[Key, asyncio.Future[Answer]] = {}
        self._running, self._began = 0, 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._threads = ThreadPoolExecutor(ABREAST, thread_name_prefix="gather")

    async def ask(self, key: Key) -> Answer:
        """The answer about a key; raises what `ask` raises."""
        loop = asyncio.get_running_loop()
        future = self._waiting.setdefault(key, loop.create_future())
        self._begin(loop)
        # Others may wait for the same one.
        return await asyncio.shield(future)

    def close(self) -> None:
        """Ends the threads, once what they ask has been answered."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Asks for those who wait, unless one that has just begun is to end first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting or self._running >= ABREAST:
            return
        due = self._began + self._patience
        if self._running and loop.time() < due:
            self._timer = loop.call_at(due, self._begin, loop)
            return
        keys = list(self._waiting)[:MOST]
        futures = [self._waiting.pop(key) for key in keys]
        self._running, self._began = self._running + 1, loop.time()
        asked = loop.run_in_executor(self._threads, self._ask, keys)
        asked.add_done_callback(functools.partial(self._answered, loop, keys, futures))

    def _answered(
        self,
        loop: asyncio.AbstractEventLoop,
        keys: list[Key],
        futures: list[asyncio.Future[Answer]],
        asked: asyncio.Future[Mapping[Key, Answer]],
    ) -> None:
        self._running -= 1
        error = None if asked.cancelled() else asked.exception()
        for key, future in zip(keys, futures, strict=True):
            if asked.cancelled():
                future.cancel()
            elif error is not None:
                future.set_exception(error)
                future.exception()  # whoever waited may have gone: then it is nobody's
            else:
                future.set_result(asked.result()[key])
        self._begin(loop)
