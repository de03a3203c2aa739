"""clickhouse-connect, used as its own documentation says."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

from tests.contract.clickhouse.conftest import Backend

COLUMNS = """id UInt64, name LowCardinality(Nullable(String)), amount Decimal(12, 2), at DateTime64(3, 'UTC'),
    tags Array(LowCardinality(String)), counts Map(String, UInt32), pair Tuple(UInt8, String)"""
ROWS: list[list[Any]] = [
    [1, "a", Decimal("1.25"), dt.datetime(2024, 1, 2, 3, 4, 5, 678000, dt.UTC), ["x", "y"], {"k": 1}, (1, "p")],
    [2, None, Decimal("-7.00"), dt.datetime(2025, 1, 1, tzinfo=dt.UTC), [], {}, (2, "größer")],
]  # fmt: skip


@pytest.mark.parametrize("compress", [False, True, "lz4", "zstd", "gzip"])
@pytest.mark.parametrize("session", [False, True])
def test_rows_of_every_kind(backend: Backend, compress: bool | str, session: bool) -> None:
    client = backend.client(compress=compress, autogenerate_session_id=session)
    client.command(f"CREATE OR REPLACE TABLE kinds ({COLUMNS}) ENGINE = MergeTree ORDER BY id")
    written = client.insert("kinds", ROWS)
    assert written.written_rows == 2
    found = client.query("SELECT * FROM kinds ORDER BY id", query_tz="UTC", tz_mode="aware")
    assert [list(row) for row in found.result_rows] == ROWS
    client.command("DROP TABLE kinds")


@pytest.fixture(scope="module")
def reader(backend: Backend) -> Client:
    return backend.client(backend.reader)


def test_columns_for_numpy_pandas_and_arrow(reader: Client) -> None:
    sql = "SELECT number, toString(number) AS text FROM numbers(100000)"
    assert np.asarray(reader.query_np(sql)["number"], dtype=np.int64).sum() == 4999950000
    assert reader.query_df(sql)["number"].sum() == 4999950000
    assert reader.query_arrow(sql).num_rows == 100000


def test_parameters_bind_by_both_ways(reader: Client) -> None:
    on_server = reader.query(
        "SELECT {a:UInt8}, {b:String}, {c:Array(String)}", parameters={"a": 5, "b": "it's", "c": ["x"]}
    )
    assert on_server.result_rows == [(5, "it's", ["x"])]
    in_client = reader.query("SELECT %(a)s, %(b)s", parameters={"a": 5, "b": "it's"})
    assert in_client.result_rows == [(5, "it's")]


def test_settings_of_client_and_of_query(backend: Backend) -> None:
    client = backend.client(backend.reader, settings={"max_threads": 2, "final": 1})
    assert client.query("SELECT getSetting('max_threads')").result_rows == [(2,)]
    assert client.query("SELECT getSetting('max_threads')", settings={"max_threads": 1}).result_rows == [(1,)]


def test_streams(reader: Client) -> None:
    with reader.query_row_block_stream("SELECT number, toString(number) FROM numbers(1000000)") as stream:
        assert sum(len(block) for block in stream) == 1000000
    with pytest.raises(StreamFailureError, match="half way"):
        _read_all(reader, "SELECT number, throwIf(number = 2000000, 'half way') FROM numbers(3000000)")


def _read_all(client: Client, sql: str) -> None:
    with client.query_row_block_stream(sql) as stream:
        for _ in stream:
            pass


def test_raw(backend: Backend, table: str) -> None:
    client = backend.client()
    client.raw_insert(table, ["id", "name"], b"1,a\n2,b\n", fmt="CSV")
    assert client.raw_query(f"SELECT * FROM {table} ORDER BY id", fmt="JSONCompactEachRow") == b'[1, "a"]\n[2, "b"]\n'


def test_errors_have_their_code(reader: Client) -> None:
    for sql, code in (
        ("SELECT * FROM no_such_table", 60),
        ("SELEC", 62),
        ("SELECT no_such_column FROM system.one", 47),
    ):
        with pytest.raises(DatabaseError, match=f"code: {code}"):
            reader.query(sql)


def test_temporary_tables_in_its_session(backend: Backend) -> None:
    client = backend.client(autogenerate_session_id=True)
    client.command("CREATE TEMPORARY TABLE mine (a UInt8)")
    client.insert("mine", [[1], [2]], column_names=["a"], column_type_names=["UInt8"])
    assert client.query("SELECT sum(a) FROM mine").result_rows == [(3,)]


def test_empty_results_keep_their_columns(reader: Client) -> None:
    found = reader.query("SELECT number, toString(number) AS text FROM numbers(10) LIMIT 0")
    assert found.result_rows == []
    assert list(found.column_names) == ["number", "text"]
