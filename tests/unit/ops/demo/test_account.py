"""The account at the end: what was acknowledged, whoever else has sent into the same stack, and runs cut off."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ops.demo import history
from ops.demo.account import account, text
from schemas.errors import C360Error
from schemas.settings import Settings


class Answer(list[dict[str, Any]]):
    def named_results(self) -> "Answer":
        return self


class Database:
    """Rows by source; features and Cypher say what is stored in all."""

    def __init__(self, **stored: tuple[int, int]) -> None:
        self._rows = [
            {"source": int(source[1:]), "transactions": bought, "interactions": seen, "purchases": bought}
            for source, (bought, seen) in stored.items()
        ]
        self.bought, self.seen = (sum(counts[place] for counts in stored.values()) for place in (0, 1))

    def query(self, sql: str) -> Answer:
        if sql == text("sql", "accounted"):
            return Answer(self._rows)
        return Answer([{"interactions": self.seen, "purchases": self.bought}])

    def cypher(self, words: str) -> int:
        return self.seen if words == text("cypher", "interactions") else self.bought


def wrong(database: Any, acknowledged: dict[str, dict[str, int]]) -> list[str]:
    return [line.what for line in account(database, database.cypher, acknowledged) if not line.holds]


def test_a_run_that_was_cut_off_or_is_somebody_else_s_is_no_loss() -> None:
    mine = {"1": {"transactions": 24, "interactions": 75, "customers": 1}}
    assert wrong(Database(s1=(24, 75)), mine) == []
    assert wrong(Database(s1=(24, 75), s2=(7, 9)), mine) == []


@pytest.mark.parametrize("stored", [(23, 75), (25, 75)])
def test_what_is_lost_or_there_twice_is_seen_also_beside_others(stored: tuple[int, int]) -> None:
    mine = {"1": {"transactions": 24, "interactions": 75}, "3": {"transactions": 0, "interactions": 0}}
    assert wrong(Database(s1=stored, s2=(1, 0)), mine) == ["transactions of these runs"]
    assert wrong(Database(), mine) == ["transactions of these runs", "interactions of these runs"]


def test_a_way_that_counts_other_than_sql_is_seen() -> None:
    database = Database(s1=(24, 75))
    database.seen += 1
    database.bought -= 1
    found = wrong(database, {"1": {"transactions": 24, "interactions": 75}})
    assert found == ["interactions of all runs", "purchases of all runs"]


def test_the_ledger_is_kept_and_a_history_sent_again_counts_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    first = history.read(settings, datetime(2026, 2, 1, tzinfo=UTC))
    assert (first.history_start, first.history_done) == ("2025-01-02T00:00:00+00:00", False)
    run = {"source": 1, "streams": {"transactions": 5}, "sent": 5}
    history.write(settings, first.plus(run).plus(run).plus({"source": 2, "streams": {"transactions": 7}}))
    kept = history.read(settings, datetime(2027, 1, 1, tzinfo=UTC))
    assert (kept.history_start, kept.history_done) == (first.history_start, True)
    assert kept.acknowledged == {"1": {"transactions": 5}, "2": {"transactions": 7}}


@pytest.mark.parametrize("content", ["", "[]", '{"history_start": 1}'])
def test_a_file_that_is_no_ledger_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "demo.json").write_text(content)
    with pytest.raises(C360Error, match=r"demo\.json is not what 'make run' wrote"):
        history.read(Settings(home=tmp_path), datetime(2026, 2, 1, tzinfo=UTC))


class Later:
    """A database with so many events after the moment it is asked about."""

    def __init__(self, events: int) -> None:
        self.events, self.moments = events, list[str]()

    def query(self, _: str, parameters: dict[str, str]) -> "Later":
        self.moments.append(parameters["moment"])
        return self

    @property
    def result_rows(self) -> list[tuple[int]]:
        return [(self.events,)]


def test_a_history_behind_other_events_is_refused_and_its_own_is_gone_on_with(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    ledger = history.read(settings, datetime(2026, 2, 1, tzinfo=UTC))
    nothing: Any = Later(0)
    history.refuse_if_too_late(nothing, settings, ledger)
    assert nothing.moments == ["2025-01-02T00:00:00+00:00"]
    live: Any = Later(6256)
    with pytest.raises(C360Error, match=rf"{tmp_path} holds 6,256 events already.*C360_HOME"):
        history.refuse_if_too_late(live, settings, ledger)
    history.write(settings, ledger)
    history.refuse_if_too_late(live, settings, ledger)
