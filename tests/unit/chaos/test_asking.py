"""An answer is right between what was answered before and what was sent before it came."""

import itertools
import threading
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.exceptions import DataError

from queries.database import explained
from schemas.settings import Settings
from tests.chaos import asking
from tests.chaos.asking import Answers, RefusedError
from tests.support.waiting import GIVE_UP


@pytest.mark.parametrize(
    ("found", "sent", "right"),
    [([0, 3, 3, 7], [2, 3, 5, 7], [1, 1, 1, 1]), ([5, 4, 5], [9, 9, 9], [1, 0, 1]), ([3, 3], [2, 3], [0, 1])],
    ids=["grows", "takes back", "was never sent"],
)
def test_answers_never_fall_and_are_never_more_than_was_sent(
    found: list[int], sent: list[int], right: list[int]
) -> None:
    answers = Answers("SQL")
    wrong = [answers.wrong(one, other) for one, other in zip(found, sent, strict=True)]
    assert [not words for words in wrong] == list(map(bool, right))
    assert answers.right == sum(right)
    assert all("SQL answers" in words for words in wrong if words)


class Reader:
    """Answers what it is told to, by turns and then the last one again and again; None is a refusal."""

    def __init__(self, *found: int | None) -> None:
        self._found = itertools.chain(found, itertools.repeat(found[-1]))

    def ask(self) -> int:
        found = next(self._found)
        if found is None:
            raise RefusedError("not now")
        return found

    def hang_up(self) -> None:
        pass


class Sent:
    """Purchases of which there are always more than anybody answers."""

    customer, sent, acknowledged = 1, 1 << 30, ()

    def send(self, when: datetime) -> None:
        pass

    def flush(self) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What is told of two readers after a fault."""
    monkeypatch.setattr(asking, "ASKED_SECONDS", 0.001)
    monkeypatch.setattr(asking, "SENT_SECONDS", 0.001)

    def ask(sql: Reader, cypher: Reader, seconds: float = GIVE_UP) -> list[str]:
        monkeypatch.setattr(asking, "ANSWER_SECONDS", seconds)
        monkeypatch.setattr(asking, "Sql", lambda *_: sql)
        monkeypatch.setattr(asking, "Cypher", lambda *_: cypher)
        told: list[str] = []
        with asking.Asking(Settings(), cast("Any", Sent()), told.append, live=True) as questions:
            questions.again()
            questions.moves_on()
        return told

    return ask


def test_readers_that_answer_again_and_more(asked: Callable[..., list[str]]) -> None:
    growing = [Reader(None, None, *range(3, 10_000)) for _ in range(2)]
    assert asked(*growing) == []


def test_a_reader_that_is_refused_to_the_end(asked: Callable[..., list[str]]) -> None:
    told = asked(Reader(*range(10_000)), Reader(None), seconds=0.2)
    assert "WRONG: Cypher has no right answer for 0 s after the stack had recovered" in told
    assert all("Cypher" in words for words in told)


def test_a_reader_that_says_no_only_after_long_was_silent(asked: Callable[..., list[str]]) -> None:
    class Slow(Reader):
        def ask(self) -> int:
            threading.Event().wait(0.3)  # longer than is waited for: nothing comes of it
            return super().ask()

    told = asked(Reader(*range(10_000)), Slow(None), seconds=0.2)
    assert any(words.startswith("WRONG: Cypher was silent for ") for words in told)
    assert not any(words.startswith("WRONG: SQL was silent") for words in told)


def test_an_answer_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def query(*_: object) -> None:
        raise explained(Settings(), DataError("cut off"))

    sql = asking.Sql(Settings(), 1)
    monkeypatch.setattr(sql, "_database", SimpleNamespace(query=query))
    with pytest.raises(ValueError, match="cut off"):
        sql.ask()


def test_a_reader_that_is_stuck_at_an_old_number(asked: Callable[..., list[str]]) -> None:
    told = asked(Reader(5), Reader(*range(10_000)), seconds=0.2)
    assert told == ["WRONG: SQL still answers what it did for 0 s after the stack had recovered"]
