"""Statements about the server itself are told from all others."""

import pytest

from queries.graph.bolt.builtin import Builtin, Fixed
from queries.graph.view import load_view
from schemas.errors import QueryError

BUILTIN = Builtin(load_view(), ("customer360", "neo4j"), "ann", "127.0.0.1:7687")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("CALL db.ping()", Fixed(("success",), [[True]])),
        ("  call DB.Ping ( ) ;", Fixed(("success",), [[True]])),
        ("/* a tool */ // and more\nCALL db.ping", Fixed(("success",), [[True]])),
        ("CALL db.ping() YIELD success AS it", Fixed(("it",), [[True]])),
        ("SHOW CURRENT USER YIELD roles, username", Fixed(("roles", "username"), [[["reader"], "ann"]])),
        ("show databases yield name", Fixed(("name",), [["customer360"]])),
        ("SHOW DEFAULT DATABASE YIELD *, name", None),
    ],
)
def test_answers(text: str, answer: Fixed | None) -> None:
    if answer is None:
        with pytest.raises(QueryError, match="only columns"):
            BUILTIN.answer(text)
    else:
        assert BUILTIN.answer(text) == answer


@pytest.mark.parametrize(
    "text",
    ["MATCH (n) RETURN n", "RETURN 'CALL db.ping()'", "CALL { RETURN 1 }", "CALL db.ping() YIELD success RETURN 1 AS x",
     "", "SHOW INDEXES", "CALL apoc.help('x')", "/* CALL db.ping() */ RETURN 1"],
)  # fmt: skip
def test_what_is_not_about_the_server(text: str) -> None:
    if "YIELD success RETURN" in text:
        with pytest.raises(QueryError, match="only columns: success"):
            BUILTIN.answer(text)
    else:
        assert BUILTIN.answer(text) is None


def test_a_procedure_that_is_not_there_is_named_beside_those_that_are() -> None:
    with pytest.raises(QueryError, match=r"no procedure 'db\.stats\.clear'.*dbms\.components"):
        BUILTIN.answer("CALL db.stats.clear()")
