"""What an installation keeps of itself in ClickHouse, under names: the newest value of each counts."""

from clickhouse_connect.driver.client import Client

from sinks.statements import sql


def note(client: Client, name: str, value: str) -> None:
    """Keeps a value under a name."""
    client.insert("installation", [[name, value]], column_names=["name", "value"])


def noted(client: Client, name: str) -> str:
    """What is kept under a name; empty if nothing is."""
    rows = client.query(sql("installation"), parameters={"name": name}).result_rows
    return str(rows[0][0]) if rows else ""
