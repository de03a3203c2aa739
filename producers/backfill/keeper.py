"""Keeps the position of a running history, whenever more of it has been acknowledged."""

import pathlib
from collections.abc import Callable
from dataclasses import replace

from producers.backfill import checkpoint
from producers.backfill.checkpoint import Checkpoint
from producers.counters import Totals
from schemas.errors import C360Error


class Keeper:
    """Hears the figures of a run and writes the position down."""

    def __init__(self, file: pathlib.Path, at: Checkpoint, give_up: Callable[[], None]) -> None:
        """`at`: where it begins; `give_up` is called when the position can't be kept."""
        self._file, self._give_up = file, give_up
        self.at = at
        self._problem: OSError | None = None

    def note(self, totals: Totals) -> None:
        """Writes the position if it is a later one."""
        if totals.kept <= self.at.position or self._problem:
            return
        self.at = replace(self.at, position=totals.kept)
        try:
            checkpoint.write(self._file, self.at)
        except OSError as problem:
            # It runs in a thread that only looks: the run itself says so once it has stopped.
            self._problem = problem
            self._give_up()

    def check(self) -> None:
        """Says that the position could not be kept.

        Raises:
            C360Error: it could not.
        """
        if self._problem:
            raise C360Error(
                f"The position cannot be kept in {self._file} ({self._problem.strerror}). Make room or see that it can "
                "be written, and run the same command again."
            )
