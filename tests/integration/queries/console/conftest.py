"""One engine, one console and one browser for all tests of the folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.integration.queries.api.server import rolled_engine
from tests.integration.queries.console.server import PASSWORD, RunningConsole, console_server
from tests.support.chromium import browser as chromium
from tests.support.visiting import Visit, visiting

#: One whom the stream processors take for about to leave.
CHURNING = 5
ABOUT_TO_LEAVE = (
    """INSERT INTO customer_features (customer_id, segment, first_seen, last_seen, as_of, churn_score, churn_band,
       lifetime_value) VALUES ({customer_id:UInt32}, 'VIP', '2025-01-01 00:00:00', '2025-04-01 00:00:00',
       '2025-07-01 00:00:00', 0.97, 'high', 1234.5)""",
    """INSERT INTO churn_alerts VALUES ('a', {customer_id:UInt32}, 'raised', 0.97, 0.4,
       'silent 90 days, usually active every 3 days', 'VIP', 1234.5, '2025-07-01 00:00:00')""",
)


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("console")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def console(folder: Path) -> Iterator[RunningConsole]:
    with rolled_engine(folder / "engine") as (engine, world):
        client = engine.client()
        for statement in ABOUT_TO_LEAVE:
            client.command(statement, parameters={"customer_id": CHURNING})
        client.close()
        with console_server(engine, world, folder) as running:
            yield running


@pytest.fixture
def visit(browser: Browser, console: RunningConsole) -> Iterator[Visit]:
    with visiting(browser, console.url, PASSWORD) as visit:
        yield visit
