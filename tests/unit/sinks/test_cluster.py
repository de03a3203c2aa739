"""The DDL as a cluster is told it: nothing is left out, nothing stays on one node, rows of a key meet on one shard."""

import re

import pytest

from schemas.settings import Settings
from sinks import statements
from sinks.cluster import SHARDING, WHOLE, on_cluster, shard, spread

ALONE = Settings()
CLUSTER = Settings(clickhouse_cluster="c360")
TOLD = [*statements.tables(CLUSTER), *statements.ingestion(CLUSTER)]


def test_without_a_cluster_nothing_changes() -> None:
    made = statements.tables(ALONE)
    assert spread(made, "") == made
    assert not any("ON CLUSTER" in one or "Replicated" in one for one in [*made, *statements.ingestion(ALONE)])


def test_every_statement_reaches_every_node_once() -> None:
    assert all(one.count("ON CLUSTER 'c360'") == 1 for one in TOLD)


def test_every_table_that_keeps_rows_is_replicated() -> None:
    kept = [one for one in TOLD if re.search(r"^ENGINE = .*MergeTree", one, re.MULTILINE)]
    assert len(kept) == len(SHARDING) + len(WHOLE)
    places = [re.findall(r"^ENGINE = Replicated\w+\('([^']+)', '([^']+)'", one, re.MULTILINE) for one in kept]
    assert all(len(found) == 1 for found in places)
    whole = {place for ((place, replica),) in places if "{shard}" not in place and "{shard}" in replica}
    assert len(whole) == 1


@pytest.mark.parametrize("table", SHARDING)
def test_rows_that_replace_each_other_lie_on_one_shard(table: str) -> None:
    """What a row is spread by is part of the key by which repeats are known."""
    (made,) = [one for one in statements.tables(ALONE) if f"EXISTS {table}\n" in one]
    order = set(re.findall(r"\w+", re.findall(r"^ORDER BY (.*)$", made, re.MULTILINE)[0]))
    assert set(re.findall(r"\w+", SHARDING[table].partition("(")[2])) <= order


def test_the_sharded_tables_have_a_distributed_one_in_front_of_them() -> None:
    in_front = dict(re.findall(r"EXISTS (\w+) ON CLUSTER 'c360' AS (\w+)\nENGINE = Distributed", "\n".join(TOLD)))
    assert in_front == {table: shard(table) for table in SHARDING}


def test_engines_keep_their_arguments() -> None:
    text = "\n".join(TOLD)
    assert "'{replica}', version, deleted)" in text
    assert "'{replica}', input_records)" in text
    assert "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')" in text


def test_columns_that_came_later_come_to_both_tables_the_nodes_own_first() -> None:
    heads = [re.findall(r"^ALTER TABLE (\w+)", one, re.MULTILINE) for one in TOLD if "ADD COLUMN" in one]
    later = ("customer_features", "recommendation_lists", "ingest_log")
    assert heads == [[name] for table in later for name in (shard(table), table)]


def test_how_columns_are_kept_is_said_to_the_nodes_own_tables_alone() -> None:
    told = statements.tables(CLUSTER)
    kept = [one for one in told if "MODIFY" in one and "as_text" not in one]
    names = {re.findall(r"^ALTER TABLE (\w+)", one, re.MULTILINE)[0] for one in kept}
    assert names == {"customers_shard", "products", "transactions_shard", "purchased_by_product_shard",
                     "product_buyers_shard", "customer_bounds_shard", "interactions_shard",
                     "interacted_by_product_shard"}  # fmt: skip


def test_events_flow_into_the_tables_in_front() -> None:
    targets = set(
        re.findall(r"^CREATE MATERIALIZED VIEW \w+ ON CLUSTER 'c360' TO (\w+) AS", "\n".join(TOLD), re.MULTILINE)
    )
    # Recommendations are computed and inserted; no event makes one.
    assert set(SHARDING) - {"recommendation_lists"} <= targets | {"installation"}


def test_a_form_that_is_not_known_is_not_passed_on() -> None:
    with pytest.raises(ValueError, match="No cluster can be told: DROP TABLE x"):
        spread(["DROP TABLE x"], "c360")


def test_a_new_table_has_to_be_said_where_its_rows_are() -> None:
    with pytest.raises(ValueError, match="new is neither sharded nor whole"):
        spread(["CREATE TABLE new (a UInt8)\nENGINE = MergeTree\nORDER BY a"], "c360")


def test_a_statement_of_ones_own() -> None:
    assert on_cluster("a-b.c") == " ON CLUSTER 'a-b.c'"
    assert on_cluster("") == ""
