"""Places for questions: so many at once, and nobody waits for one for long."""

import asyncio

from schemas.errors import BusyError

#: Seconds that a question waits for its turn.
PATIENCE_SECONDS = 5.0


class Turns:
    """The places. Used within one event loop."""

    def __init__(self, count: int, refusal: str) -> None:
        """`refusal`: what is said to whoever got none; {seconds} stands for how long they waited."""
        self._places = asyncio.Semaphore(count)
        self._refusal = refusal

    async def take(self) -> None:
        """Takes a place, which release() gives back.

        Raises:
            BusyError: none came free.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError(self._refusal.format(seconds=f"{PATIENCE_SECONDS:g}")) from None

    def release(self) -> None:
        """Gives a place back."""
        self._places.release()
