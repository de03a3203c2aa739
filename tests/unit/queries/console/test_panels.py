"""Panels say why there is nothing new, for as long as that is so."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from queries.console import at_risk, panels
from queries.console.at_risk import AtRisk
from queries.console.flow import Look, flow
from schemas.errors import C360Error, SlowError
from schemas.settings import Settings
from tests.unit.queries.console.page import Page, visited

HERE = Settings()
NO_ALERT = "No alert yet."


def test_alerts_say_why_none_come_until_they_can_again() -> None:
    live = SimpleNamespace(seen=0, failure="", latest=lambda _: [])
    feed, sampler = SimpleNamespace(problem="Kafka at x does not answer."), SimpleNamespace(now=None)
    services: Any = SimpleNamespace(live=live, feed=feed, sampler=sampler)

    async def visit(page: Page) -> None:
        draw = panels.alerts(services)
        draw()
        assert "Kafka at x does not answer." in page.text
        feed.problem = ""
        draw()
        assert NO_ALERT in page.text
        assert "does not answer" not in page.text
        live.failure = "The registry at y does not answer."
        draw()
        assert "The registry at y" in page.text
        live.failure = ""
        look = Look(1.0, {}, {}, {}, {})
        sampler.now = flow(HERE, look, look, ["kafka"])
        draw()
        assert panels.AWAY in page.text
        sampler.now = flow(HERE, look, look)
        draw()
        assert NO_ALERT in page.text

    visited(visit)


@pytest.mark.parametrize(("error", "rested"), [(SlowError("It took too long."), 30.0), (None, 20 * 31.0)])
def test_after_a_run_that_failed_the_next_one_comes_soon(
    monkeypatch: pytest.MonkeyPatch, error: C360Error | None, rested: float
) -> None:
    clock = SimpleNamespace(now=0.0)
    rests: list[float] = []

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        raise asyncio.CancelledError

    async def run(_: Any) -> Any:
        clock.now += 31.0 if error is None else 20.0
        if error is not None:
            raise error
        return SimpleNamespace()

    async def somebody() -> None:
        return

    monkeypatch.setattr(at_risk, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(at_risk, "time", SimpleNamespace(monotonic=lambda: clock.now))
    runners: Any = SimpleNamespace(run=run)
    sampler: Any = SimpleNamespace(somebody=somebody)
    here = AtRisk(runners, SimpleNamespace(recommender=None), sampler)  # type: ignore[arg-type]  # all it takes of it
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(here.run())
    assert rests == [rested]
    assert here.problem == ("" if error is None else str(error))
