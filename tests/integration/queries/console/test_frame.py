"""What is around every page, in a real browser: logging in and out, themes, the keyboard, small screens."""

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.queries.console.server import PASSWORD, RunningConsole
from tests.support.visiting import Visit, visiting

PATHS = ("/", "/customers?q=name", "/customers/5", "/alerts", "/use-cases/1", "/query", "/dead-letters", "/topics")


def test_a_wrong_password_is_told_and_the_page_that_was_wanted_comes_after_the_right_one(
    browser: Browser, console: RunningConsole
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{console.url}/?from=here")
    page.get_by_label("Password").fill("a guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not the password")
    context.close()


def test_leaving_ends_the_session(visit: Visit) -> None:
    visit.page.get_by_role("button", name="Log out").click()
    visit.page.get_by_label("Password").wait_for()
    visit.page.goto(visit.url + "/")
    expect(visit.page.get_by_label("Password")).to_be_visible()


def test_the_theme_is_the_systems_until_another_is_chosen_and_stays(browser: Browser, console: RunningConsole) -> None:
    with visiting(browser, console.url, PASSWORD, color_scheme="dark") as visit:
        background = "getComputedStyle(document.body).backgroundColor"
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")
        dark = visit.page.evaluate(background)
        visit.page.get_by_role("button", name="Light").click()
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "light")
        assert visit.page.evaluate(background) != dark
        visit.open("/")
        expect(visit.page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_keyboard_reaches_the_content_first_and_every_control(visit: Visit) -> None:
    page = visit.open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    visited = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        visited.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Live", "Log out"} <= visited


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_wider_than_the_screen(browser: Browser, console: RunningConsole, path: str, width: int) -> None:
    with visiting(browser, console.url, PASSWORD, viewport={"width": width, "height": 700}) as visit:
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_part_that_is_away_is_shown_as_such(visit: Visit) -> None:
    page = visit.open("/")
    expect(page.locator("[data-card=kafka] .figure")).to_contain_text("-")
    expect(page.locator(".pipe.moves")).to_have_count(0)
