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
from queries.console.work import Work
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
        await stored.work.open(stored.show)


class _Stored:
    """The alerts that ClickHouse has, page by page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.work = Work()
        #: The places behind which the pages up to this one begin, and where the next one does; None if there is none.
        self._behind: list[Place] = [BEGINNING]
        self._next: Place | None = None
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
        await self._turn(self._behind)

    async def _turn(self, behind: list[Place]) -> None:
        """Shows the page behind the last of these places, and is there once it is shown."""
        try:
            found = await alerts_of(
                self._services.clickhouse,
                kind=_chosen(self._kind.value),
                segment=_chosen(self._segment.value),
                behind=behind[-1],
                limit=PAGE + 1,
            )
        except C360Error as error:
            self._region.fail(error)
            return
        page, rest = found[:PAGE], found[PAGE:]
        self._behind = behind
        self._next = Place(page[-1].as_of, page[-1].alert_id) if rest else None
        self._region.show("alerts", alerts=page, problem="", nothing="There are no such alerts.")
        self._newer.props["disabled"] = len(behind) == 1
        self._older.props["disabled"] = not rest

    async def _again(self) -> None:
        # If that fails, nothing of what was chosen before is turned on.
        self._behind, self._next = [BEGINNING], None
        await self.work.do(self.show)

    async def _on(self) -> None:
        if (following := self._next) is not None:
            await self.work.do(lambda: self._turn([*self._behind, following]))

    async def _back(self) -> None:
        if len(self._behind) > 1:
            await self.work.do(lambda: self._turn(self._behind[:-1]))


def _chosen(value: str) -> str | None:
    return None if value == ANY else value
