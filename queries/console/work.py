"""Work of a page that takes a while: it ends with its page, and gives way to newer work of the same kind."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import ui

Doing = Callable[[], Awaitable[None]]


class Work:
    """One piece of work at a time. Made while its page is made, used within the page's event loop."""

    def __init__(self) -> None:
        self._client = ui.context.client
        self._running: set[asyncio.Task[None]] = set()
        self._client.on_delete(self.end)

    async def open(self, work: Doing) -> None:
        """Does it once the browser is there; of one that never comes, NiceGUI forgets the page after a minute."""
        await self._client.connected()
        await self.do(work)

    async def do(self, work: Doing) -> None:
        """Does it in place of what runs, and waits for its end; answers as well if newer work takes its place."""
        if self._client.is_deleted:
            return
        self.end()
        task = asyncio.create_task(_after(tuple(self._running), work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
        if not task.cancelled():
            task.result()

    def end(self) -> None:
        """Cancels what runs."""
        for task in self._running:
            task.cancel()


async def _after(older: tuple[asyncio.Task[None], ...], work: Doing) -> None:
    if older:
        # What it does at its end must not undo what this does.
        await asyncio.wait(older)
    await work()
