"""One customer: churn and why, what to offer, how they have been, whom they are like."""

import asyncio
import datetime as dt
from typing import Any

from fastapi import Request
from markupsafe import escape
from nicegui import ui

from queries.api.models import Alert, Customer
from queries.api.paging import alerts_of
from queries.api.routes.customers import looked_up
from queries.console.asking import look, newest_event
from queries.console.drawings import gauge, line
from queries.console.neighbourhood import neighbourhood
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, watch
from queries.recommend.serving import Recommendations
from schemas.errors import C360Error
from schemas.ids import MAX_ENTITY

EVENTS, OFFERS, ALERTS, WEEKS = 50, 10, 10, 56


def add(services: Services) -> None:
    """Makes the page."""

    @ui.page("/customers/{customer_id}", title="Customer")
    async def customer(request: Request, customer_id: int) -> None:
        with framed(request, f"Customer {customer_id}") as heading:
            region = Region()
        region.show("waiting", words="Asking …")
        client = ui.context.client
        watch(services, lambda: None)
        await client.connected()
        try:
            words = await asked(services, customer_id)
        except C360Error as error:
            region.fail(error)
            return
        profile = words["profile"]
        if profile is not None:
            heading.set_content(str(escape(profile.name)))
        region.show("customer", **words)


async def asked(services: Services, customer_id: int) -> dict[str, Any]:
    """What the template wants.

    Raises:
        C360Error: there is no such customer, or ClickHouse does not answer.
    """
    if not 1 <= customer_id <= MAX_ENTITY:
        raise C360Error(f"There is no customer {customer_id}: numbers go from 1 to {MAX_ENTITY}.")
    found, now = await asyncio.gather(
        looked_up(services.clickhouse, customer_id, EVENTS), newest_event(services.clickhouse)
    )
    lines, alerts, recommended, near = await asyncio.gather(
        _lines(services, customer_id, now),
        alerts_of(services.clickhouse, customer_id=customer_id, limit=ALERTS),
        _recommended(services, customer_id),
        neighbourhood(services.runners, found),
    )
    items = recommended if isinstance(recommended, Recommendations) else None
    return {
        "customer": found,
        "profile": found.profile,
        "features": found.features,
        "churn": found.churn,
        "gauge": _gauge(found),
        "lines": lines,
        "recommended": items,
        "best": items.items[0] if items is not None and items.items else None,
        "offer": services.at_risk.offer_to(customer_id),
        "not_recommended": "" if items is not None else str(recommended),
        "neighbourhood": near,
        **_of_alerts(alerts),
    }


def _of_alerts(alerts: list[Alert]) -> dict[str, Any]:
    return {"alerts": alerts, "problem": "", "nothing": "There was never an alert on them."}


def _gauge(found: Customer) -> str:
    if found.churn is None:
        return ""
    score = found.churn.score
    return gauge(score, found.churn.band, f"Churn score {score:.0%}, {found.churn.band}")


async def _recommended(services: Services, customer_id: int) -> Recommendations | C360Error:
    try:
        return await services.recommending.of(customer_id, OFFERS)
    except C360Error as error:  # the rest of the page stands without them
        return error


async def _lines(services: Services, customer_id: int, now: dt.datetime) -> list[tuple[str, str, str]]:
    """Name, picture and words of what a customer did week by week, up to the newest week of all."""
    monday = (now - dt.timedelta(days=now.weekday())).date()
    weeks = [monday - dt.timedelta(weeks=back) for back in reversed(range(WEEKS))]
    since = dt.datetime.combine(weeks[0], dt.time(), dt.UTC)
    table = await look(services.clickhouse, "weeks", customer_id=customer_id, since=since)
    by_week = {row["week"]: row for row in table.records()}
    drawn: list[tuple[str, str, str]] = []
    for name, column, unit in (
        ("Spent a week", "spent", "USD"),
        ("Purchases a week", "purchases", "purchases"),
        ("Looks and clicks a week", "interactions", "interactions"),
    ):
        values = [float(by_week[week][column]) if week in by_week else 0.0 for week in weeks]
        words = f"{sum(values):,.0f} {unit} in {WEEKS} weeks, {sum(values[-4:]):,.0f} of them in the last 4"
        drawn.append((name, line([max(0.0, value) for value in values], f"{name}: {words}"), words))
    return drawn
