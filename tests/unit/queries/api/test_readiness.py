"""A sign of life is asked for once a second, however many want to know; a failure is told for as long."""

import asyncio

import httpx2
import pytest

from queries.api.readiness import SECONDS, SignOfLife
from queries.database import Table
from schemas.errors import UnreachableError
from tests.unit.queries.api.fakes import FakeClickHouse, api, settings


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Pausing(FakeClickHouse):
    """Answers in another turn of the event loop, as a real one does."""

    async def look(self, name: str, **parameters: object) -> Table:
        await asyncio.sleep(0)
        return await super().look(name, **parameters)


def test_fifty_who_ask_at_once_are_one_question() -> None:
    clickhouse = Pausing(settings())

    async def asking() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=api(clickhouse))
        async with httpx2.AsyncClient(transport=transport, base_url="http://api") as client:
            return await asyncio.gather(*(client.get("/readyz") for _ in range(50)))

    assert {answer.status_code for answer in asyncio.run(asking())} == {200}
    assert clickhouse.looked == [("ready", {})]


def test_what_was_told_is_told_for_a_second_good_or_bad() -> None:
    async def asking() -> None:
        clickhouse, clock = Pausing(settings()), Clock()
        life = SignOfLife(clickhouse, clock)
        await life.expect()
        clickhouse.error = UnreachableError("gone")
        clock.now += SECONDS - 0.1
        await life.expect()
        clock.now += 0.1
        for _ in range(2):
            with pytest.raises(UnreachableError, match="gone"):
                await life.expect()
        clickhouse.error = None
        clock.now += SECONDS
        await life.expect()
        assert len(clickhouse.looked) == 3

    asyncio.run(asking())


def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    async def asking() -> None:
        clickhouse = Pausing(settings())
        life = SignOfLife(clickhouse)
        first, second = asyncio.ensure_future(life.expect()), asyncio.ensure_future(life.expect())
        await asyncio.sleep(0)
        first.cancel()
        await second
        assert first.cancelled()
        assert len(clickhouse.looked) == 1

    asyncio.run(asking())
