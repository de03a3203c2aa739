"""The console of a running stack in a real browser: what is shown changes as events arrive, letters are replayed."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from playwright.sync_api import Browser, Page, expect

from schemas.topics import TRANSACTIONS
from tests.e2e.conftest import Stack, whole_stack
from tests.e2e.test_dead_letters import Coming
from tests.support.chromium import browser as chromium
from tests.support.simulator import simulate, started
from tests.support.visiting import Visit, visiting
from tests.support.waiting import GIVE_UP, wait_for

WORLD = ("--customers", "300", "--products", "50", "--seed", "23")
PAST = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "15k", "--rate", "max")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of its own: other tests count the letters of theirs."""
    with whole_stack(tmp_path_factory.mktemp("console")) as stack:
        yield stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def visit(stack: Stack, browser: Browser) -> Iterator[Visit]:
    password = stack.settings.secret_path("console").read_text(encoding="ascii").strip()
    with visiting(browser, stack.settings.console_url, password) as visit:
        yield visit


def figure(page: Page, card: str) -> float:
    """The number on a card of the picture; nought where it is not known yet."""
    text = page.locator(f"[data-card={card}] .figure b").inner_text().replace(",", "")
    return float(text) if text != "-" else 0.0


def test_what_flows_is_seen_and_leads_to_whoever_is_leaving(stack: Stack, visit: Visit) -> None:
    page = visit.open("/")
    assert simulate(stack.environment, *WORLD, *PAST)["failed"] == 0
    alert = page.get_by_role("region", name="Churn alerts").locator("tr", has_text="raised").first
    expect(alert).to_be_visible()
    with started(stack.environment, *WORLD, "--rate", "300/s"):
        for card in ("producers", "processors", "clickhouse"):
            wait_for(lambda card=card: figure(page, card) > 0, f"a rate of {card}", 120)  # type: ignore[misc]
            expect(page.locator(f"[data-card={card}] .dot.well")).to_be_visible()
        expect(page.locator(".pipe.moves").first).to_be_visible()
        before = figure(page, "kafka")
        wait_for(lambda: figure(page, "kafka") > before, "more records in Kafka", 60)
        _asked_twice(visit)
    page.goto(visit.url)
    number = alert.get_by_role("link").inner_text()
    alert.get_by_role("link").click()
    expect(page.get_by_text(f"Customer {number}")).to_be_visible()
    expect(page.get_by_role("img", name="Churn score")).to_be_visible()


def _asked_twice(visit: Visit) -> None:
    """The same question has another answer while events arrive."""
    page = visit.open("/query")
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("SELECT count() AS stored FROM interactions")
    answer = page.get_by_role("region", name="The answer").get_by_role("cell")

    def asked() -> int:
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
        return int(answer.inner_text())

    first = asked()
    wait_for(lambda: asked() > first, "more rows", 60)


def test_records_of_a_topic_are_decoded(stack: Stack, visit: Visit) -> None:
    page = visit.open("/topics")
    page.get_by_role("link", name=TRANSACTIONS.name(stack.settings)).click()
    expect(page.locator("pre").first).to_contain_text('"transaction_id"')
    page.get_by_label("Partition").select_option("1")
    # The first of all may be of partition 1 too: the others have to go, and the new ones to be there.
    expect(page.locator("summary").filter(has_not_text="partition 1")).to_have_count(0)
    page.get_by_text("Asking Kafka ...").wait_for(state="hidden")
    expect(page.locator("summary").first).to_contain_text("partition 1")
    page.get_by_label("Before offset").fill("1")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("summary")).to_have_count(1)
    page.get_by_label("Before offset").fill("one")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_contain_text("'one' is no offset")


def test_a_letter_is_shown_and_replayed_once_after_the_mend(stack: Stack, visit: Visit) -> None:
    coming = Coming(stack.settings, "seen_in_the_console")
    producer = Producer(stack.settings.kafka_client)
    producer.produce(TRANSACTIONS.name(stack.settings), coming.encode(77), b"900003", 1)
    assert producer.flush(GIVE_UP) == 0
    page = visit.open("/dead-letters")
    page.get_by_label("Reason has").fill(f"no schema {coming.id}:")
    link = page.get_by_role("region", name="The newest dead letters").get_by_role("link")

    def looked() -> int:
        page.get_by_role("button", name="Look").click()
        page.locator("#content").get_by_text("Asking ...").wait_for(state="hidden")
        return link.count()

    assert wait_for(looked, "the letter", 60) == 1
    name = link.inner_text()
    said = page.get_by_label("What became of them")
    page.get_by_role("button", name="What would be sent?").click()
    expect(said).to_contain_text("would_send=0 arrived_before=0 replayed_before=0 refused=1")
    coming.register()
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Yes, send them").click()
    expect(said).to_contain_text("sent=1 arrived_before=0 replayed_before=0 refused=0")
    expect(page.get_by_role("cell", name="sent", exact=True)).to_be_visible()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_text('"seen_in_the_console"')).to_be_visible()
