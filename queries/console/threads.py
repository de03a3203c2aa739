"""Calls that block, on threads of their own: so many at once, and nobody waits for one for long."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from queries.api.turns import Turns

T = TypeVar("T")


class Threads:
    """The threads. Used within one event loop."""

    def __init__(self, count: int, refusal: str) -> None:
        """`refusal`: what is said to whoever got none; {seconds} stands for how long they waited."""
        self._turns = Turns(count, refusal)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="blocking")

    async def run(self, call: Callable[[], T]) -> T:
        """What `call` answers. Who is cancelled does not wait for it; its thread is free when it has ended.

        Raises:
            BusyError: no thread came free.
        """
        loop = asyncio.get_running_loop()
        await self._turns.take()
        running = self._threads.submit(call)
        running.add_done_callback(lambda _: None if loop.is_closed() else self._give_back(loop))
        return await asyncio.wrap_future(running)

    def close(self) -> None:
        """Lets nothing else begin."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _give_back(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(self._turns.release)
