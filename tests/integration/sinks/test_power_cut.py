"""ClickHouse after a power cut: what had not reached the disk is gone from its parts, and nobody has to do anything."""

import os
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from ops.doctor import contract
from schemas.settings import Settings
from sinks import statements
from tests.support.engine import kill_engine, start_engine

#: More than the 100 that an engine takes for bad luck by its default. A block of a history has a part for each month.
TORN = 130
WHOLE = 20
LAID = """
    INSERT INTO transactions (transaction_id, customer_id, product_id, amount, status, ts)
    SELECT number, 1, 1, 1, 'completed', addMonths(toDateTime64('2010-01-01 00:00:00', 3, 'UTC'), number)
    FROM numbers({count}) SETTINGS max_partitions_per_insert_block = 0
"""


def parts(client: Client) -> list[Path]:
    asked = "SELECT path FROM system.parts WHERE active AND table = 'transactions' ORDER BY name"
    return [Path(path) for (path,) in client.query(asked).result_rows]


def tear(torn: list[Path]) -> None:
    """Parts as a file system leaves what it had made and not yet written."""
    for file in (file for part in torn for file in part.iterdir()):
        os.truncate(file, 0)


def test_the_engine_starts_with_what_is_whole_however_much_is_not(tmp_path: Path) -> None:
    with start_engine(tmp_path) as engine:
        client = engine.client()
        for statement in statements.new_tables(Settings()):
            client.command(statement)
        client.command("SYSTEM STOP MERGES")
        client.command(LAID.format(count=TORN + WHOLE))
        files = parts(client)
        assert len(files) == TORN + WHOLE
        client.close()
        kill_engine(engine)
    tear(files[:TORN])
    with start_engine(tmp_path) as engine:
        client = engine.client()
        assert client.query("SELECT count(), min(transaction_id) FROM transactions").result_rows == [(WHOLE, TORN)]
        here = engine.settings()
        (found,) = contract.torn(here)
        assert (found.what, found.detail.split()[0]) == ("transactions", str(TORN))
        client.command(LAID.format(count=TORN))  # as when the topic is read again
        client.command(found.remedy[found.remedy.index("ALTER TABLE") :])
        assert list(contract.torn(here)) == []
        assert client.query("SELECT count() FROM transactions FINAL").result_rows == [(TORN + WHOLE,)]
        client.close()


@pytest.mark.parametrize("window", [statements.WINDOW, 0])
def test_a_block_whose_part_is_torn_is_taken_again_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    """The table remembered that it had it; or whoever had it forget was killed before it was to keep names again."""
    monkeypatch.setenv("C360_CLICKHOUSE_INGEST", "client")
    named = "INSERT INTO kept SETTINGS insert_deduplication_token = '{name}' SELECT {name}"
    with start_engine(tmp_path) as engine:
        client = engine.client()
        client.command(
            "CREATE TABLE kept (a UInt64) ENGINE = ReplacingMergeTree ORDER BY a "
            "SETTINGS non_replicated_deduplication_window = 100"
        )
        client.command("SYSTEM STOP MERGES kept")
        for name in (1, 2, 2):
            client.command(named.format(name=name))
        found = client.query("SELECT path FROM system.parts WHERE active AND table = 'kept' ORDER BY name").result_rows
        assert len(found) == 2
        client.command(f"ALTER TABLE kept MODIFY SETTING non_replicated_deduplication_window = {window}")
        client.close()
        kill_engine(engine)
    tear([Path(found[1][0])])
    with start_engine(tmp_path) as engine:
        client = engine.client()
        client.command("SYSTEM STOP MERGES kept")
        for name in (2, 2):
            client.command(named.format(name=name))
        assert client.query("SELECT a FROM kept ORDER BY a").result_rows == [(1,), (2,)]
        assert f"window = {statements.WINDOW}" in str(client.command("SHOW CREATE TABLE kept"))
        client.close()


def test_nothing_is_synced_but_by_a_setting_that_stays(tmp_path: Path) -> None:
    """As docs/reliability.md says; an engine that syncs by itself would be slower and safer."""
    with start_engine(tmp_path) as engine:
        client = engine.client()
        asked = "SELECT name, value FROM system.merge_tree_settings WHERE name IN ({names})"
        names = ("fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge")
        found = client.query(asked.format(names=", ".join(f"'{name}'" for name in names))).result_rows
        assert sorted(map(tuple, found)) == [(name, "0") for name in sorted(names)]
        for statement in statements.tables(Settings()):
            client.command(statement)
        client.command("ALTER TABLE transactions MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1")
        client.command(LAID.format(count=3))
        for statement in statements.tables(Settings()):
            client.command(statement)
        made = str(client.command("SHOW CREATE TABLE transactions"))
        assert "fsync_after_insert = 1, fsync_part_directory = 1" in made
        assert client.query("SELECT count() FROM transactions FINAL").result_rows == [(3,)]
        client.close()
