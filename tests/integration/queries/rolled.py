"""Rollups in the engine of the tests, and waiting until they have seen every row."""

from sinks import statements
from tests.integration.queries.engine import Engine
from tests.support.waiting import wait_for

SECONDS = 200


def make_rollups(database: Engine) -> None:
    """Makes them anew, empty."""
    for name in statements.rollup_objects():
        database.execute(f"DROP TABLE IF EXISTS {name} SYNC")
    for statement in statements.rollups():
        database.execute(statement)


def roll_up(database: Engine) -> None:
    """Builds what is due at once, without waiting for the views' seconds, until none is behind by two looks.

    One in whose midst a build of the engine's own lands may not see what is made of it.
    """
    behind_now = statements.sql("rollups_behind")

    def caught_up() -> bool:
        behind = database.query(behind_now, {}, {}).rows or database.query(behind_now, {}, {}).rows
        if behind:
            for view in ("refresh_rollup_backlog", "refresh_rollup_turns"):
                database.execute(f"SYSTEM REFRESH VIEW {view}")
                database.execute(f"SYSTEM WAIT VIEW {view}")
            for (name,) in database.query("SELECT DISTINCT name FROM rollup_turns", {}, {}).rows:
                database.execute(f"SYSTEM REFRESH VIEW refresh_rollup_{name}")
                database.execute(f"SYSTEM WAIT VIEW refresh_rollup_{name}")
        return not behind

    wait_for(caught_up, "the rollups have caught up", SECONDS, every=0.01)
