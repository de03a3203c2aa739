"""curl, as ClickHouse's documentation of the HTTP interface uses it."""

import subprocess
from pathlib import Path

from tests.contract.clickhouse.conftest import DATABASE, Backend
from tests.support.documented import NEEDS_CURL, command, run
from tests.support.waiting import GIVE_UP

pytestmark = NEEDS_CURL


def _curl(backend: Backend, *arguments: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    credentials = f"{backend.writer.name}:{backend.writer.password}"
    return subprocess.run(
        ["curl", "--silent", "--show-error", "--fail-with-body", "--user", credentials, *arguments],
        input=data, capture_output=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip


def test_asks(backend: Backend) -> None:
    assert _curl(backend, f"{backend.url}/?query=SELECT%201").stdout == b"1\n"
    assert _curl(backend, backend.url, "--data-binary", "SELECT 1 FORMAT JSONEachRow").stdout == b'{"1":1}\n'
    assert _curl(backend, backend.url, "--data-binary", "@-", data=b"SELECT 'from stdin'").stdout == b"from stdin\n"


def test_inserts_a_file_with_expect_continue(backend: Backend, table: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("".join(f"{number},name\n" for number in range(500000)))
    url = f"{backend.url}/?database={DATABASE}&query=INSERT%20INTO%20{table}%20FORMAT%20CSV"
    answer = _curl(backend, url, "--data-binary", f"@{rows}", "--header", "Expect: 100-continue")
    assert answer.returncode == 0, answer.stdout
    assert backend.text(f"SELECT count() FROM {table}") == "500000\n"


def test_compressed(backend: Backend) -> None:
    url = f"{backend.url}/?enable_http_compression=1"
    answer = _curl(backend, url, "--compressed", "--data-binary", "SELECT sum(number) FROM numbers(10)")
    assert answer.stdout == b"45\n"


def test_asks_by_http_1_0(backend: Backend) -> None:
    """Of which proxies still make use: a large result was a 500 there."""
    rows = _curl(backend, "--http1.0", backend.url, "--data-binary", "SELECT number FROM numbers(200000) FORMAT CSV")
    assert rows.returncode == 0, rows.stdout[:1000]
    assert rows.stdout == b"".join(b"%d\n" % number for number in range(200000))
    half_way = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000) FORMAT CSV"
    assert b"Code: 395. DB::Exception" in _curl(backend, "--http1.0", backend.url, "--data-binary", half_way).stdout


def test_says_when_it_fails(backend: Backend) -> None:
    answer = _curl(backend, backend.url, "--data-binary", "SELECT * FROM no_such_table")
    assert answer.returncode == 22
    assert b"Code: 60. DB::Exception" in answer.stdout
    half_way = "SELECT number, throwIf(number = 3000000) FROM numbers(4000000) FORMAT CSV"
    assert _curl(backend, backend.url, "--data-binary", half_way).returncode == 18  # a partial file


def test_the_documents_ask_with_the_password(backend: Backend, tmp_path: Path) -> None:
    text = command("docs/operations.md", "ask() {").replace("c360_writer", backend.writer.name)
    text = text.replace("127.0.0.1", backend.address.rpartition(":")[0]).replace("customer360", DATABASE)
    port = backend.address.rpartition(":")[2]
    secrets = {"clickhouse_writer": backend.writer.password}
    assert run(f'{text}\nask "SELECT 1"', tmp_path, secrets, {}, C360_CLICKHOUSE_PORT=port) == "1\n"
