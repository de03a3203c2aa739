"""What is recommended: questions that come at the same time are asked together, on threads of their own."""

import asyncio

from queries.api.gathering import LoopGathering
from queries.api.turns import Turns
from queries.recommend.serving import Recommendations, Recommender, State, own_list, recommended
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
        self._gathering: LoopGathering[int, State] = LoopGathering(self.recommender.states)
        self._gathering_whole: LoopGathering[int, State] = LoopGathering(self.recommender.whole_states)

    async def of(self, customer_id: int, limit: int) -> Recommendations:
        """What is recommended to a customer.

        Raises:
            BusyError: no place came free.
            SlowError: it took longer than C360_API_QUERY_SECONDS.
            C360Error: as Recommender.of().
        """
        await self._turns.take()
        asked = asyncio.ensure_future(self._ask(customer_id, limit))
        # A statement goes on without those who wait for it: a turn is over when it has ended, whoever still waits.
        asked.add_done_callback(self._over)
        try:
            async with asyncio.timeout(self._seconds):
                return await asyncio.shield(asked)
        except TimeoutError:
            raise SlowError(
                f"ClickHouse has not answered within {self._seconds:g} s. Try again, or raise C360_API_QUERY_SECONDS."
            ) from None

    async def _ask(self, customer_id: int, limit: int) -> Recommendations:
        own = None
        if self.recommender.may_have_list(customer_id):
            own = own_list(customer_id, await self._gathering.ask(customer_id), limit)
        return own or recommended(customer_id, await self._gathering_whole.ask(customer_id), limit)

    def _over(self, asked: "asyncio.Future[Recommendations]") -> None:
        self._turns.release()
        if not asked.cancelled():
            asked.exception()  # whoever asked may have gone: then it is nobody's

    def close(self) -> None:
        """Ends the threads, once what they do has ended."""
        self._gathering.close()
        self._gathering_whole.close()
        self.recommender.close()
