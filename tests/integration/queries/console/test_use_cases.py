"""Use cases and alerts in a real browser."""

from playwright.sync_api import expect

from queries.use_cases.cases import REPORTS, USE_CASES
from tests.integration.queries.console.conftest import CHURNING
from tests.integration.queries.console.server import RunningConsole
from tests.support.visiting import Visit


def test_all_are_offered_and_the_first_says_whom_to_write_to(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/use-cases")
    expect(page.locator("h2 a")).to_have_count(len(USE_CASES) + len(REPORTS))
    page.get_by_role("link", name="1. VIP retention").click()
    wanted = page.get_by_role("region", name="The list").get_by_role("row").filter(has_text="silent 90 days")
    expect(wanted).to_contain_text(console.world.customers[CHURNING].name)
    wanted.get_by_role("link", name=str(CHURNING)).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(console.world.customers[CHURNING].name)


def test_a_parameter_that_cannot_be_is_told_and_a_good_one_counts(visit: Visit) -> None:
    page = visit.open("/use-cases/1")
    rows = page.get_by_role("region", name="The list").get_by_role("row")
    expect(rows.first).to_be_visible()
    page.get_by_label("size").fill("none")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert")).to_contain_text("'size'")
    page.get_by_label("size").fill("1")
    page.get_by_role("button", name="Run").click()
    expect(rows).to_have_count(2)


def test_one_that_there_is_not_is_told(visit: Visit) -> None:
    page = visit.open("/use-cases/9")
    expect(page.get_by_role("alert")).to_contain_text("There is no use case '9'")


def test_vips_at_risk_stand_on_the_first_page_with_reason_and_offer(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/")
    row = page.get_by_role("region", name="VIPs at risk").get_by_role("row").filter(has_text="silent 90 days")
    expect(row).to_contain_text(console.world.customers[CHURNING].name)
    # There is nothing of their favourite category that they do not have.
    expect(row).to_contain_text("a call")


def test_stored_alerts_are_filtered_and_kafka_s_absence_is_said(visit: Visit) -> None:
    page = visit.open("/alerts")
    expect(page.locator("[data-alert=a]")).to_contain_text("silent 90 days")
    page.get_by_label("Kind").select_option("recovered")
    expect(page.get_by_text("There are no such alerts.")).to_be_visible()
    page.get_by_label("Kind").select_option("raised")
    expect(page.locator("[data-alert=a]")).to_be_visible()
    expect(page.get_by_text("does not answer").first).to_be_visible()


def test_without_kafka_topics_and_letters_say_so(visit: Visit) -> None:
    expect(visit.open("/topics").get_by_role("alert")).to_contain_text("does not answer")
    expect(visit.open("/topics/transactions").get_by_role("alert")).to_contain_text("does not answer")
    expect(visit.open("/topics/nothing").get_by_role("alert")).to_contain_text("There is no topic 'nothing'")
    expect(visit.open("/dead-letters").get_by_text("There are no such dead letters.")).to_be_visible()
    letter = visit.open("/dead-letters/c360.transactions/0/4711")
    expect(letter.get_by_role("alert")).to_contain_text("There is no dead letter c360.transactions/0/4711")
