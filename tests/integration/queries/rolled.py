"""Rollups in the engine of the tests, and waiting until they have seen every row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from queries.database import Table
from sinks import statements

BEHIND = (Path(__file__).parents[3] / "sinks" / "sql" / "rollups_behind.sql").read_text(encoding="utf-8")
ROUNDS = 100


class Engine(Protocol):
    """Whatever runs statements and answers questions."""

    def execute(self, sql: str) -> object:
        """Runs a statement."""
        ...

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        """See queries.database.Database."""
        ...


def make_rollups(database: Engine) -> None:
    """Makes them anew, empty."""
    for name in statements.rollup_objects():
        database.execute(f"DROP TABLE IF EXISTS {name} SYNC")
    for statement in statements.rollups():
        database.execute(statement)


def roll_up(database: Engine) -> None:
    """Refreshes those that are behind until none is, without waiting for their turns."""
    for _ in range(ROUNDS):
        behind = [row[0] for row in database.query(BEHIND, {}, {}).rows]
        if not behind:
            return
        for name in behind:
            database.execute(f"SYSTEM REFRESH VIEW refresh_rollup_{name}")
        for name in behind:
            database.execute(f"SYSTEM WAIT VIEW refresh_rollup_{name}")
    raise AssertionError(f"the rollups have not caught up: {behind}")
