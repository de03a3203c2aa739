"""Statements taken apart: format, data, forbidden words, settings, KILL QUERY."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks.embedded.faults import ServerError
from sinks.embedded.lexer import tokenize
from sinks.embedded.statement import assignments, host_function, parse, parse_insert, rewrite_kill


@pytest.mark.parametrize(
    ("sql", "text", "output_format", "tail"),
    [
        ("SELECT 1", "SELECT 1", None, ""),
        (" SELECT 1 ; ", "SELECT 1", None, ""),
        ("SELECT 1 FORMAT JSON", "SELECT 1", "JSON", ""),
        ("SELECT 1 format JSON settings a = 1", "SELECT 1", "JSON", "settings a = 1"),
        ("SELECT 1 SETTINGS a = 1 FORMAT JSON", "SELECT 1 SETTINGS a = 1", "JSON", ""),
        ("SELECT format FROM t", "SELECT format FROM t", None, ""),
        ("SELECT 1 FORMAT CSV -- FORMAT JSON", "SELECT 1", "CSV", ""),
        ("SELECT 1 -- no end", "SELECT 1", None, ""),
    ],
)
def test_format_and_tail(sql: str, text: str, output_format: str | None, tail: str) -> None:
    statement = parse(sql)
    assert (statement.text, statement.output_format, statement.tail) == (text, output_format, tail)


@pytest.mark.parametrize(
    "sql",
    ["", " ; ", "-- nothing", "SELECT 1; SELECT 2", "SELECT 1 INTO OUTFILE 'x'", "SELECT 1 into /**/ outfile 'x'"],
)
def test_refused(sql: str) -> None:
    with pytest.raises(ServerError):
        parse(sql)


@given(st.text(alphabet=" ;'\"`\\/*-#\nintoOUTFILE$x"))
def test_quoted_words_are_no_statements(text: str) -> None:
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    assert parse(f"SELECT {quoted} FORMAT CSV").text == f"SELECT {quoted}"


FROM = "\nFROM INFILE 'P' COMPRESSION 'none'"


@pytest.mark.parametrize(
    ("sql", "reading", "data"),
    [
        ("INSERT INTO t FORMAT CSV\n1", f"INSERT INTO t{FROM} FORMAT CSV", "1"),
        ("insert into t (a, b) values (1, 2)", f"insert into t (a, b){FROM} FORMAT Values", " (1, 2)"),
        (
            "INSERT INTO t SETTINGS x = 'FORMAT' FORMAT TSV 1",
            f"INSERT INTO t{FROM} SETTINGS x = 'FORMAT' FORMAT TSV",
            "1",
        ),
        ("INSERT INTO t (`values`, format) FORMAT CSV\r\n1", f"INSERT INTO t (`values`, format){FROM} FORMAT CSV", "1"),
        ("INSERT INTO format (format) FORMAT CSV 1", f"INSERT INTO format (format){FROM} FORMAT CSV", "1"),
        (
            "INSERT INTO t SELECT a FROM input('a UInt8') WHERE a FORMAT CSV 1",
            "INSERT INTO t SELECT a FROM file('P', 'CSV', 'a UInt8') WHERE a ",
            "1",
        ),
    ],
)
def test_inserts_with_data(sql: str, reading: str, data: str) -> None:
    insert = parse_insert(sql)
    assert insert is not None
    assert insert.reading("P", {}) == reading
    assert sql[insert.data_from :] == data


def test_an_insert_s_own_settings_come_last() -> None:
    insert = parse_insert("INSERT INTO t SETTINGS a = 2 VALUES")
    assert insert is not None
    assert "SETTINGS a = 1, a = 2 FORMAT Values" in insert.reading("P", {"a": "1"})


@pytest.mark.parametrize(
    "sql", ["INSERT INTO t SELECT 1", "SELECT 1 FORMAT CSV", "", "INSERT INTO t", "INSERT INTO t (format"]
)
def test_no_inserts_with_data(sql: str) -> None:
    assert parse_insert(sql) is None


def test_assignments_at_every_depth() -> None:
    sql = "SELECT * FROM (SELECT 1 SETTINGS a = 1, `b` = 'x\\'y') SETTINGS c=2, d = -1 FORMAT JSON"
    assert list(assignments(tuple(tokenize(sql))))[:3] == [("a", "1"), ("b", "x'y"), ("c", "2")]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("final, b = 2", [("final", "1"), ("b", "2")]),
        ("a = -1, b = 2 FORMAT JSON", [("a", "-1"), ("b", "2")]),
        ("a = x'61', b = 2", [("a", "x'61'"), ("b", "2")]),
        ("a = {p:UInt8}, b = 2", [("a", "{p:UInt8}"), ("b", "2")]),
        ("a = [1, 2], b = {'x': 1, 'y': 2}, final", [("a", "[1,2]"), ("b", "{'x':1,'y':2}"), ("final", "1")]),
        ("a.b = 1, c = DEFAULT", [("a.b", "1"), ("c", "DEFAULT")]),
        ("final UNION ALL SELECT 1, b", [("final", "1")]),
        ("final |> WHERE a = 1, b = 2", [("final", "1")]),
    ],
)
def test_settings_are_found_behind_any_other(written: str, read: list[tuple[str, str]]) -> None:
    assert list(assignments(tuple(tokenize(f"SELECT 1 SETTINGS {written}")))) == read


def test_a_table_called_settings_sets_nothing() -> None:
    for sql in ("SELECT * FROM system.settings s", "SELECT 1 FROM settings WHERE name = 'a'", "SHOW SETTINGS LIKE 'x'"):
        assert list(assignments(tuple(tokenize(sql)))) == []


@pytest.mark.parametrize(
    ("sql", "name"),
    [("SELECT * APPLY file FROM t", "file"), ("SELECT * APPLY(file)", "file"), ("SELECT arrayMap((file), x)", "file"),
     ('SELECT arrayMap("File", x)', "File"), ('SELECT "fi\\x6ce"(1)', "file"), ("SELECT `fi\\Nle`(1)", "file"),
     ("SELECT arrayMap(aiFilter, x)", "aiFilter"), ("SELECT arrayMap(x -> x, file, y)", "file"),
     ("SELECT air, t.file FROM (SELECT 1 AS file, 2 AS air)", None), ("SELECT a, file FROM t GROUP BY file", None)],
)  # fmt: skip
def test_a_function_s_bare_name_may_stand_for_it(sql: str, name: str | None) -> None:
    assert host_function(tuple(tokenize(sql))) == name


@pytest.mark.parametrize(
    ("sql", "name"),
    [("SELECT file('x')", "file"), ('SELECT "FILE" ( 1 )', "FILE"), ("SELECT aiGenerate('x')", "aiGenerate"),
     ("SELECT * FROM sqlite('x', 't')", "sqlite"), ("SELECT 'file('", None), ("SELECT file, profile(1)", None)],
)  # fmt: skip
def test_functions_that_reach_out(sql: str, name: str | None) -> None:
    assert host_function(tuple(tokenize(sql))) == name


def test_kill_query_knows_the_port_s_ids() -> None:
    statement = parse("KILL QUERY WHERE query_id = 'user' AND user = 'query_id' SYNC")
    assert rewrite_kill(statement, "Q()", "U()").strip() == "KILL QUERY WHERE Q() = 'user' AND U() = 'query_id' SYNC"
