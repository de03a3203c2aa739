"""One look for all who watch, and none for nobody."""

import asyncio
import logging
from pathlib import Path

import pytest

from queries.console import sampler
from queries.console.flow import FAILURES, Look
from queries.console.sampler import Sampler, earlier
from schemas.settings import Settings


class Looking:
    """Counts looks; each is ten seconds after the one before."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, settings: Settings) -> Look:
        del settings
        self.count += 1
        return Look(10.0 * self.count, {}, {}, {}, {})


def test_all_who_watch_hear_of_the_same_looks_and_nobody_looks_for_nobody(tmp_path: Path) -> None:
    looking = Looking()

    async def watched() -> tuple[list[int], list[int], int]:
        here = Sampler(Settings(home=tmp_path), looking)
        running = asyncio.create_task(here.run())
        await asyncio.sleep(0)
        unwatched = looking.count
        heard: tuple[list[int], list[int]] = ([], [])
        done = asyncio.Event()

        def first() -> None:
            heard[0].append(len(here.flows))
            raise RuntimeError("a page that has gone")

        def second() -> None:
            heard[1].append(len(here.flows))
            done.set()

        leave = [here.watch(first), here.watch(second)]
        await asyncio.wait_for(done.wait(), 30)
        for one in leave:
            one()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return (*heard, unwatched)

    first, second, unwatched = asyncio.run(watched())
    assert unwatched == 0
    assert first == second == [1]
    assert looking.count == 1


def test_one_look_that_fails_is_logged_and_not_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sampler, "EVERY_SECONDS", 0.0)
    looking = Looking()

    def first_fails(settings: Settings) -> Look:
        seen = looking(settings)
        if looking.count == 1:
            raise RuntimeError("something that nobody foresaw")
        return seen

    async def watched() -> None:
        here = Sampler(Settings(home=tmp_path), first_fails)
        running = asyncio.create_task(here.run())
        done = asyncio.Event()
        here.watch(done.set)
        await asyncio.wait_for(done.wait(), 30)
        assert here.now is not None
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    with caplog.at_level(logging.ERROR):
        asyncio.run(watched())
    assert "something that nobody foresaw" in caplog.text


def test_rates_are_over_the_window_and_not_over_the_time_without_viewers() -> None:
    looks = [Look(at, {}, {}, {}, {}) for at in (0.0, 500.0, 502.0, 505.0, 511.0, 513.0)]
    compared = [earlier(looks[: count + 1], now).at for count, now in enumerate(looks)]
    assert compared == [0.0, 500.0, 500.0, 500.0, 500.0, 502.0]


def test_failures_are_looked_for_over_a_longer_time_than_the_monitor_needs_for_one() -> None:
    looks = [Look(at, {}, {}, {}, {}) for at in (0.0, 2.0, 20.0, 28.0, 31.0)]
    assert earlier(looks, looks[-1], sampler.FAILING_SECONDS).at == 0.0
    assert earlier(looks[3:], looks[-1], sampler.FAILING_SECONDS).at == 28.0


def test_all_workers_of_the_network_are_looked_at_and_no_other_program(monkeypatch: pytest.MonkeyPatch) -> None:
    lag, topic = "c360_stream_processors_lag_records", (("topic", "a"),)
    said = {
        8093: {lag: {topic: 5.0}, "python_info": {(): 1.0}},
        8194: {lag: {topic: 7.0}},
        8195: {"another_program": {(): 1.0}},
    }
    monkeypatch.setattr(sampler, "scrape", lambda port, _: said.get(port, {}))
    assert sampler.workers(8093) == {
        lag: {(*topic, ("worker", "8093")): 5.0, (*topic, ("worker", "8194")): 7.0},
    }
    assert sampler.workers(9000) == {}


def test_those_who_watch_are_told_of_a_part_that_cannot_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampler, "EVERY_SECONDS", 0.0)
    looks = iter(range(1_000_000))

    def more_and_more_failures(_: Settings) -> Look:
        at = next(looks)
        return Look(at, {}, {FAILURES: {(("part", "kafka"),): at, (("part", "clickhouse"),): 0.0}}, {}, {})

    async def watched() -> None:
        here, done = Sampler(Settings(home=tmp_path), more_and_more_failures), asyncio.Event()
        running = asyncio.create_task(here.run())
        here.watch(lambda: done.set() if len(here.flows) > 1 else None)
        await asyncio.wait_for(done.wait(), 30)
        assert here.now is not None
        assert (here.now.answering["kafka"], here.now.answering["clickhouse"]) == (False, True)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(watched())
