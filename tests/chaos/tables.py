"""Tables that one block feeds, held against each other: a kill between two of its views is what sets them apart."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from queries.database import Database
from schemas.settings import Settings
from tests.chaos.files import text, whole

#: By the name of the number: the questions whose rows are what is wrong.
QUESTIONS: Mapping[str, Sequence[str]] = {
    "edges_apart": ("interacted.sql", "purchased.sql"),
    "buyers_apart": ("buyers.sql",),
    "bounds_apart": ("bounds.sql",),
}
#: So many of the rows are told.
TOLD = 3


def apart(settings: Settings, say: Callable[[str], None]) -> dict[str, int]:
    """Slices of customers with other edges by product than by customer; products, customers with wrong sets, bounds."""
    with contextlib.closing(whole(settings)) as database:
        return {name: sum(_found(database, one, say) for one in some) for name, some in QUESTIONS.items()}


def _found(database: Database, question: str, say: Callable[[str], None]) -> int:
    table = database.query(text(question), {}, {})
    for row in table.rows[:TOLD]:
        say(f"WRONG: {question}: {_words(table.columns, row)}")
    return len(table.rows)


def _words(names: Sequence[str], row: Sequence[Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))
