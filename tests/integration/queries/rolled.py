"""Rollups in the engine of the tests, and waiting until they have seen every row."""

from pathlib import Path

from sinks import statements
from tests.integration.queries.engine import ChildDatabase

BEHIND = (Path(__file__).parents[3] / "sinks" / "sql" / "rollups_behind.sql").read_text(encoding="utf-8")
ROUNDS = 60


def make_rollups(database: ChildDatabase) -> None:
    """Makes them anew, empty."""
    for name in statements.rollup_objects():
        database.execute(f"DROP TABLE IF EXISTS {name} SYNC")
    for statement in statements.rollups():
        database.execute(statement)


def roll_up(database: ChildDatabase) -> None:
    """Refreshes them until nothing is left to do, without waiting for their turns."""
    views = [name for name in statements.rollup_objects() if name.startswith("refresh_")]
    for _ in range(ROUNDS):
        if not database.query(BEHIND, {}, {}).rows:
            return
        for view in views:
            database.execute(f"SYSTEM REFRESH VIEW {view}")
        for view in views:
            database.execute(f"SYSTEM WAIT VIEW {view}")
    raise AssertionError(f"the rollups have not caught up: {database.query(BEHIND, {}, {}).rows}")
