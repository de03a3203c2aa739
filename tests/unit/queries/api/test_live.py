"""Live alerts: from now on, from where a reader left off, and what happens to whoever is too far behind."""

import asyncio
import datetime as dt
import queue
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal

import httpx2
import pytest

from queries.alerts import Began, Placed
from queries.api import live as module
from queries.api.live import Live, Position
from schemas.errors import UnreachableError
from schemas.settings import Settings
from tests.unit.queries.api.fakes import KEYED, api, ask, problem, settings

NOON = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


def placed(
    partition: int, offset: int, kind: str = "raised", segment: str = "VIP", as_of: dt.datetime = NOON
) -> Placed:
    alert = {
        "alert_id": f"{partition}-{offset}", "customer_id": offset + 1, "kind": kind, "score": 0.9,
        "previous_score": 0.4, "reason": "silent", "segment": segment, "lifetime_value": Decimal("1.00"),
        "as_of": as_of,
    }  # fmt: skip
    return Placed(partition, offset, alert)


class Topic:
    """What a consumer of two partitions gives, as the test puts it in; an error is raised once.

    It reads from the first of those that were there before.
    """

    def __init__(self, *before: Placed) -> None:
        self.news: queue.SimpleQueue[Began | Placed | Exception | None] = queue.SimpleQueue()
        self.again(*before)
        self.asked = 0

    def again(self, *before: Placed) -> None:
        """Puts in what a consumer gives that begins."""
        offsets = {number: [one.offset for one in before if one.partition == number] for number in (0, 1)}
        starts = {number: min(found, default=0) for number, found in offsets.items()}
        ends = {number: max(found, default=-1) + 1 for number, found in offsets.items()}
        for one in (Began(starts, ends), *before, None):
            self.news.put(one)

    def __call__(self, _: Settings, back: int) -> Iterator[Began | Placed | None]:
        assert back == module.HELD
        self.asked += 1
        while True:
            try:
                one = self.news.get(timeout=0.02)
            except queue.Empty:
                one = None
            if isinstance(one, Exception):
                raise one
            yield one


def names(events: bytes) -> list[str]:
    """Ids of the alerts in some events, and what else they say."""
    found = []
    for event in events.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in event.splitlines() if not line.startswith(":"))
        if lines.get("event") == "gap":
            found.append("gap")
        elif "data" in lines:
            found.append(lines["data"].split('"alert_id":"')[1].partition('"')[0])
    return found


async def taken(reader: AsyncIterator[bytes], count: int) -> list[str]:
    """So many alerts and gaps."""
    found: list[str] = []
    async for events in reader:
        found += names(events)
        if len(found) >= count:
            break
    return found


def test_a_reader_is_told_what_comes_and_not_what_was() -> None:
    async def reading() -> None:
        topic = Topic(placed(0, 5))
        live = Live(settings(), topic)
        await live.start()
        reader = live.events(None, None, None)
        assert await anext(reader) == b"retry: 3000\nid: 0:6,1:0\n\n"
        topic.news.put(placed(0, 6))
        topic.news.put(placed(1, 0))
        assert await taken(reader, 2) == ["0-6", "1-0"]
        await reader.aclose()
        live.end()
        await live.join()

    asyncio.run(reading())


