"""The engine's parser says once of a text that it reads only; what changes something is refused each time."""

from typing import Any

import pytest

from sinks.embedded.access import LONG, Harmless, check_class
from sinks.embedded.engine import ROLE_READER, ROLE_WRITER
from sinks.embedded.faults import ServerError
from sinks.embedded.users import User

READER, WRITER = User("reader", ROLE_READER), User("writer", ROLE_WRITER)


class Kind:
    def __init__(self, name: str) -> None:
        self.name = name


class Parser:
    """A connection, as far as it classifies."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def classify_query(self, sql: str) -> dict[str, Any]:
        self.asked.append(sql)
        kind = "READ_ONLY" if sql.startswith("SELECT") else "CONTROL" if sql.startswith("SET") else "WRITE"
        return {"statement_count": 1, "query_class": Kind(kind)}


def check(parser: Parser, user: User, sql: str, known: Harmless, *, get: bool = False) -> None:
    connection: Any = parser
    check_class(connection, user, sql, known, get=get)


def test_what_reads_only_is_parsed_once() -> None:
    parser, known = Parser(), Harmless()
    for _ in range(3):
        check(parser, READER, "SELECT 1", known)
    assert parser.asked == ["SELECT 1"]


def test_what_changes_something_is_refused_each_time() -> None:
    parser, known = Parser(), Harmless()
    check(parser, READER, "SELECT 1", known)
    for _ in range(2):
        with pytest.raises(ServerError, match="may only ask"):
            check(parser, READER, "DROP TABLE customers", known)
    assert parser.asked == ["SELECT 1", "DROP TABLE customers", "DROP TABLE customers"]


def test_what_the_writer_asks_by_get_says_nothing_of_the_reader() -> None:
    parser, known = Parser(), Harmless()
    check(parser, WRITER, "SELECT 1", known, get=True)
    check(parser, WRITER, "SELECT 1", known, get=True)
    check(parser, READER, "SELECT 1", known)
    assert parser.asked == ["SELECT 1"] * 3


def test_the_texts_that_were_asked_last_are_kept_and_no_long_ones() -> None:
    known = Harmless(2)
    for text in ("a", "b"):
        known.add(text)
    assert "a" in known
    known.add("c")
    known.add("d" * LONG)
    assert [text in known for text in ("a", "b", "c", "d" * LONG)] == [True, False, True, False]
