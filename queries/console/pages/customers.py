"""Customers: found by number, name or e-mail while one types; below, who of the VIPs is at risk."""

from fastapi import Request
from nicegui import events, ui

from queries.console import panels
from queries.console.asking import look
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, when_watched
from queries.console.work import Work
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
            found = Region(live=True)
            panel = panels.at_risk(services)
            search = Work()

            async def typed(event: events.GenericEventArguments) -> None:
                await search.do(lambda: _search(services, found, str(event.args)))

            field.on("input", typed, throttle=0.3, leading_events=False, js_handler="(e) => emit(e.target.value)")
        when_watched(services, panel)
        await search.open(lambda: _search(services, found, q))


async def _search(services: Services, found: Region, words: str) -> None:
    text = words.strip()[:LONGEST]
    if not text:
        found.put("")
        return
    try:
        table = await look(services.clickhouse, "search", number=_number(text), text=text, limit=MOST)
    except C360Error as error:
        found.fail(error)
        return
    found.show("found", found=table.records())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) <= MAX_ENTITY else 0
