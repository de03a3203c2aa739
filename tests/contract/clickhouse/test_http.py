"""The HTTP interface as its documentation tells it: where a query stands, formats, parameters, headers."""

import base64
import json
import urllib.parse
from typing import Any

import pytest
import urllib3

from tests.contract.clickhouse.conftest import Backend


def test_ping_needs_nobody(backend: Backend) -> None:
    for path in ("/ping", "/replicas_status"):
        answer = backend.pool.request("GET", backend.url + path)
        assert (answer.status, answer.data) == (200, b"Ok.\n")
    assert backend.pool.request("GET", f"{backend.url}/no/such/path").status == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_query_in_the_url(backend: Backend, method: str) -> None:
    answer = backend.ask(method=method, query="SELECT 1 + 1")
    assert (answer.status, answer.data) == (200, b"2\n")


def test_query_in_url_and_body_are_joined(backend: Backend) -> None:
    assert backend.text("+ 41", query="SELECT 1") == "42\n"


def test_head_has_headers_alone(backend: Backend) -> None:
    answer = backend.ask(method="HEAD", query="SELECT number FROM numbers(100000)")
    assert (answer.status, answer.data) == (200, b"")
    assert answer.headers["X-ClickHouse-Format"] == "TabSeparated"


def test_chunked_body(backend: Backend) -> None:
    assert backend.text(iter([b"SELECT ", b"'", "größer".encode(), b"'"])) == "größer\n"  # type: ignore[arg-type]  # urllib3 sends an iterator in chunks


@pytest.mark.parametrize(
    ("sql", "words", "headers", "expected"),
    [
        ("SELECT 1 AS a FORMAT JSONEachRow", {}, {}, b'{"a":1}\n'),
        ("SELECT 1 AS a format JSONEachRow ; ", {}, {}, b'{"a":1}\n'),
        ("SELECT 1 AS a FORMAT CSV SETTINGS max_threads = 1", {}, {}, b"1\n"),
        ("SELECT 1 AS a SETTINGS max_threads = 1 FORMAT CSV -- the end", {}, {}, b"1\n"),
        ("SELECT 1 AS a", {"default_format": "JSONCompactEachRow"}, {}, b"[1]\n"),
        ("SELECT 1 AS a", {}, {"X-ClickHouse-Format": "CSVWithNames"}, b'"a"\n1\n'),
        ("SELECT 1 AS a FORMAT CSV", {"default_format": "JSON"}, {}, b"1\n"),
        ("SELECT 'FORMAT JSON' AS format", {}, {}, b"FORMAT JSON\n"),
        ("(SELECT 1) UNION ALL (SELECT 1)", {}, {}, b"1\n1\n"),
        ("WITH 5 AS x SELECT x /* comment */", {}, {}, b"5\n"),
        ("EXISTS TABLE no_such_table", {}, {}, b"0\n"),
    ],
)
def test_formats(backend: Backend, sql: str, words: dict[str, str], headers: dict[str, str], expected: bytes) -> None:
    assert backend.ask(sql, headers=headers, **dict[str, Any](words)).data == expected


@pytest.mark.parametrize(
    ("output_format", "content_type"),
    [
        ("JSON", "application/json"),
        ("CSV", "text/csv"),
        ("TSV", "text/tab-separated-values"),
        ("Parquet", "application"),
    ],
)
def test_content_type(backend: Backend, output_format: str, content_type: str) -> None:
    answer = backend.ask(f"SELECT 1 AS a FORMAT {output_format}")
    assert answer.headers["Content-Type"].startswith(content_type)


def test_totals_and_extremes_survive(backend: Backend) -> None:
    sql = "SELECT number % 2 AS odd, sum(number) AS s FROM numbers(4) GROUP BY odd WITH TOTALS ORDER BY odd FORMAT JSON"
    answer = json.loads(backend.text(sql, extremes="1", output_format_json_quote_64bit_integers="0"))
    assert answer["totals"] == {"odd": 0, "s": 6}
    assert answer["extremes"]["max"]["s"] == 4


