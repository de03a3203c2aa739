"""What the embedded engine's reading user may not do, by each way there is."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError

from schemas.settings import Settings
from schemas.topics import TRANSACTIONS
from sinks.statements import ingestion, made_by, queue
from tests.support.engine import RunningEngine, start_engine

SECRET = "the host's secret"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    home = tmp_path_factory.mktemp("reader")
    (home / "secret.txt").write_text(SECRET)
    with start_engine(home) as running:
        writer = running.client()
        writer.command("CREATE TABLE kept (id UInt64, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY id")
        for version in (1, 2):
            writer.insert("kept", [[1, version]])
        writer.command("CREATE NAMED COLLECTION hidden AS password = 'sesame', user = 'ali'")
        yield running


def _refused(engine: RunningEngine, sql: str, **options: Any) -> str:
    client = engine.client(engine.reader)
    with pytest.raises(DatabaseError) as caught:
        client.raw_query(sql, **options)
    return str(caught.value)


FILE = "{home}/secret.txt"


@pytest.mark.parametrize("name", ["sqlite", "`SQLite`", "SQLITE"])
def test_makes_no_file_of_a_database_that_is_not_there(engine: RunningEngine, name: str) -> None:
    """The engine opened one, and so made it, before it asked whether the user may."""
    path = engine.home / "made.db"
    assert "ACCESS_DENIED" in _refused(engine, f"SELECT * FROM {name}('{path}', 't')")
    assert not path.exists()


@pytest.mark.parametrize("name", ["file", "FILE", "`file`", "fi\\x6ce", "python"])
def test_names_no_function_by_a_parameter(engine: RunningEngine, name: str) -> None:
    sql = f"SELECT arrayMap({{f:Identifier}}, ['{engine.home}/secret.txt'])"
    assert "ACCESS_DENIED" in _refused(engine, sql, parameters={"f": name})


def test_may_name_a_table_by_a_parameter(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    answer = client.raw_query("SELECT id FROM {t:Identifier}", parameters={"t": "kept"})
    assert answer == b"1\n"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT * FROM file('{FILE}', 'LineAsString')",
        f"SELECT file('{FILE}')",
        f"SELECT FILE /* why not */ ('{FILE}')",
        f"SELECT `file`('{FILE}')",
        f"SELECT \"file\" -- so\n('{FILE}')",
        f"SELECT 1 WHERE 'x' IN (SELECT file('{FILE}'))",
        f"WITH (SELECT file('{FILE}')) AS x SELECT x",
        f"EXPLAIN SELECT file('{FILE}')",
        f"DESCRIBE TABLE file('{FILE}')",
        f"SELECT * FROM default.`{FILE}`",
        f"SELECT * FROM fileCluster('default', '{FILE}', 'LineAsString')",
        f"SELECT * FROM sqlite('{FILE}', 't')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM urlCluster('default', 'http://127.0.0.1:1/', 'CSV', 'a String')",
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
        "SELECT * FROM gcs('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
        "SELECT * FROM azureBlobStorage('x', 'y', 'z')",
        "SELECT * FROM hdfs('hdfs://127.0.0.1:1/x', 'CSV', 'a String')",
        "SELECT * FROM iceberg('http://127.0.0.1:1/bucket/x')",
        "SELECT * FROM deltaLake('http://127.0.0.1:1/bucket/x')",
        "SELECT * FROM remote('127.0.0.1:1', system.one)",
        "SELECT * FROM remoteSecure('127.0.0.1:1', system.one)",
        "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
        "SELECT * FROM mongodb('127.0.0.1:1', 'd', 'c', 'u', 'p', 'a String')",
        "SELECT * FROM redis('127.0.0.1:1', 'k', 'k String, v String')",
        "SELECT * FROM odbc('DSN=x', 'd', 't')",
        "SELECT * FROM jdbc('x', 'd', 't')",
        "SELECT * FROM executable('id', 'TSV', 'a String')",
        "SELECT * FROM python('x')",
        "SELECT aiGenerate('x', map())",
        f"SELECT * APPLY file FROM (SELECT '{FILE}' AS x)",
        f"SELECT COLUMNS('x') APPLY(file) FROM (SELECT '{FILE}' AS x)",
        f"SELECT arrayMap(file, ['{FILE}'])",
        f"SELECT arrayMap((`File`), ['{FILE}'])",
        f"SELECT \"fi\\x6ce\"('{FILE}')",
    ],
)
def test_reaches_nothing_outside_the_database(engine: RunningEngine, sql: str) -> None:
    said = _refused(engine, sql.replace("{home}", str(engine.home)))
    assert SECRET not in said
    assert "ACCESS_DENIED" in said or "CLUSTER_DOESNT_EXIST" in said


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO kept VALUES (9, 9)",
        "INSERT INTO kept SELECT 9, 9",
        "INSERT INTO FUNCTION null('a UInt8') SELECT 1",
        "WITH 1 AS x INSERT INTO kept SELECT x, x",
        "ALTER TABLE kept DELETE WHERE 1",
        "DELETE FROM kept WHERE 1",
        "UPDATE kept SET version = 3 WHERE 1",
        "TRUNCATE TABLE kept",
        "DROP TABLE kept",
        "DETACH TABLE kept",
        "RENAME TABLE kept TO gone",
        "EXCHANGE TABLES kept AND kept",
        "OPTIMIZE TABLE kept FINAL",
        "CREATE TABLE mine (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE mine (a UInt8)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE DATABASE mine",
        "CREATE FUNCTION mine AS x -> x",
        "CREATE DICTIONARY mine (a UInt64) PRIMARY KEY a SOURCE(NULL()) LAYOUT(FLAT()) LIFETIME(0)",
        "CREATE NAMED COLLECTION mine AS a = '1'",
        "CREATE USER mine",
        "GRANT c360_writer TO default",
        "SET max_threads = 1",
        "SET ROLE c360_writer",
        "SET ROLE ALL",
        "USE system",
        "EXECUTE AS default SELECT 1",
        "BEGIN TRANSACTION",
        "KILL QUERY WHERE 1",
        "SYSTEM FLUSH LOGS",
        "SYSTEM SHUTDOWN",
        "BACKUP TABLE kept TO Disk('default', 'x')",
        "ATTACH TABLE kept",
        "SELECT 1; DROP TABLE kept",
        "SELECT 1 INTO OUTFILE '/tmp/c360-outfile-test'",
        "SELECT 1 INTO/**/OUTFILE '/tmp/c360-outfile-test' FORMAT CSV",
        "SELECT 1 into\noutfile '/tmp/c360-outfile-test' TRUNCATE",
        "INSERT INTO kept FROM INFILE '/etc/passwd' FORMAT CSV",
    ],
)
def test_changes_nothing(engine: RunningEngine, sql: str) -> None:
    _refused(engine, sql)
    assert engine.client().query("SELECT id, version FROM kept FINAL").result_rows == [(1, 2)]
    assert not Path("/tmp/c360-outfile-test").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_execution_time", "61"),
        ("max_execution_time", "0"),
        ("max_execution_time", "1e-300"),
        ("max_execution_time", "0.0000001"),
        ("max_memory_usage", "3000000000"),
        ("max_memory_usage", "0"),
        ("max_result_bytes", "0"),
        ("readonly", "0"),
        ("stream_like_engine_allow_direct_select", "1"),
        ("format_display_secrets_in_show_and_select", "1"),
        ("output_format_schema", "/tmp/c360-schema"),
        ("format_schema", "/etc/passwd"),
        ("allow_experimental_eval_table_function", "1"),
        ("allow_introspection_functions", "1"),
        ("log_queries_probability", "0"),
    ],
)
def test_raises_no_limit(engine: RunningEngine, name: str, value: str) -> None:
    client = engine.client(engine.reader)
    for sql in (
        f"SELECT 1 SETTINGS {name} = '{value}'",
        f"SELECT 1 SETTINGS max_threads = 1, {name} = {value!r} FORMAT JSON",
        f"SELECT 1 FORMAT JSON SETTINGS {name} = '{value}'",
        f"SELECT * FROM (SELECT 1 SETTINGS `{name}` = '{value}')",
        f"EXPLAIN SELECT 1 SETTINGS /* x */ {name} /* y */ = '{value}'",
        f"SELECT 1 SETTINGS final, {name} = '{value}'",
        f"SELECT 1 SETTINGS join_use_nulls = +1, {name} = '{value}'",
        f"SELECT 1 SETTINGS log_comment = x'61', {name} = '{value}'",
    ):
        with pytest.raises(DatabaseError, match=r"READONLY|shouldn't be greater"):
            client.raw_query(sql)
    # The client itself may see that the setting cannot be changed.
    with pytest.raises((DatabaseError, ProgrammingError), match=r"READONLY|is readonly|shouldn't be greater"):
        client.raw_query("SELECT 1", settings={name: value})


def test_lowers_limits_and_sets_what_is_harmless(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    settings = {"max_execution_time": 5, "max_threads": 1, "max_result_rows": 10, "join_use_nulls": 1, "final": 0}
    sql = "SELECT getSetting('max_execution_time'), getSetting('join_use_nulls'), getSetting('readonly')"
    assert client.query(sql, settings=settings).result_rows == [(5.0, True, 2)]
    assert client.query("SELECT 2 SETTINGS use_index_for_in_with_subqueries_max_values = 20000").result_rows == [(2,)]


def test_sees_no_repeats_without_asking_for_final(engine: RunningEngine) -> None:
    assert engine.client(engine.reader).query("SELECT version FROM kept").result_rows == [(2,)]
    assert engine.client().query("SELECT count() FROM kept").result_rows == [(2,)]


def test_has_limits_of_time_and_memory(engine: RunningEngine) -> None:
    sql = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"
    assert "TIMEOUT_EXCEEDED" in _refused(engine, sql, settings={"max_execution_time": 1})
    limited = {"max_memory_usage": 50_000_000, "max_bytes_before_external_group_by": 0}
    assert "MEMORY_LIMIT" in _refused(engine, "SELECT groupArray(number) FROM numbers(100000000)", settings=limited)


def test_sees_no_secrets(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    for table in ("named_collections", "processes", "settings", "tables", "databases"):
        text = client.raw_query(f"SELECT * FROM system.{table}").decode()
        for secret in ("sesame", engine.writer.password, engine.reader.password):
            assert secret not in text
    assert "sesame" not in engine.log.read_text()
    assert engine.writer.password not in engine.log.read_text()


@pytest.fixture(scope="module")
def queued(engine: RunningEngine) -> Settings:
    """A stream's queue is there; its Kafka and its registry ask for passwords, and nobody answers at either."""
    settings = engine.settings(
        clickhouse_ingest="engine",
        kafka_bootstrap="127.0.0.1:1",
        kafka_options={"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.password": "kafka's: p/w"},
        schema_registry_url="https://127.0.0.1:1/apis/ccompat/v7",
        schema_registry_user="c360",
        schema_registry_password="registry's: p/w",
    )
    for statement in ingestion(settings):
        if "CREATE NAMED COLLECTION" in statement or made_by(statement) == queue(TRANSACTIONS.stream):
            engine.client().command(statement)
    return settings


