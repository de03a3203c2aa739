"""How far an export is: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from schemas import progress
from schemas.progress import PLAIN_SECONDS


class Shown(progress.Shown):
    """Rows done of each stream."""

    def __init__(self, console: Console, quiet: bool) -> None:
        columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        super().__init__(console, quiet, *columns)
        self._stream, self._rows, self._total, self._said = "", 0, 0, 0.0

    def begin(self, stream: str, total: int) -> None:
        """The next stream, of about so many rows."""
        self._stream, self._rows, self._total, self._said = stream, 0, total, time.monotonic()
        if self._bar:
            self._bar.add_task(stream, total=total)

    def add(self, rows: int) -> None:
        """So many more."""
        self._rows += rows
        if self._bar:
            self._bar.advance(self._bar.task_ids[-1], rows)
        elif time.monotonic() - self._said >= PLAIN_SECONDS:
            self._said = time.monotonic()
            self.say(f"{self._stream}: {self._rows:,} of about {self._total:,} rows")

    def end(self) -> None:
        """The stream is done."""
        if self._bar:
            self._bar.update(self._bar.task_ids[-1], total=self._rows)
        else:
            self.say(f"{self._stream}: {self._rows:,} rows")
