"""A page without a browser: what stands on it, and what happens when somebody presses or types."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import Client, background_tasks, core, ui
from nicegui.element import Element
from starlette.requests import Request

from tests.support.waiting import GIVE_UP


class Page:
    """The elements of one client, which is what NiceGUI calls an open page."""

    def __init__(self) -> None:
        asked = Request({"type": "http", "method": "GET", "path": "/a-page-of-these-tests", "headers": []})
        self.client = Client(ui.page("/a-page-of-these-tests"), request=asked)

    def connect(self) -> None:
        """As when the browser's socket is there."""
        self.client.tab_id = "a tab"
        self.client._connected.set()

    def delete(self) -> None:
        """As when the browser does not come back."""
        if not self.client.is_deleted:
            self.client.delete()

    @property
    def text(self) -> str:
        """The HTML of all that is not hidden."""
        return "\n".join(one.content for one in self.client.elements.values() if isinstance(one, ui.html))

    def button(self, label: str) -> Element:
        """The button with that label."""
        return next(
            one
            for one in self.client.elements.values()
            if one.tag == "button" and [child.content for child in one if isinstance(child, ui.html)] == [label]
        )

    def press(self, label: str) -> None:
        """As a click does."""
        self._send(self.button(label), "click", {})

    def change(self, field: str, value: str) -> None:
        """As typing does, or choosing."""
        element = next(one for one in self.client.elements.values() if one.props.get("id") == field)
        self._send(element, "change", value)

    def _send(self, element: Element, kind: str, argument: Any) -> None:
        for listener in element._event_listeners.values():
            if listener.type == kind:
                message = {"id": element.id, "listener_id": listener.id, "args": [json.dumps(argument)]}
                self.client.handle_event(message)


async def settled() -> None:
    """Waits until nothing of what was pressed runs any more; what sends to the browser runs as long as the page."""
    async with asyncio.timeout(GIVE_UP):
        while running := [one for one in background_tasks.running_tasks if not one.get_name().startswith("outbox")]:
            await asyncio.wait(running)


def visited(visit: Callable[[Page], Awaitable[None]]) -> None:
    """Makes a page, lets `visit` do what a person would, and forgets the page."""

    async def run() -> None:
        core.loop = asyncio.get_running_loop()
        page = Page()
        try:
            with page.client:
                await visit(page)
        finally:
            page.delete()
            core.loop = None

    asyncio.run(run())
