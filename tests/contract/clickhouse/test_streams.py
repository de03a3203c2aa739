"""Large results and inserts, and every way in which an INSERT names its data."""

from collections.abc import Iterator

import pytest

from tests.contract.clickhouse.conftest import Backend


@pytest.mark.parametrize("output_format", ["TSV", "CSVWithNames", "Native", "JSONEachRow", "Parquet", "ArrowStream"])
def test_what_comes_out_goes_in(backend: Backend, table: str, output_format: str) -> None:
    rows = backend.ask(
        f"SELECT number AS id, toString(number) AS name FROM numbers(300000) FORMAT {output_format}"
    ).data
    answer = backend.ask(rows, query=f"INSERT INTO {table} FORMAT {output_format}")
    assert answer.status == 200, answer.data
    assert backend.text(f"SELECT count(), sum(id), max(name) FROM {table}") == "300000\t44999850000\t99999\n"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", "INSERT INTO {table} VALUES (1, 'a'), (2, concat('b', 'c'))"),
        ("", "INSERT INTO {table} (name, id) SETTINGS max_threads = 1 VALUES ('a', 1), ('bc', 2)"),
        ("", "INSERT INTO {table} FORMAT CSV\n1,a\n2,bc\n"),
        ("", "insert into {table} settings max_threads = 1 format CSV 1,a\n2,bc\n"),
        ("INSERT INTO {table} FORMAT CSV", "1,a\n2,bc\n"),
        ("INSERT INTO {table} VALUES", "(1, 'a'), (2, 'bc')"),
        ("INSERT INTO {table} FORMAT CSV 1,a", "2,bc\n"),
        ("INSERT INTO {table} FORMAT JSONEachRow", '{{"id": 1, "name": "a"}} {{"id": 2, "name": "bc"}}'),
        ("INSERT INTO {table} SELECT id, name FROM input('id UInt64, name String') FORMAT CSV", "1,a\n2,bc\n"),
        ("INSERT INTO {table} SELECT number + 1, if(number = 0, 'a', 'bc') FROM numbers(2)", ""),
        ("/* FORMAT TSV */ INSERT INTO {table} /* VALUES */ FORMAT CSV", "1,a\n2,bc\n"),
        ("INSERT INTO TABLE FUNCTION remote('x') SELECT 1", None),
    ],
)
def test_where_data_stand(backend: Backend, table: str, query: str, body: str | None) -> None:
    if body is None:
        assert backend.ask(query=query).status != 200
        return
    words = {"query": query.format(table=table)} if query else {}
    answer = backend.ask(body.format(table=table), **words)  # type: ignore[arg-type]  # the words are strings
    assert answer.status == 200, answer.data.decode()
    assert backend.text(f"SELECT id, name FROM {table} ORDER BY id") == "1\ta\n2\tbc\n"


def test_data_that_look_like_sql_and_are_not_text(backend: Backend, table: str) -> None:
    data = b"1\t; DROP TABLE x -- 'open \\\\ \xff\xfe /* \"\n"
    assert backend.ask(b"INSERT INTO " + table.encode() + b" FORMAT TSVRaw\n" + data).status == 200
    assert backend.ask(f"SELECT id, name FROM {table} FORMAT TSVRaw").data == data


def test_an_insert_without_rows(backend: Backend, table: str) -> None:
    for output_format in ("CSV", "Native", "JSONEachRow"):
        assert backend.ask(b"", query=f"INSERT INTO {table} FORMAT {output_format}").status == 200


def test_a_large_insert_in_chunks(backend: Backend, table: str) -> None:
    def body() -> Iterator[bytes]:
        for part in range(40):
            yield "".join(f"{part * 50000 + row},name {row}\n" for row in range(50000)).encode()

    assert backend.ask(body=body(), query=f"INSERT INTO {table} FORMAT CSV").status == 200
    assert backend.text(f"SELECT count(), uniqExact(id) FROM {table}") == "2000000\t2000000\n"


def test_a_large_result_comes_in_pieces(backend: Backend) -> None:
    answer = backend.ask("SELECT number FROM numbers(10000000) FORMAT TSV", stream=True)
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert sum(len(piece) for piece in answer.stream(1 << 20)) == 78888890
