"""The same DDL for a ClickHouse cluster: replicated tables on every shard, and Distributed ones in front of them.

Pure text: one statement of sinks/ddl in, what the cluster is told out. Each form of statement that the DDL has is known
here; another one is an error, never passed on as it is.

Rows of one key must lie on one shard: there alone a repeat is known. So events and what is by customer are spread by
customer, reverse edges by product, as both begin their tables' order. Joins by customer then meet on one shard.
"""

import re
from collections.abc import Iterable, Iterator
from importlib import resources
from string import Template

#: Which shard a row is on. What is not here and keeps rows is whole on every node: small, and joined with all else.
SHARDING = {
    "customers": "intHash64(customer_id)",
    "transactions": "intHash64(customer_id)",
    "interactions": "intHash64(customer_id)",
    "customer_features": "intHash64(customer_id)",
    "churn_alerts": "intHash64(customer_id)",
    "recommendation_lists": "intHash64(customer_id)",
    "purchased_by_product": "intHash64(product_id)",
    "product_buyers": "intHash64(product_id)",
    "customer_bounds": "intHash64(customer_id)",
    "interacted_by_product": "intHash64(product_id)",
    "dead_letters": "cityHash64(topic, partition)",
    "dead_letter_reasons": "cityHash64(topic, partition)",
    "refused_records": "cityHash64(topic, partition)",
    "ingest_log": "cityHash64(topic, partition)",
}
WHOLE = frozenset(
    {
        "products",
        "erased_customers",
        "external_id_claims",
        "installation",
        "dead_letter_replays",
        "recommendation_popular",
        "recommendation_builds",
    }
)

#: What begins a statement, and the name after which ON CLUSTER stands.
_HEAD = re.compile(
    r"^(?P<words>CREATE TABLE IF NOT EXISTS|CREATE TABLE|CREATE OR REPLACE VIEW|CREATE MATERIALIZED VIEW"
    r"|CREATE NAMED COLLECTION|CREATE DATABASE IF NOT EXISTS|ALTER TABLE) (?P<name>\w+)",
    re.MULTILINE,
)
_ENGINE = re.compile(r"^ENGINE = (?P<kind>\w*MergeTree)(?:\((?P<arguments>[^)]*)\))?", re.MULTILINE)
#: What the table in front must know as well: that a column is there, or of another type; not how it is kept.
_COLUMNS = re.compile(r"\b(?:ADD COLUMN|MODIFY COLUMN \w+ (?!CODEC\b|TTL\b))")


def spread(statements: Iterable[str], cluster: str) -> list[str]:
    """What a cluster is told in place of these statements; without a cluster's name they stay as they are.

    Raises:
        ValueError: a statement has a form, or makes a table, that is not known here.
    """
    if not cluster:
        return list(statements)
    return [told for statement in statements for told in _told(statement, cluster)]


def on_cluster(cluster: str) -> str:
    """What stands behind the name in a statement of one's own; empty without a cluster."""
    return f" ON CLUSTER '{cluster}'" if cluster else ""


def shard(table: str) -> str:
    """The table of a node's own rows, behind a Distributed one."""
    return f"{table}_shard"


def _told(statement: str, cluster: str) -> Iterator[str]:
    head = _HEAD.search(statement)
    if not head:
        raise ValueError(f"No cluster can be told: {statement.splitlines()[0]}")
    words, name = head["words"], head["name"]
    keeps_rows = _ENGINE.search(statement) if words.startswith("CREATE TABLE") else None
    if keeps_rows and name not in SHARDING and name not in WHOLE:
        raise ValueError(f"{name} is neither sharded nor whole on every node: say which in sinks/cluster.py")
    if name not in SHARDING or not (keeps_rows or words == "ALTER TABLE"):
        yield _replicated(_named(statement, head, name, cluster), whole=True)
        return
    yield _replicated(_named(statement, head, shard(name), cluster), whole=False)
    if keeps_rows:
        yield _distributed(name, cluster)
    elif _COLUMNS.search(statement):
        yield _named(statement, head, name, cluster)


def _named(statement: str, head: re.Match[str], name: str, cluster: str) -> str:
    return f"{statement[: head.start()]}{head['words']} {name}{on_cluster(cluster)}{statement[head.end() :]}"


def _replicated(statement: str, *, whole: bool) -> str:
    """With replicated engines; {shard}, {replica}, {database} and {table} are each node's macros."""
    shards, replica = ("all", "{shard}-{replica}") if whole else ("{shard}", "{replica}")

    def replicated(engine: re.Match[str]) -> str:
        place = f"'/clickhouse/tables/{shards}/{{database}}/{{table}}', '{replica}'"
        arguments = f", {engine['arguments']}" if engine["arguments"] else ""
        return f"ENGINE = Replicated{engine['kind']}({place}{arguments})"

    return _ENGINE.sub(replicated, statement)


def _distributed(table: str, cluster: str) -> str:
    text = (resources.files("sinks") / "ddl" / "cluster" / "distributed.sql").read_text(encoding="utf-8")
    words = {"table": table, "shard": shard(table), "cluster": cluster, "key": SHARDING[table]}
    return Template(text).substitute(words).strip().removesuffix(";")