def _answer(engine: RunningEngine, sql: str) -> str:
    """What the reader is told, be it a refusal."""
    try:
        return engine.client(engine.reader).raw_query(sql).decode(errors="replace")
    except DatabaseError as error:
        return str(error)


def _shown(text: str, settings: Settings) -> list[str]:
    """The passwords that stand in a text, as they are or as in a URL."""
    passwords = (settings.kafka_options["sasl.password"], settings.schema_registry_password)
    forms = (form for one in passwords for form in (one, one.replace("'", "\\'"), quote(one, safe="")))
    return [form for form in forms if form in text]


def test_sees_no_password_of_kafka_or_the_registry_where_a_queue_is_described(
    engine: RunningEngine, queued: Settings
) -> None:
    name = queue(TRANSACTIONS.stream)
    described = f"SELECT create_table_query, engine_full FROM system.tables WHERE name = '{name}'"
    for sql in (f"SHOW CREATE TABLE {name}", described):
        text = _answer(engine, sql)
        assert "https://c360:[HIDDEN]@127.0.0.1:1/apis" in text
        assert _shown(text, queued) == []


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_sees_no_password_of_the_registry_where_an_error_is_told(
    engine: RunningEngine, queued: Settings, scheme: str
) -> None:
    """What is noted of a record that cannot be read is this message; the log and the metrics say no more."""
    url = queued.registry_url_with_login.replace("https", scheme)
    # The beginning of a record that names the schema of the id 1.
    sql = "SELECT * FROM format(AvroConfluent, 'a Int64', unhex('000000000102'))"
    options = {"format_avro_schema_registry_url": url, "format_avro_schema_registry_max_retries": 0}
    with pytest.raises(DatabaseError, match="while fetching schema id = 1") as caught:
        engine.client().raw_query(sql, settings=options)
    with urllib.request.urlopen(f"http://127.0.0.1:{engine.metrics_port}/metrics", timeout=30) as answer:
        metrics = answer.read().decode()
    assert "c360_sinks_engine_errors_total{" in metrics
    for text in (str(caught.value), engine.log.read_text(), metrics):
        assert _shown(text, queued) == []


