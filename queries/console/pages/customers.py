"""Customers: found by number, name or e-mail while one types; below, who of the VIPs is at risk."""

from fastapi import Request
from nicegui import events, ui

from queries.console import panels
from queries.console.asking import look
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, when_watched
from schemas.errors import C360Error
from schemas.ids import MAX_ENTITY

MOST = 50
#: What is longer names nobody.
LONGEST = 200


def add(services: Services) -> None:
    """Makes the page."""

    @ui.page("/customers", title="Customers")
    async def customers(request: Request, q: str = "") -> None:
        with framed(request, "Customers"):
            with ui.element("form").props('action="/customers" method="get" role="search"').classes("search"):
                ui.html("Number, name or e-mail", sanitize=False, tag="label").props('for="q"')
                field = ui.element("input").props('id="q" name="q" type="search" autocomplete="off"')
                field.props["value"] = q[:LONGEST]
            search = _Search(services, Region(live=True))
            panel = panels.at_risk(services)

            async def typed(event: events.GenericEventArguments) -> None:
                await search.show(str(event.args))

            field.on("input", typed, throttle=0.3, leading_events=False, js_handler="(e) => emit(e.target.value)")
        when_watched(services, panel)
        await search.show(q)


class _Search:
    """What was found for the words that stand in the field."""

    def __init__(self, services: Services, found: Region) -> None:
        self._services, self._found = services, found
        self._asked = 0

    async def show(self, words: str) -> None:
        """Asks, and draws what is found, unless other words have come meanwhile."""
        self._asked += 1
        mine = self._asked
        text = words.strip()[:LONGEST]
        if not text:
            self._found.put("")
            return
        try:
            table = await look(self._services.clickhouse, "search", number=_number(text), text=text, limit=MOST)
        except C360Error as error:
            if mine == self._asked:
                self._found.fail(error)
            return
        if mine == self._asked:
            self._found.show("found", found=table.records())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MAX_ENTITY else 0
