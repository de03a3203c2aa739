"""VIPs at risk: worked out for whoever watches, and what keeps them from being known."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from queries.console import at_risk
from queries.console.at_risk import AtRisk
from queries.console.flow import Look
from queries.console.sampler import Sampler
from queries.use_cases.report import Conclusion, Report
from queries.use_cases.retention import CASE, COLUMNS
from schemas.errors import C360Error, QueryError
from schemas.settings import Settings

ROW = tuple("10 % off a Book" if name == "offer" else 5 if name == "customer_id" else None for name in COLUMNS)


class FakeRunners:
    """Runs what it is given, or fails."""

    def __init__(self, error: C360Error | None) -> None:
        self.error, self.runs = error, 0

    async def run(self, ask: Callable[[Any], Any]) -> Any:
        self.runs += 1
        if self.error is not None:
            raise self.error
        return ask(None)


class FakeRecommending:
    recommender = None


def worked_out(error: C360Error | None) -> tuple[AtRisk, int, int]:
    """After one run; and how many runs there were before and after somebody watched."""

    async def working() -> tuple[AtRisk, int, int]:
        sampler = Sampler(Settings(), lambda _: Look(0.0, {}, {}, {}, {}))
        runners = FakeRunners(error)
        here = AtRisk(runners, FakeRecommending(), sampler)  # type: ignore[arg-type]  # as far as they are used
        running = asyncio.create_task(here.run())
        await asyncio.sleep(0)
        before = runners.runs
        sampler.watch(lambda: None)
        while not here.version:  # noqa: ASYNC110 - a run tells nobody but by its number
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return here, before, runners.runs

    return asyncio.run(working())


def test_they_are_worked_out_once_somebody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    report = Report(CASE, [], Conclusion(COLUMNS, [ROW], "One is at risk."))
    monkeypatch.setattr(at_risk, "run", lambda *_: report)
    here, before, after = worked_out(None)
    assert (before, after) == (0, 1)
    assert here.report is report
    assert here.offer_to(5) == "10 % off a Book"
    assert here.offer_to(6) == ""


def test_what_keeps_them_from_being_known_is_kept_and_nobody_is_offered_anything() -> None:
    here, _, _ = worked_out(QueryError("There are no events yet."))
    assert here.problem == "There are no events yet."
    assert here.report is None
    assert here.offer_to(5) == ""
