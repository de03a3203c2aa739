"""What is recommended, on threads of its own: questions that come at the same time are asked together."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from queries.api.turns import Turns
from queries.recommend.serving import Recommendations, Recommender
from schemas.errors import SlowError
from schemas.settings import Settings

#: Questions at once; they are asked by two statements at a time.
MOST = 64


class Recommending:
    """Answers for one customer at a time. Made and used within one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.api_query_seconds
        self.recommender = Recommender(settings)
        self._turns = Turns(
            MOST,
            f"{MOST} questions for recommendations are being asked, which is the limit, and none has ended for "
            "{seconds} s. Try again.",
        )
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="recommend")

    async def of(self, customer_id: int, limit: int) -> Recommendations:
        """What is recommended to a customer.

        Raises:
            BusyError: no thread came free.
            SlowError: it took longer than C360_API_QUERY_SECONDS.
            C360Error: as Recommender.of().
        """
        await self._turns.take()
        asked = self._threads.submit(self.recommender.of, customer_id, limit)
        # A thread cannot be taken from its question: its turn is over when it has ended, whoever still waits.
        loop = asyncio.get_running_loop()
        asked.add_done_callback(lambda _: loop.call_soon_threadsafe(self._turns.release))
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.wrap_future(asked)
        except TimeoutError:
            raise SlowError(
                f"ClickHouse has not answered within {self._seconds:g} s. Try again, or raise C360_API_QUERY_SECONDS."
            ) from None

    def close(self) -> None:
        """Ends the threads, once what they do has ended."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.recommender.close()
