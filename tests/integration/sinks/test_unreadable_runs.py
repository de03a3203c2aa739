"""How long the run of unreadable records at a partition's end is, by the log of what was stored."""

from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks.migrate import migrate
from sinks.statements import sql
from tests.support.engine import start_engine

#: Records, the last offset, how many were unreadable, the offset behind the last that was not (0: none was readable).
Block = tuple[int, int, int, int]
COLUMNS = ["stored_at", "topic", "partition", "records", "max_offset", "max_ts", "unreadable", "readable_to"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with start_engine(tmp_path_factory.mktemp("runs")) as engine:
        client = engine.client()
        migrate(client, Settings(kafka_bootstrap="127.0.0.1:1"))
        yield client
        client.close()


def logged(client: Client, blocks: list[Block]) -> None:
    """The log has these, a second apart, and the last one just now; another partition is readable."""
    client.command("TRUNCATE TABLE ingest_log")
    for back, (records, last, unreadable, readable_to) in enumerate(reversed(blocks)):
        client.command(
            f"INSERT INTO ingest_log ({', '.join(COLUMNS)}) VALUES (now64(3) - INTERVAL {back} SECOND, 't', 0, "
            f"{records}, {last}, now64(3), {unreadable}, {readable_to})"
        )
    client.command(
        "INSERT INTO ingest_log (stored_at, topic, partition, records, max_offset, max_ts) "
        "VALUES (now64(3), 't', 1, 5, 4, now64(3))"
    )


@pytest.mark.parametrize(
    ("blocks", "run", "last"),
    [
        ([(10, 9, 0, 10)], 0, 9),
        ([(10, 9, 3, 10)], 0, 9),  # some in between, and a readable one at the end
        ([(10, 9, 3, 7)], 3, 9),
        ([(10, 9, 5, 8)], 2, 9),  # three before the last readable one
        ([(10, 9, 3, 7), (10, 19, 10, 0), (5, 24, 5, 0)], 18, 24),
        ([(10, 9, 10, 0), (10, 19, 10, 0)], 20, 19),  # nothing was readable ever
        ([(10, 9, 10, 0), (10, 19, 2, 18)], 2, 19),
        ([(10, 9, 10, 0), (10, 19, 2, 20)], 0, 19),
        ([(10, 9, 3, 7), (10, 19, 10, 0), (10, 19, 10, 0)], 13, 19),  # one came twice
        ([(10, 9, 0, 10), (3, 30, 3, 0)], 3, 30),  # compaction, or transactions, leave holes
        ([(10, 999, 0, 1000), (10, 9, 10, 0), (10, 19, 10, 0)], 20, 19),  # made anew, or read again
    ],
)
def test_the_run_at_the_end(client: Client, blocks: list[Block], run: int, last: int) -> None:
    logged(client, blocks)
    words = {"topic": "t", "partition": 0}
    assert client.query(sql("unreadable_run"), parameters=words).result_rows[0][:2] == (run, last)
    just_now = [row[:2] for row in client.query(sql("unreadable")).result_rows]
    assert just_now == ([("t", 0)] if any(block[2] for block in blocks) else [])


def test_what_was_logged_before_there_were_runs_counts_as_read(client: Client) -> None:
    logged(client, [])
    words = {"topic": "t", "partition": 1}
    assert client.query(sql("unreadable_run"), parameters=words).result_rows[0][:2] == (0, 4)
