"""The page of queries without a browser: what is asked, drawn and said when something goes wrong."""

import asyncio
import logging
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.page import page

from queries.console import results
from queries.console.pages.query import VIEWS, _Query
from queries.console.shell import UNFORESEEN
from queries.runner import Result, Runner

Ask = Callable[[Callable[[Runner], Any]], Any]


class Page:
    """A page of queries of which nothing is sent, before runners that answer as they are told."""

    def __init__(self, ask: Ask) -> None:
        async def run(work: Callable[[Runner], Any]) -> Any:
            return ask(work)

        self.client = Client(page("/query"))
        with self.client:
            services: Any = SimpleNamespace(runners=SimpleNamespace(run=run))
            self.query = _Query(services, "sql", "top_customers", "light")

    async def run(self) -> str:
        """Runs the query to its end; what the page says then."""
        with self.client:
            self.query.start()
        task = self.query._task
        assert task is not None
        await task
        said = "".join(one.content for one in self.client.elements.values() if isinstance(one, ui.html))
        self.client.delete()
        return said


def failing(_: Callable[[Runner], Any]) -> Any:
    raise ZeroDivisionError("a mistake of ours")


def test_an_error_that_nobody_foresaw_is_logged_and_told_and_the_page_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def asked() -> tuple[str, bool]:
        page = Page(failing)
        with caplog.at_level(logging.ERROR, "queries.console"):
            said = await page.run()
        return said, bool(page.query._run.props["disabled"])

    said, disabled = asyncio.run(asked())
    assert UNFORESEEN.replace("'", "&#39;") in said
    assert "Asking" not in said
    assert not disabled
    assert "a mistake of ours" in caplog.text


def test_an_answer_is_drawn_beside_the_loop_that_all_pages_share(monkeypatch: pytest.MonkeyPatch) -> None:
    drew: list[threading.Thread] = []

    def draw(result: Result) -> str:
        drew.append(threading.current_thread())
        return results.as_table(result)

    monkeypatch.setitem(VIEWS, "Table", draw)

    async def asked() -> str:
        return await Page(lambda _: Result(("n",), [("the answer's",)], 1.0)).run()

    assert "the answer&#39;s" in asyncio.run(asked())
    assert len(drew) == 1
    assert drew[0] is not threading.main_thread()
