"""How many records of a partition in a row cannot be used before a consumer stands still.

A record that cannot be used is a dead letter; a run of them says more of a producer, a schema or a registry than of
records, and must not drain a topic.
"""

from collections.abc import Sequence

from schemas.errors import HeldError
from schemas.settings import Settings


def follow(run: int, bad: Sequence[int], count: int, limit: int) -> tuple[int, int | None]:
    """The run behind a batch, and the row at which it reached the limit, if it did.

    `run`: that before the batch; `bad`: the rows of its `count` records that cannot be used, in order. Without a limit
    (0) it is never reached.
    """
    expected = 0
    for row in bad:
        run = run + 1 if row == expected else 1
        expected = row + 1
        if limit and run >= limit:
            return run, row
    return (run if expected == count else 0), None


def held(settings: Settings, place: str, offset: int, run: int, reason: str, begin: int) -> HeldError:
    """What is said when a run reaches the limit at an offset; `begin` is the first record that is not taken."""
    return HeldError(
        f"{place} stands still: {run:,} records in a row up to offset {offset} cannot be used ({reason}). Nothing from "
        f"offset {begin} on is taken or committed. Mend the schema or the registry, and it goes on by itself; or set "
        f"C360_DEAD_LETTER_RUN above {settings.dead_letter_run} (0: any number) and start the part anew."
    )
