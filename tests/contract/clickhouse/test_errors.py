"""Errors: code, status, one text; at the beginning, half way, and in what the client sent."""

import re

import pytest
import urllib3

from tests.contract.clickhouse.conftest import Backend
from tests.support.engine import User


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("SELEC 1", 62, 400),
        ("SELECT 1 FROM", 62, 400),
        ("SELECT 'open", 62, 400),
        ("SELECT 1; SELECT 2", 62, 400),
        ("", 62, 400),
        ("SELECT no_such_column FROM system.one", 47, 404),
        ("SELECT no_such_function(1)", 46, 404),
        ("SELECT * FROM no_such_table", 60, 404),
        ("SELECT * FROM no_such_database.t", 81, 404),
        ("SELECT 1 SETTINGS no_such_setting = 1", 115, 404),
        ("SELECT 1 FORMAT NoSuchFormat", 73, 404),
        ("SELECT toDate('x')", 38, 400),
        ("SELECT {missing:UInt8}", 456, 500),
        ("SELECT throwIf(1, 'on purpose')", 395, 500),
        ("INSERT INTO no_such_table VALUES (1)", 60, 404),
        ("INSERT INTO no_such_table FORMAT CSV\n1\n", 60, 404),
        ("CREATE TABLE system.one (a UInt8) ENGINE = Memory", 57, 500),
    ],
)
def test_code_status_and_text(backend: Backend, sql: str, code: int, status: int) -> None:
    answer = backend.ask(sql)
    assert answer.headers["X-ClickHouse-Exception-Code"] == str(code), answer.data.decode()
    assert answer.status == status
    assert re.match(
        rf"Code: {code}\. DB::Exception: .*\([A-Z_]+\) \(version [0-9.]+ .*\)\n", answer.data.decode(), re.DOTALL
    )


def test_unknown_setting_or_database_in_the_url(backend: Backend) -> None:
    assert backend.ask("SELECT 1", no_such_setting=1).headers["X-ClickHouse-Exception-Code"] == "115"
    assert backend.ask("SELECT 1", database="no_such_database").headers["X-ClickHouse-Exception-Code"] == "81"


@pytest.mark.parametrize("user", [User("nobody", "x"), User("", ""), None])
def test_wrong_user_or_password(backend: Backend, user: User | None) -> None:
    answer = backend.ask("SELECT 1", user=user or User(backend.writer.name, "not the password"))
    assert answer.status in {401, 403}
    assert answer.headers["X-ClickHouse-Exception-Code"] in {"194", "516"}
    assert "not the password" not in answer.data.decode()


def test_an_error_half_way_is_seen(backend: Backend) -> None:
    answer = backend.ask(
        "SELECT number, throwIf(number = 3000000, 'half way') FROM numbers(4000000) FORMAT CSV", stream=True
    )
    assert answer.status == 200
    seen = bytearray()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        _read_into(seen, answer)
    assert b"Code: 395. DB::Exception: half way" in seen
    assert answer.headers["X-ClickHouse-Exception-Tag"].encode() in seen


def test_wait_end_of_query_keeps_the_status(backend: Backend) -> None:
    sql = "SELECT number, throwIf(number = 3000000, 'half way') FROM numbers(4000000) FORMAT CSV"
    answer = backend.ask(sql, wait_end_of_query=1)
    assert answer.status == 500
    assert answer.headers["X-ClickHouse-Exception-Code"] == "395"
    assert len(backend.ask("SELECT number FROM numbers(2000000) FORMAT CSV", wait_end_of_query=1).data) == 14888890


def test_bad_row_of_an_insert_names_its_place(backend: Backend, table: str) -> None:
    answer = backend.ask(f"INSERT INTO {table} FORMAT CSV\n1,a\nx,b\n")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "27")
    assert "at row 2" in answer.data.decode()
    assert backend.text(f"SELECT count() FROM {table}") == "0\n"


def test_bad_row_that_is_no_text_is_refused_as_any_other(backend: Backend, table: str) -> None:
    """The engine repeats its bytes, of which no text could be made: it was a 500 without a code."""
    answer = backend.ask(f"INSERT INTO {table} FORMAT CSV\n1,a\n".encode() + b"\x80\xff,b\n")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "27")
    assert "at row 2" in answer.data.decode()
    assert backend.text(f"SELECT count() FROM {table}") == "0\n"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "lz4", "br"])
def test_a_body_that_is_not_what_it_says(backend: Backend, coding: str) -> None:
    answer = backend.ask(b"SELECT 1 that is not compressed at all", headers={"Content-Encoding": coding})
    assert answer.status in {400, 500}
    assert len(answer.data.decode().strip().splitlines()) == 1


def test_frames_that_are_none(backend: Backend) -> None:
    answer = backend.ask(b"no frame " * 20, decompress=1)
    assert answer.status in {400, 500}
    assert answer.headers["X-ClickHouse-Exception-Code"] in {"40", "89", "271", "432"}


def test_unreadable_words(backend: Backend) -> None:
    assert backend.ask("SELECT 1", session_id="s", session_timeout="soon").status in {400, 500}
    assert backend.ask("SELECT 1", headers={"Content-Encoding": "rot13"}).status in {400, 500, 501}


def _read_into(seen: bytearray, answer: urllib3.BaseHTTPResponse) -> None:
    for piece in answer.stream(1 << 16):
        seen += piece
