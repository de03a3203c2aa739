"""Churn alerts: those that come stand on top, those that are stored are filtered and paged."""

from fastapi import Request
from nicegui import ui

from queries.api.cursors import BEGINNING, Place
from queries.api.paging import alerts_of
from queries.console import panels
from queries.console.fields import choice
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, when_watched
from schemas.errors import C360Error

PAGE = 50
ANY = "any"
KINDS = (ANY, "raised", "recovered")
SEGMENTS = (ANY, "VIP", "Premium", "Regular", "Basic", "New")
#: Of those that come, so many stand on the page.
COMING = 5


def add(services: Services) -> None:
    """Makes the page."""

    @ui.page("/alerts", title="Alerts")
    async def alerts(request: Request) -> None:
        with framed(request, "Churn alerts"):
            with ui.element("section").classes("card"):
                ui.html("As they come", sanitize=False, tag="h2")
                coming = panels.alerts(services, COMING)
            with ui.element("section").classes("card below"):
                ui.html("All of them, the newest first", sanitize=False, tag="h2")
                stored = _Stored(services)
        when_watched(services, coming)
        await stored.show()


class _Stored:
    """The alerts that ClickHouse has, page by page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._behind = [BEGINNING]
        with ui.element("div").classes("row"):
            self._kind = choice("Kind", "kind", KINDS, self._again)
            self._segment = choice("Segment", "segment", SEGMENTS, self._again)
        self._region = Region()
        with ui.element("div").classes("row"):
            self._newer = ui.element("button").on("click", self._back)
            self._older = ui.element("button").on("click", self._on)
        for button, words in ((self._newer, "Newer"), (self._older, "Older")):
            with button:
                ui.html(words, sanitize=False, tag="span")

    async def show(self) -> None:
        """The page that is turned to."""
        try:
            found = await alerts_of(
                self._services.clickhouse,
                kind=_chosen(self._kind.value),
                segment=_chosen(self._segment.value),
                behind=self._behind[-1],
                limit=PAGE + 1,
            )
        except C360Error as error:
            self._region.fail(error)
            return
        page, self._rest = found[:PAGE], found[PAGE:]
        self._last = Place(page[-1].as_of, page[-1].alert_id) if page else None
        self._region.show("alerts", alerts=page, problem="", nothing="There are no such alerts.")
        self._newer.props["disabled"] = len(self._behind) == 1
        self._older.props["disabled"] = not self._rest

    async def _again(self) -> None:
        self._behind = [BEGINNING]
        await self.show()

    async def _on(self) -> None:
        if self._last is not None and self._rest:
            self._behind.append(self._last)
            await self.show()

    async def _back(self) -> None:
        if len(self._behind) > 1:
            self._behind.pop()
            await self.show()


def _chosen(value: str) -> str | None:
    return None if value == ANY else value
