"""The account at the end: acknowledged = SQL = Cypher = features, or the run has failed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources

from clickhouse_connect.driver.client import Client

#: Events by source number, then by stream.
Acknowledged = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Line:
    """One thing counted in several ways; all must be equal."""

    what: str
    counts: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return len(set(self.counts.values())) == 1


def account(client: Client, cypher: Callable[[str], int], acknowledged: Acknowledged) -> list[Line]:
    """Counts everything by every way; `cypher` answers the one number a query returns.

    What was acknowledged is held against the rows of the same sources: others may have sent into the same stack.
    """
    stored = {str(row["source"]): row for row in client.query(text("sql", "accounted")).named_results()}
    [features] = client.query(text("sql", "features")).named_results()

    def in_all(what: str) -> int:
        return sum(int(row[what]) for row in stored.values())

    lines = []
    for stream in ("transactions", "interactions"):
        sent = sum(streams.get(stream, 0) for streams in acknowledged.values())
        found = sum(int(stored[source][stream]) for source in acknowledged if source in stored)
        lines.append(Line(f"{stream} of these runs", {"acknowledged": sent, "SQL": found}))
    return [
        *lines,
        Line(
            "interactions of all runs",
            {
                "SQL": in_all("interactions"),
                "Cypher": cypher(text("cypher", "interactions")),
                "features": int(features["interactions"]),
            },
        ),
        Line(
            "purchases of all runs",
            {
                "SQL": in_all("purchases"),
                "Cypher": cypher(text("cypher", "purchases")),
                "features": int(features["purchases"]),
            },
        ),
    ]


def text(language: str, name: str) -> str:
    """A query of the demonstration's own, in "sql" or "cypher"."""
    return (resources.files("ops.demo") / language / f"{name}.{language}").read_text(encoding="utf-8")
