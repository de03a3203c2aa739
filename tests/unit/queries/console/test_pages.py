"""Pages and their questions: they are sent before they ask, and show the answer to what was asked last."""

import asyncio
import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from nicegui import core, ui

from queries.api.models import Alert
from queries.console.pages import alerts, customers
from queries.console.pages.alerts import PAGE, _Stored
from queries.console.regions import Region
from queries.console.work import Work
from queries.database import Table
from schemas.errors import SlowError
from tests.unit.queries.console.page import Page, settled, visited

NEWEST = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


class Stored:
    """So many alerts, answered page by page; fails while `slow`."""

    def __init__(self, count: int, *, slow: bool = False) -> None:
        self.slow, self.asked = slow, 0
        self._all = [
            Alert(
                alert_id=f"alert-{at:03}", customer_id=at, kind="raised", score=0.9, previous_score=0.1,
                reason="silent", segment="VIP", lifetime_value=Decimal(1), as_of=NEWEST - dt.timedelta(hours=at),
            )
            for at in range(count)
        ]  # fmt: skip

    async def __call__(self, _: Any, *, behind: Any, limit: int, **chosen: Any) -> list[Alert]:
        del chosen
        self.asked += 1
        await asyncio.sleep(0)
        if self.slow:
            raise SlowError("ClickHouse has not answered within 1 s.")
        return [one for one in self._all if one.as_of < behind.as_of][:limit]


def stored(monkeypatch: pytest.MonkeyPatch, there: Stored) -> _Stored:
    monkeypatch.setattr(alerts, "alerts_of", there)
    return _Stored(SimpleNamespace(clickhouse=None))  # type: ignore[arg-type]  # all that it takes of the services


def test_alerts_are_turned_page_by_page_whatever_is_pressed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(page: Page) -> None:
        page.connect()
        await stored(monkeypatch, Stored(2 * PAGE + 1)).show()
        assert "alert-000" in page.text
        assert "alert-050" not in page.text
        for _ in range(2):
            page.press("Older")
        await settled()
        assert "alert-050" in page.text
        assert "alert-100" not in page.text
        page.press("Older")
        await settled()
        assert "alert-100" in page.text
        assert page.button("Older").props["disabled"]
        for back in ("alert-050", "alert-000"):
            page.press("Newer")
            await settled()
            assert back in page.text
        assert page.button("Newer").props["disabled"]

    visited(visit)


def test_a_page_of_alerts_that_cannot_be_had_is_not_turned_to(monkeypatch: pytest.MonkeyPatch) -> None:
    async def visit(page: Page) -> None:
        page.connect()
        there = Stored(2 * PAGE, slow=True)
        pages = stored(monkeypatch, there)
        await pages.show()
        for label in ("Older", "Newer"):
            page.press(label)
        await settled()
        assert there.asked == 1
        there.slow = False
        await pages.show()
        there.slow = True
        page.press("Older")
        await settled()
        assert "has not answered within 1 s" in page.text
        there.slow = False
        page.press("Older")
        await settled()
        assert "alert-050" in page.text
        page.press("Newer")
        await settled()
        assert "alert-000" in page.text

    visited(visit)


class Held:
    """A search that answers when it is let go on."""

    def __init__(self, *texts: str) -> None:
        self.asked = {text: asyncio.Event() for text in texts}
        self.go_on = {text: asyncio.Event() for text in texts}

    async def __call__(self, _: Any, __: str, *, text: str, **more: Any) -> Table:
        del more
        self.asked[text].set()
        await self.go_on[text].wait()
        columns = ("customer_id", "name", "email", "segment", "country", "churn_score", "churn_band", "lifetime_value")
        return Table(columns, [(1, f"found by {text}", "", "VIP", "XX", None, None, None)])


def test_an_old_answer_does_not_come_after_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held("ad", "ada")
    monkeypatch.setattr(customers, "look", held)
    services: Any = SimpleNamespace(clickhouse=None)

    async def visit(page: Page) -> None:
        page.connect()
        search, found = Work(), Region()

        def typed(text: str) -> asyncio.Task[None]:
            return asyncio.create_task(search.do(lambda: customers._search(services, found, text)))

        first = typed("ad")
        await held.asked["ad"].wait()
        second = typed("ada")
        await held.asked["ada"].wait()
        held.go_on["ada"].set()
        await second
        held.go_on["ad"].set()
        await first
        assert "found by ada" in page.text

    visited(visit)


def test_a_page_is_there_while_clickhouse_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: Any, **more: Any) -> Any:
        del more
        await asyncio.Event().wait()

    monkeypatch.setattr(alerts, "alerts_of", silent)
    monkeypatch.setattr(customers, "look", silent)
    services: Any = SimpleNamespace(
        clickhouse=None,
        sampler=SimpleNamespace(now=None, watch=lambda _: lambda: None),
        live=SimpleNamespace(seen=0, failure="", latest=lambda _: []),
        feed=SimpleNamespace(problem=""),
        at_risk=SimpleNamespace(report=None, problem=""),
    )
    app = FastAPI()
    for page in (alerts, customers):
        page.add(services)
    ui.run_with(app, binding_refresh_interval=None, show_welcome_message=False)

    async def asked() -> list[httpx2.Response]:
        core.loop = asyncio.get_running_loop()
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=core.app), base_url="http://c") as client:
            return await asyncio.gather(*(client.get(path) for path in ("/alerts", "/customers?q=ada")))

    try:
        answers = asyncio.run(asked())
    finally:
        core.loop, core.app.middleware_stack = None, None
    assert [answer.status_code for answer in answers] == [200, 200]
