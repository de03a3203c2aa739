"""`python -m tests.console.pictures`: the pictures in docs/pictures, by the tests' browser from a stack of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, expect
from rich.console import Console

from ops.demo.live import drained
from schemas.cli import run
from schemas.settings import Settings
from tests.support.chromium import browser as chromium
from tests.support.simulator import simulate, started
from tests.support.stack import own_settings, running
from tests.support.visiting import visiting

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
DAYS, RATE = 395, "2000/s"
WIDE, NARROW = {"width": 1200, "height": 780}, {"width": 390, "height": 780}
SECONDS = 1_200.0


@click.command()
@click.option("--customers", type=click.IntRange(1_000), default=15_000, show_default=True)
@click.option("--to", type=click.Path(path_type=Path), default=FOLDER, show_default=True)
def main(customers: int, to: Path) -> None:
    """Starts a stack, lays a history, streams on, and takes the pictures."""
    to.mkdir(parents=True, exist_ok=True)
    begin = (datetime.now(UTC) - timedelta(days=DAYS)).strftime("%Y-%m-%dT00:00:00Z")
    world = ("--customers", str(customers), "--products", "1500", "--seed", "42", "--epoch", begin[:10])
    past = ("--start", begin, "--duration", f"{DAYS}d", "--events", str(35 * customers), "--rate", "max")
    with tempfile.TemporaryDirectory(prefix="c360-pictures-") as folder:
        settings = own_settings(Path(folder) / "home")
        with running(settings) as environment:
            simulate(environment, *world, *past, seconds=SECONDS)
            drained(Console(stderr=True), settings)
            _refresh(environment)
            with started(environment, *world, "--rate", RATE), chromium() as browser:
                _take(browser, settings, to)
    for path in sorted(to.glob("*.png")):
        click.echo(f"{path} {path.stat().st_size:,} bytes")


def _refresh(environment: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "queries.recommend", "refresh"]
    subprocess.run(command, env=dict(environment), check=True, timeout=SECONDS, stderr=subprocess.DEVNULL)


def _take(browser: Browser, settings: Settings, to: Path) -> None:
    with visiting(browser, settings.console_url, settings.console_secret, viewport=WIDE) as visit:
        page = visit.page
        at_risk = page.get_by_role("region", name="VIPs at risk").get_by_role("row")
        expect(at_risk.nth(3)).to_be_visible()
        _flowing(page)
        page.screenshot(path=to / "live.png")
        at_risk.nth(1).get_by_role("link").first.click()
        expect(page.get_by_role("group", name="who bought the same")).to_be_visible()
        page.screenshot(path=to / "customer.png")
    with visiting(
        browser, settings.console_url, settings.console_secret, viewport=WIDE, color_scheme="dark"
    ) as visit:  # fmt: skip
        page = visit.open("/query?language=sql&name=monthly_revenue")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.get_by_role("region", name="The answer")).to_be_visible()
        page.get_by_role("button", name="Chart").click()
        expect(page.get_by_role("figure")).to_be_visible()
        page.screenshot(path=to / "query.png", full_page=True)
    with visiting(
        browser, settings.console_url, settings.console_secret, viewport=NARROW, color_scheme="dark"
    ) as visit:  # fmt: skip
        _flowing(visit.page)
        visit.page.screenshot(path=to / "small.png")


def _flowing(page: Page) -> None:
    """Waits until all rates are known."""
    for card in ("producers", "processors", "results", "clickhouse", "questions"):
        expect(page.locator(f"[data-card={card}] .figure b")).not_to_have_text("-")
    expect(page.locator(".pipe.moves")).to_have_count(5)


if __name__ == "__main__":
    run(main, name="python -m tests.console.pictures")
