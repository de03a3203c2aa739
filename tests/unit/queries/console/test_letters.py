"""The page of dead letters: what is listed, and that a replay is of what was asked about."""

import json

import pytest

from queries.console.commands import Done
from queries.console.pages.letters import _Letters
from tests.unit.queries.console.page import Page, settled, visited

FOUND = {
    "counts": [{"letters": 3, "replayed": 1, "topic": "c360.transactions", "reader": "sinks", "reason": "no <schema>"}],
    "letters": [
        {
            "topic": "c360.transactions",
            "partition": 1,
            "offset": 42,
            "refused_at": "2026-01-31T12:00:00.000Z",
            "bytes": 1234,
            "replay": "sent",
            "reasons": [{"reader": "sinks", "error": "no <schema> 7"}],
        }
    ],
}
TRIED = Done(1, "would_send=2 arrived_before=0 replayed_before=0 refused=1\n", "")
SENT = Done(0, "sent=2 arrived_before=0 replayed_before=0 refused=0\n", "")


class Commands:
    """`c360` as these tests know it; keeps what it was asked for."""

    def __init__(self, tried: Done = TRIED, sent: Done = SENT) -> None:
        self.asked: list[tuple[str, ...]] = []
        self._tried, self._sent = tried, sent

    async def __call__(self, *words: str) -> Done:
        self.asked.append(words)
        if words[1] == "list":
            return Done(0, json.dumps(FOUND), "")
        return self._tried if "--dry-run" in words else self._sent

    @property
    def replays(self) -> list[tuple[str, ...]]:
        return [words for words in self.asked if words[1] == "replay"]


def is_hidden(page: Page) -> bool:
    return bool(page.button("Yes, send them").props.get("hidden"))


def test_letters_are_listed_by_reason_and_one_by_one() -> None:
    known = Commands()

    async def visit(page: Page) -> None:
        page.connect()
        _Letters(known)
        page.change("topic", "transactions")
        page.change("reason", "-7")
        await settled()
        page.press("Look")
        await settled()
        assert 'href="/dead-letters/c360.transactions/1/42"' in page.text
        assert "no &lt;schema&gt; 7" in page.text
        assert "1,234" in page.text
        assert known.asked[-1][4:] == ("50", "--topic=transactions", "--reason=-7")

    visited(visit)


def test_a_replay_is_of_what_the_dry_run_before_it_was_of() -> None:
    known = Commands()

    async def visit(page: Page) -> None:
        page.connect()
        _Letters(known)
        assert is_hidden(page)
        page.change("reader", "sinks")
        await settled()
        page.press("Replay")
        await settled()
        assert "would_send=2" in page.text
        assert "Send 2 to their topics again?" in page.text
        assert not is_hidden(page)
        page.press("Yes, send them")
        await settled()
        assert "sent=2" in page.text
        assert is_hidden(page)
        tried, sent = known.replays
        assert tried[2] == "--dry-run"
        assert sent[2] == "--yes"
        assert sent[3:] == tried[3:]
        assert sent[3] == "--reader=sinks"
        # Letters that came since were not asked about.
        assert sent[4].startswith("--until=20")

    visited(visit)


@pytest.mark.parametrize(("field", "value"), [("topic", "customers"), ("reader", "sinks"), ("reason", "other")])
def test_what_is_chosen_anew_is_asked_about_anew(field: str, value: str) -> None:
    known = Commands()

    async def visit(page: Page) -> None:
        page.connect()
        _Letters(known)
        page.press("Replay")
        await settled()
        page.change(field, value)
        await settled()
        assert is_hidden(page)
        assert "to their topics again?" not in page.text
        assert [words[2] for words in known.replays] == ["--dry-run"]

    visited(visit)


@pytest.mark.parametrize(
    ("tried", "said"),
    [
        (Done(0, "would_send=0 arrived_before=0 replayed_before=5 refused=0\n", ""), "would_send=0"),
        (Done(1, "would_send=7 arrived_before=0 replayed_before=0 refused=0\n", "Error: Kafka is away.\n"), "is away"),
        (Done(2, "", "Error: C360_CLICKHOUSE_PASSWORD is not set.\n"), "C360_CLICKHOUSE_PASSWORD is not set."),
    ],
    ids=["nothing to send", "broke off", "cannot begin"],
)
def test_nothing_is_sent_where_there_is_nothing_or_it_cannot_be(tried: Done, said: str) -> None:
    known = Commands(tried)

    async def visit(page: Page) -> None:
        page.connect()
        _Letters(known)
        page.press("Replay")
        await settled()
        assert said in page.text
        assert is_hidden(page)

    visited(visit)


def test_a_replay_that_broke_off_says_so_beside_what_became_of_them() -> None:
    known = Commands(sent=Done(1, "sent=1 arrived_before=0 replayed_before=0 refused=0\n", "Error: Kafka is away.\n"))

    async def visit(page: Page) -> None:
        page.connect()
        _Letters(known)
        page.press("Replay")
        await settled()
        page.press("Yes, send them")
        await settled()
        assert "sent=1" in page.text
        assert '<p class="problem" role="alert">Kafka is away.</p>' in page.text

    visited(visit)