def test_the_latest_are_those_of_the_latest_ticks_whatever_partition_they_came_from() -> None:
    async def reading() -> None:
        hours = {(0, 0): 1, (0, 1): 5, (1, 0): 3, (1, 1): 4}
        live = Live(
            settings(), Topic(*(placed(*at, as_of=NOON + dt.timedelta(hours=later)) for at, later in hours.items()))
        )
        assert live.latest(2) == []
        await live.start()
        assert live.seen == 4
        assert [one.alert_id for one in live.latest(3)] == ["0-1", "1-1", "1-0"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_an_event_says_where_to_go_on_and_a_reader_goes_on_there() -> None:
    async def reading() -> None:
        topic = Topic(*(placed(number % 2, number // 2) for number in range(6)))
        live = Live(settings(), topic)
        await live.start()
        assert await taken(live.events(Position({0: 1, 1: 3}), None, None), 2) == ["0-1", "0-2"]
        # A partition that it has never heard of is new to it.
        assert await taken(live.events(Position.parsed("0:3"), None, None), 3) == ["1-0", "1-1", "1-2"]
        reader = live.events(Position({0: 1, 1: 2}), None, None)
        events = b"".join([await anext(reader), await anext(reader)])
        ids = [line[4:] for line in events.decode().splitlines() if line.startswith("id: ")]
        assert ids == ["0:1,1:2", "0:2,1:2", "0:3,1:2", "0:3,1:3"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_filters_leave_out_but_move_on() -> None:
    async def reading() -> None:
        topic = Topic()
        live = Live(settings(), topic)
        await live.start()
        recovered, basics = live.events(None, "recovered", None), live.events(None, None, "Basic")
        await anext(recovered)
        await anext(basics)
        for one in (placed(0, 0), placed(0, 1, "recovered"), placed(0, 2, segment="Basic")):
            topic.news.put(one)
        assert await taken(recovered, 1) == ["0-1"]
        assert await taken(basics, 1) == ["0-2"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_who_is_further_behind_than_is_held_is_told_of_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 3)

    async def reading() -> None:
        topic = Topic(placed(0, 0))
        live = Live(settings(), topic)
        await live.start()
        slow = live.events(None, None, None)
        await anext(slow)
        watching = live.events(None, None, None)
        await anext(watching)
        for offset in range(1, 6):
            topic.news.put(placed(0, offset))
            assert await taken(watching, 1) == [f"0-{offset}"]
        assert await taken(slow, 4) == ["gap", "0-3", "0-4", "0-5"]
        assert await taken(live.events(Position({0: 2}), None, None), 4) == ["gap", "0-3", "0-4", "0-5"]
        assert await taken(live.events(Position({0: 4}), None, None), 2) == ["0-4", "0-5"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_after_a_restart_too_who_is_further_behind_than_was_read_back_is_told_of_the_gap() -> None:
    async def reading() -> None:
        live = Live(settings(), Topic(placed(0, 5000), placed(0, 5001)))
        await live.start()
        assert await taken(live.events(Position({0: 10}), None, None), 3) == ["gap", "0-5000", "0-5001"]
        assert await taken(live.events(Position({0: 5000}), None, None), 2) == ["0-5000", "0-5001"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_a_partition_whose_alerts_gave_way_to_those_of_another_has_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 3)

    async def reading() -> None:
        live = Live(settings(), Topic(*(placed(1, offset) for offset in range(5)), *(placed(0, o) for o in range(6))))
        await live.start()
        assert await taken(live.events(Position({0: 3, 1: 2}), None, None), 4) == ["gap", "0-3", "0-4", "0-5"]
        assert await taken(live.events(Position({0: 3, 1: 5}), None, None), 3) == ["0-3", "0-4", "0-5"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_a_gap_and_where_to_go_on_behind_it_are_one_event() -> None:
    async def reading() -> None:
        live = Live(settings(), Topic(placed(0, 5000)))
        await live.start()
        opening = await anext(live.events(Position({0: 10}), None, None))
        assert opening == b"retry: 3000\nevent: gap\ndata: {}\nid: 0:5000,1:0\n\n"
        live.end()
        await live.join()

    asyncio.run(reading())


@pytest.mark.parametrize("beyond", [{0: 5000, 1: 0}, {0: 2, 1: 0, 7: 3}])
def test_who_comes_from_a_topic_that_was_made_anew_is_told_of_the_gap_and_misses_nothing_more(
    beyond: dict[int, int],
) -> None:
    async def reading() -> None:
        topic = Topic(placed(0, 0), placed(0, 1))
        live = Live(settings(), topic)
        await live.start()
        reader = live.events(Position(beyond), None, None)
        assert names(await anext(reader)) == ["gap"]
        topic.news.put(placed(0, 2))
        assert await taken(reader, 1) == ["0-2"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_a_topic_that_is_made_anew_is_read_from_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)

    async def reading() -> None:
        topic = Topic(placed(0, 5000), placed(1, 7))
        live = Live(settings(), topic)
        await live.start()
        reader = live.events(None, None, None)
        await anext(reader)
        topic.news.put(UnreachableError("gone"))
        topic.again(placed(0, 0), placed(1, 9))
        assert await taken(reader, 3) == ["gap", "0-0", "1-9"]
        topic.news.put(placed(0, 1))
        assert await taken(reader, 1) == ["0-1"]
        assert [one.alert_id for one in live.latest(9)] == ["1-9", "0-1", "0-0"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_what_came_while_kafka_was_away_and_is_not_read_back_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)

    async def reading() -> None:
        topic = Topic(placed(0, 0))
        live = Live(settings(), topic)
        await live.start()
        reader = live.events(None, None, None)
        await anext(reader)
        topic.news.put(UnreachableError("gone"))
        topic.again(placed(0, 20), placed(0, 21))
        assert await taken(reader, 3) == ["gap", "0-20", "0-21"]
        live.end()
        await live.join()

    asyncio.run(reading())


def test_a_thousand_readers_share_one_consumer() -> None:
    async def reading() -> None:
        topic = Topic()
        live = Live(settings(), topic)
        await live.start()
        readers = [live.events(None, None, None) for _ in range(1000)]
        for reader in readers:
            await anext(reader)
        for offset in range(20):
            topic.news.put(placed(0, offset))
        wanted = [f"0-{offset}" for offset in range(20)]
        assert await asyncio.gather(*(taken(reader, 20) for reader in readers)) == [wanted] * 1000
        assert topic.asked == 1
        live.end()
        await live.join()

    asyncio.run(reading())


def test_kafka_that_breaks_off_is_asked_again_and_nothing_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)

    async def reading() -> None:
        topic = Topic()
        live = Live(settings(), topic)
        await live.start()
        reader = live.events(None, None, None)
        await anext(reader)
        topic.news.put(placed(0, 0))
        topic.news.put(UnreachableError("gone"))
        topic.again(placed(0, 0), placed(0, 1))
        assert await taken(reader, 2) == ["0-0", "0-1"]
        assert topic.asked == 2
        assert live.failure == ""
        live.end()
        await live.join()

    asyncio.run(reading())


def test_silence_is_filled_with_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.01)

    async def reading() -> None:
        live = Live(settings(), Topic())
        await live.start()
        reader = live.events(None, None, None)
        assert [await anext(reader) for _ in range(3)][1:] == [module.SIGN_OF_LIFE] * 2
        live.end()
        assert [one async for one in reader] == []
        await live.join()

    asyncio.run(reading())


def test_without_kafka_a_reader_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.05)
    topic = Topic()
    topic.news = queue.SimpleQueue()
    topic.news.put(UnreachableError("Kafka at x does not answer (y). Start it."))
    live = Live(settings(), topic)
    told = problem(ask(api(live=live), "/v1/alerts/live"), 503, "unavailable")
    assert told["detail"].startswith("Kafka at ")
    live.end()


def test_beyond_so_many_readers_there_is_no_place() -> None:
    live = Live(settings(), Topic())
    app = api(live=live, api_streams=1)
    with live.place(1):
        told = problem(ask(app, "/v1/alerts/live"), 503, "busy")
        assert "C360_API_STREAMS" in told["detail"]
        problem(ask(app, "/v1/alerts/live", {}), 401, "no-key")
    assert live.readers == 0


def test_a_reader_has_a_place_from_before_kafka_is_waited_for_until_the_last_byte() -> None:
    async def reading() -> None:
        topic = Topic()
        begun, topic.news = topic.news, queue.SimpleQueue()
        live = Live(settings(), topic)
        transport = httpx2.ASGITransport(app=api(live=live, api_streams=3))
        async with httpx2.AsyncClient(transport=transport, base_url="http://api", headers=KEYED) as client:
            asked = [asyncio.ensure_future(client.get("/v1/alerts/live")) for _ in range(5)]
            refused, waiting = set[asyncio.Task[httpx2.Response]](), set(asked)
            while len(refused) < 2:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused |= done
            assert [one.result().status_code for one in refused] == [503, 503]
            assert live.readers == 3
            while not begun.empty():
                topic.news.put(begun.get())
            await live.start()
            problem(await client.get("/v1/alerts/live"), 503, "busy")
            live.end()
            assert [(await one).status_code for one in waiting] == [200] * 3
            assert live.readers == 0
        await live.join()

    asyncio.run(reading())


def test_who_is_not_answered_gives_the_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_SECONDS", 0.01)
    topic = Topic()
    topic.news = queue.SimpleQueue()
    topic.news.put(UnreachableError("Kafka at x does not answer (y). Start it."))
    live = Live(settings(), topic)
    app = api(live=live, api_streams=1)
    problem(ask(app, "/v1/alerts/live", {**KEYED, "Last-Event-ID": ","}), 400, "bad-parameter")
    assert live.readers == 0
    problem(ask(app, "/v1/alerts/live"), 503, "unavailable")
    assert live.readers == 0
    live.end()


@pytest.mark.parametrize("word", ["x", "1:2,3", "1:2:3", ","])
def test_an_id_that_is_none_is_refused(word: str) -> None:
    told = problem(ask(api(), "/v1/alerts/live", {**KEYED, "Last-Event-ID": word}), 400, "bad-parameter")
    assert told["errors"][0]["value"] == word
