"""One engine, one console and one browser for all tests of the folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.queries.api.server import rolled_engine
from tests.integration.queries.console.server import RunningConsole, Visit, console_server, visiting
from tests.support.chromium import browser as chromium


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def console(folder: Path) -> Iterator[RunningConsole]:
    with rolled_engine(folder / "engine") as (engine, world), console_server(engine, world, folder) as running:
        yield running


@pytest.fixture
def visit(browser: Browser, console: RunningConsole) -> Iterator[Visit]:
    with visiting(browser, console.url) as visit:
        yield visit
