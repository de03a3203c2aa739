"""SQL and Cypher in a real browser: typed, run, explained, cancelled; the answer as a table, a chart, a graph."""

from playwright.sync_api import Page, expect

from queries.catalogue import catalogue
from tests.integration.queries.console.server import RunningConsole
from tests.support.visiting import Visit
from tests.support.waiting import wait_for


def write(page: Page, text: str) -> None:
    """Types into the editor, in place of what stands there."""
    editor = page.get_by_role("textbox", name="Query")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()


def test_what_is_typed_is_answered_with_the_time_and_the_rows_read(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/query")
    write(page, "SELECT count() AS sold FROM transactions WHERE status = {status:String}")
    page.get_by_label("status").fill("completed")
    run(page)
    answer = page.get_by_role("region", name="The answer")
    expected = sum(one.status == "completed" for one in console.world.transactions)
    expect(answer.get_by_role("cell")).to_have_text(str(expected))
    expect(page.get_by_role("status")).to_contain_text("1 row, ")
    expect(page.get_by_role("status")).to_contain_text("rows read")


def test_a_report_of_the_catalogue_is_run_explained_and_drawn(visit: Visit) -> None:
    page = visit.open("/query")
    page.get_by_label("Catalogue").select_option("top_customers")
    page.get_by_label("limit").fill("3")
    page.get_by_label("limit").blur()
    run(page)
    answer = page.get_by_role("region", name="The answer")
    expect(answer.get_by_role("row")).to_have_count(1 + 3)
    page.get_by_role("button", name="Chart").click()
    expect(page.get_by_role("figure").locator("dt")).to_have_count(3)
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_label("How it is answered")).to_contain_text("Answered from the rollups")


def test_cypher_by_the_keyboard_and_its_graph(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/query?language=cypher")
    write(page, "MATCH (c:Customer {customer_id: $who})-[r:PURCHASED]->(p:Product) RETURN c, r, p")
    page.get_by_label("who").fill("5")
    page.get_by_label("who").blur()
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status")).to_contain_text("rows")
    page.get_by_role("button", name="Graph").click()
    graph = page.get_by_role("group", name="A graph of")
    sold = [one for one in console.world.transactions if one.customer_id == 5 and one.status == "completed"]
    expect(graph.locator(".node.is-product")).to_have_count(len({one.product_id for one in sold}))
    expect(graph.locator(".node.is-customer")).to_have_count(1)


def test_the_whole_catalogue_is_at_hand(visit: Visit) -> None:
    page = visit.open("/query?language=cypher&name=brand_loyalty")
    expect(page.get_by_label("Catalogue").locator("option")).to_have_count(len(catalogue("cypher")) + 1)
    expect(page.get_by_label("Catalogue")).to_have_value("brand_loyalty")
    page.get_by_label("Language").select_option("SQL")
    expect(page.get_by_label("Catalogue").locator("option")).to_have_count(len(catalogue("sql")) + 1)
    expect(page.get_by_role("textbox", name="Query")).to_contain_text("SELECT")


def test_a_query_that_is_cancelled_ends_in_the_database_too(visit: Visit, console: RunningConsole) -> None:
    page = visit.open("/query")
    write(page, "SELECT sum(sleepEachRow(0.01)) FROM numbers(100000) SETTINGS max_block_size = 10, final = 0")
    run(page)
    client = console.engine.client()

    def running() -> int:
        found = client.query("SELECT count() FROM system.processes WHERE query LIKE '%sleepEachRow(0.01)%'")
        return int(found.result_rows[0][0]) - 1  # this question itself

    wait_for(lambda: running() == 1, "the query runs")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status")).to_have_text("Cancelled.")
    wait_for(lambda: running() == 0, "the query has ended")
    client.close()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()


def test_what_is_refused_is_said_in_a_line_and_nothing_is_written(visit: Visit) -> None:
    page = visit.open("/query")
    for text, words in (
        ("DROP TABLE customers", "DB::Exception"),
        ("SELECT nonsense", "nonsense"),
        ("   ", "There is no query"),
        ("SELECT repeat(toString(number), 1000000) FROM numbers(100)", "Limit for result exceeded"),
        ("SELECT 1 SETTINGS max_result_rows = 0", "Leave it out"),
    ):
        write(page, text)
        run(page)
        expect(page.get_by_role("alert")).to_contain_text(words)
    write(page, "SELECT 1 AS one")
    run(page)
    expect(page.get_by_role("region", name="The answer")).to_contain_text("one")
    expect(page.get_by_role("alert")).to_have_count(0)
