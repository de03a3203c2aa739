"""Which runs hold a stream, and what is noted of it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks.holds import Hold, Note, Run, beyond, is_new, lacking, longest, note, notes, streams


class Installation:
    """In ClickHouse's place: keeps what is noted, at moments one after another."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, int]] = {}

    def insert(self, table: str, rows: list[list[str]], column_names: list[str]) -> None:
        assert (table, column_names) == ("installation", ["name", "value"])
        ((name, value),) = rows
        self.rows[name] = value, 1 + len(self.rows)

    def query(self, _: str, parameters: dict[str, str]) -> SimpleNamespace:
        assert parameters == {"prefix": "held "}
        return SimpleNamespace(result_rows=[(name, *row) for name, row in self.rows.items()])


@pytest.fixture
def client() -> Client:
    return cast("Client", Installation())


@pytest.mark.parametrize(
    ("records", "limit", "held"),
    [(9, 10, False), (10, 10, True), (11, 10, True), (1, 1, True), (0, 1, False), (10**9, 0, False)],
)
def test_a_run_holds_once_it_has_reached_the_limit(records: int, limit: int, held: bool) -> None:
    runs = {0: Run(records, 99), 3: Run(0, 5)}
    assert beyond(runs, limit) == ({0: runs[0]} if held else {})


@pytest.mark.parametrize(
    ("kept", "seen", "counts"),
    [
        (None, 5, True),
        (Note(None, 5), 5, False),  # it was there when the hold ended
        (Note(None, 5), 6, True),
        (Note(Hold({0: Run(10, 9)}, "it stands still"), 5), 6, False),  # held already
    ],
)
def test_what_was_unreadable_when_a_hold_ended_holds_nothing_again(kept: Note | None, seen: int, counts: bool) -> None:
    assert is_new(seen, kept) is counts


def test_the_longest_run_is_said() -> None:
    assert longest({0: Run(10, 99), 2: Run(12, 5), 3: Run(11, 7)}) == 2


def test_what_is_noted_is_read_again(client: Client) -> None:
    hold = Hold({0: Run(10, 99), 3: Run(12, 5)}, "c360.churn-alerts/3 stands still: 12 records")
    note(client, "churn-alerts", hold)
    note(client, "products", None)
    assert notes(client) == {"churn-alerts": Note(hold, 1), "products": Note(None, 2)}
    assert list(streams(notes(client))) == [("churn-alerts", hold)]


@pytest.mark.parametrize(("ingest", "views"), [("engine", {"take_churn_alerts"}), ("client", set())])
def test_only_the_engine_lacks_a_view(client: Client, ingest: Any, views: set[str]) -> None:
    note(client, "churn-alerts", Hold({0: Run(10, 99)}))
    note(client, "products", None)
    assert lacking(client, Settings(clickhouse_ingest=ingest)) == views