def test_sees_no_password_of_kafka_or_the_registry_in_any_table_of_the_engine_s(
    engine: RunningEngine, queued: Settings
) -> None:
    names = [name for (name,) in engine.client().query("SHOW TABLES FROM system").result_rows]
    texts = {name: _answer(engine, f"SELECT * FROM system.`{name}` LIMIT 100000") for name in names}
    assert {"tables", "errors", "processes", "settings", "kafka_consumers", "named_collections"} <= set(names)
    assert "[HIDDEN]" in texts["tables"]
    assert [name for name, text in texts.items() if _shown(text, queued)] == []


def test_reads_what_readers_need(engine: RunningEngine) -> None:
    client = engine.client(engine.reader)
    for sql in (
        "SHOW TABLES",
        "SHOW CREATE TABLE kept",
        "DESCRIBE TABLE kept",
        "EXISTS TABLE kept",
        "EXPLAIN indexes = 1 SELECT * FROM kept WHERE id = 1",
        "SELECT name FROM system.tables WHERE database = currentDatabase()",
        "SELECT 'file' AS file, 'a;b' AS outfile, 'SETTINGS x = 1' AS settings",
        "SELECT file FROM (SELECT 1 AS file)",
        "SELECT number FROM numbers(2) UNION ALL SELECT 7",
        "SELECT * FROM VALUES('a UInt8', 1, 2)",
        "SELECT * FROM view(SELECT 1)",
    ):
        assert client.raw_query(sql)