def test_typed_parameters(backend: Backend) -> None:
    sql = "SELECT {number:UInt8} + 1, {text:String}, {list:Array(UInt8)}, {table:Identifier}.dummy FROM system.one AS x"
    answer = backend.text(sql, param_number=41, param_text="it's\\ta \\\\ tab", param_list="[1,2]", param_table="x")
    assert answer == "42\tit\\'s\\ta \\\\ tab\t[1,2]\t0\n"


def test_database_and_settings_in_the_url(backend: Backend) -> None:
    assert backend.text("SELECT currentDatabase()", database="system") == "system\n"
    assert backend.text("SELECT toUInt8(getSetting('max_threads'))", max_threads=3) == "3\n"
    # and they are gone with the next request
    assert backend.text("SELECT getSetting('max_block_size')", max_block_size=777) == "777\n"
    assert backend.text("SELECT getSetting('max_block_size')") != "777\n"


def test_set_does_not_outlive_its_request(backend: Backend) -> None:
    backend.text("SET max_block_size = 778")
    for _ in range(5):
        assert backend.text("SELECT getSetting('max_block_size')") != "778\n"


@pytest.mark.parametrize("way", ["header", "basic", "url"])
def test_credentials(backend: Backend, way: str) -> None:
    name, password = backend.writer.name, backend.writer.password
    headers, words = {}, {}
    if way == "header":
        headers = {"X-ClickHouse-User": name, "X-ClickHouse-Key": password}
    elif way == "basic":
        headers = {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}
    else:
        words = {"user": name, "password": password}
    url = f"{backend.url}/?{urllib.parse.urlencode({'query': 'SELECT 7', **words})}"
    assert backend.pool.request("GET", url, headers=headers).data == b"7\n"


def test_headers(backend: Backend) -> None:
    answer = backend.ask("SELECT number FROM numbers(10)", query_id="contract-1", session_timezone="Europe/Berlin")
    assert answer.headers["X-ClickHouse-Query-Id"] == "contract-1"
    assert answer.headers["X-ClickHouse-Format"] == "TabSeparated"
    assert answer.headers["X-ClickHouse-Timezone"] == "Europe/Berlin"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    assert int(json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"]) == 10


def test_summary_of_an_insert(backend: Backend, table: str) -> None:
    answer = backend.ask(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')")
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "2"


def test_keep_alive(backend: Backend) -> None:
    host, _, port = backend.address.partition(":")
    with urllib3.HTTPConnectionPool(host, int(port), maxsize=1) as pool:
        for _ in range(3):
            assert pool.request("GET", "/ping").status == 200
        assert pool.num_connections == 1


def test_get_only_reads(backend: Backend, table: str) -> None:
    for sql in (f"INSERT INTO {table} VALUES (1, 'a')", f"TRUNCATE TABLE {table}"):
        answer = backend.ask(method="GET", query=sql)
        assert answer.headers["X-ClickHouse-Exception-Code"] == "164"
    assert backend.text(f"SELECT count() FROM {table}") == "0\n"


def test_revision_of_native_blocks(backend: Backend) -> None:
    plain = backend.ask("SELECT 1 AS check FORMAT Native").data
    assert plain == b"\x01\x01\x05check\x05UInt8\x01"
    with_info = backend.ask("SELECT 1 AS check FORMAT Native", client_protocol_version=54405).data
    assert with_info == b"\x01\x00\x02\xff\xff\xff\xff\x00" + plain
    with_kind = backend.ask("SELECT 1 AS check FORMAT Native", client_protocol_version=54454).data
    assert with_kind == b"\x01\x00\x02\xff\xff\xff\xff\x00\x01\x01\x05check\x05UInt8\x00\x01"


def test_form_fields_hold_query_and_parameters(backend: Backend) -> None:
    fields = {"query": "SELECT {a:UInt8} * 2", "param_a": "21"}
    body, content_type = urllib3.encode_multipart_formdata(fields)
    assert backend.ask(body=body, headers={"Content-Type": content_type}).data == b"42\n"
