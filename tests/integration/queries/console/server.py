"""The console as a process of its own, before an embedded engine with a small world; and a browser that is let in."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.integration.queries.process import served
from tests.integration.queries.world import World
from tests.support.engine import RunningEngine
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP

PASSWORD = "the password of these tests"

expect.set_options(timeout=GIVE_UP * 100)


@dataclass(frozen=True)
class RunningConsole:
    """Where it answers and what it is about."""

    url: str
    metrics_port: int
    log: Path
    engine: RunningEngine
    world: World


@contextlib.contextmanager
def console_server(engine: RunningEngine, world: World, folder: Path, **more: Any) -> Iterator[RunningConsole]:
    """`python -m queries.console` on the engine, ended by SIGTERM; `more` are settings by name."""
    port, metrics_port, *nobodys = free_ports(6)
    given: Mapping[str, Any] = {
        "home": engine.home,
        "clickhouse_url": engine.url,
        "clickhouse_reader_password": engine.reader.password,
        "console_port": port,
        "console_metrics_port": metrics_port,
        "console_password": PASSWORD,
        # Nothing else is up.
        "kafka_port": nobodys[0],
        "sinks_metrics_port": nobodys[1],
        "stream_processors_metrics_port": nobodys[2],
        "producers_metrics_port": nobodys[3],
        **more,
    }
    log = folder / "console.log"
    scheme = "https" if "console_tls_certificate" in more else "http"
    with served("queries.console", given, log, "the console answers"):
        yield RunningConsole(f"{scheme}://127.0.0.1:{port}", metrics_port, log, engine, world)


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
def visiting(browser: Browser, url: str, password: str = PASSWORD, **options: Any) -> Iterator[Visit]:
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
