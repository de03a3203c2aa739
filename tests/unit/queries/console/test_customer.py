"""The page of one customer stands without what cannot be had."""

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from queries.api.models import Customer, Profile
from queries.console.pages import customer as module
from queries.console.pages.customer import asked
from queries.console.render import html
from queries.database import Table
from schemas.errors import AbsentError, BusyError, C360Error

NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
PROFILE = Profile(
    customer_id=7, name="Ada", email="ada@example.com", segment="VIP", registration_date=NOW.date(),
    acquisition_channel="search", country="XX",
)  # fmt: skip


def page(monkeypatch: pytest.MonkeyPatch, profile: Profile | None, graph: C360Error) -> str:
    """What is drawn of one of whom the graph and the recommender say nothing."""

    async def looked_up(*_: Any) -> Customer:
        return Customer(customer_id=7, profile=profile, features=None, churn=None, activity=[])

    async def newest_event(*_: Any) -> dt.datetime:
        return NOW

    async def look(*_: Any, **more: Any) -> Table:
        del more
        return Table(("week", "spent", "purchases", "interactions"), [])

    async def alerts_of(*_: Any, **more: Any) -> list[Any]:
        del more
        return []

    async def failing(*_: Any) -> Any:
        raise graph

    for known in (looked_up, newest_event, look, alerts_of):
        monkeypatch.setattr(module, known.__name__, known)
    services: Any = SimpleNamespace(
        clickhouse=None,
        runners=SimpleNamespace(run=failing),
        recommending=SimpleNamespace(of=failing),
        at_risk=SimpleNamespace(offer_to=lambda _: ""),
    )
    return html("customer", **asyncio.run(asked(services, 7)))


def test_a_graph_that_is_busy_takes_the_picture_and_not_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch, PROFILE, BusyError("4 queries run, which is the limit."))
    assert "Timeline" in drawn
    assert drawn.count("4 queries run, which is the limit.") == 2


def test_one_with_events_and_no_record_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = page(monkeypatch, None, AbsentError("There is no customer 7."))
    assert "Nobody has bought the same products yet." in drawn
    # Of recommendations, which want a record as well.
    assert drawn.count("There is no customer 7.") == 1
