"""A visit to the web console: a browser that has logged in, and what it asked for and complained of."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.support.waiting import GIVE_UP

expect.set_options(timeout=GIVE_UP * 100)


@dataclass
class Visit:
    """A page in a browser, and what its browser asked for and complained of."""

    page: Page
    url: str
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Goes there, and waits until the page is connected."""
        self.page.goto(self.url + path)
        self.page.wait_for_function("window.socket?.connected === true")
        return self.page


@contextlib.contextmanager
def visiting(browser: Browser, url: str, password: str, **options: Any) -> Iterator[Visit]:
    """A browser of its own that has logged in; `options` are Playwright's of a new context.

    At the end nothing has gone wrong in it, and nothing came from anywhere else.
    """
    with contextlib.closing(browser.new_context(**options)) as context:
        context.set_default_timeout(GIVE_UP * 100)
        visit = Visit(context.new_page(), url)
        visit.page.on("request", lambda request: visit.hosts.add(urlsplit(request.url).netloc))
        visit.page.on("websocket", lambda socket: visit.hosts.add(urlsplit(socket.url).netloc))
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on(
            "console", lambda said: visit.complaints.append(said.text) if said.type == "error" else None
        )  # fmt: skip
        visit.page.goto(f"{url}/")
        visit.page.get_by_label("Password").fill(password)
        visit.page.get_by_role("button", name="Log in").click()
        visit.page.get_by_role("heading", level=1, name="Live").wait_for()
        yield visit
        assert visit.complaints == []
        assert visit.hosts - {""} == {urlsplit(url).netloc}
