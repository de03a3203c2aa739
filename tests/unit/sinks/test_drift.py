"""What a database should have, alone and on a cluster; tests/integration/sinks/test_drift.py compares it."""

from schemas.settings import Settings
from sinks.cluster import SHARDING, WHOLE, shard
from sinks.columns import wanted

ALONE = wanted(Settings())
CLUSTER = wanted(Settings(clickhouse_cluster="c360"))


def test_every_table_that_keeps_rows_has_its_columns() -> None:
    assert all(ALONE[table] for table in (*SHARDING, *WHOLE))
    assert ALONE["products"]["brand"] == "LowCardinality(String)"


def test_a_cluster_s_tables_have_the_same_columns() -> None:
    assert {table: CLUSTER[shard(table)] for table in SHARDING} == {table: ALONE[table] for table in SHARDING}
    assert {table: CLUSTER[table] for table in WHOLE} == {table: ALONE[table] for table in WHOLE}


def test_a_cluster_has_every_table_and_view() -> None:
    assert set(ALONE) <= set(CLUSTER)
