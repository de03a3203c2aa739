"""Customers in a real browser: found while one types, and one of them with churn, reason, graph and recommendations."""

from playwright.sync_api import expect

from tests.integration.queries.console.conftest import CHURNING
from tests.integration.queries.console.server import RunningConsole
from tests.integration.queries.recompute import ledger
from tests.integration.queries.recompute_graph import Shop, similar_customers
from tests.support.visiting import Visit


def test_whoever_is_typed_is_found_and_a_click_leads_to_them(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/customers")
    wanted = console.world.customers[CHURNING]
    field = page.get_by_label("Number, name or e-mail")
    field.press_sequentially(wanted.name.upper())
    found = page.get_by_role("region", name="Customers found")
    row = found.get_by_role("row").filter(has=page.get_by_role("link", name=str(CHURNING), exact=True))
    expect(row).to_contain_text(wanted.name)
    expect(row).to_contain_text("97 %")
    field.fill("nobody is called so")
    expect(page.get_by_role("status").filter(has_text="Nobody has that number")).to_be_visible()
    field.fill(str(CHURNING))
    row.get_by_role("link", name=wanted.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(wanted.name)


def test_one_who_is_about_to_leave_is_shown_with_the_reason(visit: Visit, console: RunningConsole) -> None:
    page = visit.open(f"/customers/{CHURNING}")
    expect(page.get_by_role("heading", level=1)).to_have_text(console.world.customers[CHURNING].name)
    expect(page.get_by_role("img", name="Churn score 97%, high")).to_be_visible()
    expect(page.get_by_text("silent 90 days, usually active every 3 days").first).to_be_visible()
    bought = [one for one in console.world.transactions if one.customer_id == CHURNING]
    events = len(bought) + sum(one.customer_id == CHURNING for one in console.world.interactions)
    timeline = page.get_by_role("region", name="Timeline").get_by_role("row")
    expect(timeline).to_have_count(1 + min(50, events))


def test_who_bought_the_same_is_drawn_and_leads_on(visit: Visit, console: RunningConsole) -> None:
    page = visit.open(f"/customers/{CHURNING}")
    graph = page.get_by_role("group", name="who bought the same")
    known = ledger(console.world, max(one.ts for one in console.world.transactions))
    shop = Shop(known.world, known.as_of, known.bought, known.refunded)
    first = similar_customers(shop, {"customer_id": CHURNING, "limit": 1})[0][0]
    link = graph.get_by_role("link", name=console.world.customers[first].name).first
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(console.world.customers[first].name)


def test_nobody_and_what_is_no_number_are_told(visit: Visit) -> None:
    page = visit.open("/customers/4000000")
    expect(page.get_by_role("alert")).to_contain_text("There is no customer 4000000")


def test_names_are_text_whatever_stands_in_them(visit: Visit, console: RunningConsole) -> None:
    client = console.engine.client()
    name = "<img src=x onerror=document.title='taken'>"
    client.insert(
        "customers",
        [[990, name, "x@example.com", "VIP", "XX", 1, 0]],
        column_names=["customer_id", "name", "email", "segment", "country", "version", "deleted"],
    )
    client.close()
    page = visit.open("/customers?q=990")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert page.title() != "taken"
