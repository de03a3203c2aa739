"""Every page in both themes, held to WCAG 2.2 AA by axe-core; what it cannot see stands in test_frame.py."""

from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.queries.console.conftest import CHURNING
from tests.integration.queries.console.server import PASSWORD, RunningConsole
from tests.support.visiting import visiting

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Each page, and what is there once it is filled.
PAGES = {
    "/": "VIPs at risk",
    "/customers?q=name": "Customers found",
    f"/customers/{CHURNING}": "Timeline",
    "/alerts": "Churn alerts",
    "/use-cases": "",
    "/use-cases/1": "The list",
    "/query": "",
    "/query?language=cypher": "",
    "/dead-letters": "",
    "/topics": "",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, console: RunningConsole, theme: Any) -> None:
    found = {}
    with visiting(browser, console.url, PASSWORD, color_scheme=theme) as visit:
        for path, region in PAGES.items():
            page = visit.open(path)
            if region:
                expect(page.get_by_role("region", name=region).first).to_be_visible()
            if path.startswith("/query"):
                expect(page.get_by_role("textbox", name="Query")).to_be_visible()
            page.evaluate(AXE)
            report = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
            assert len(report["passes"]) > 10
            found[path] = [
                (one["id"], one["help"], [node["html"][:200] + " " + node["failureSummary"] for node in one["nodes"]])
                for one in report["violations"]
            ]
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_the_form_that_lets_in_is_held_to_it_too(browser: Browser, console: RunningConsole) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(console.url)
    page.evaluate(AXE)
    report = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    context.close()
    assert [(one["id"], one["nodes"][0]["html"]) for one in report["violations"]] == []
