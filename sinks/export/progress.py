"""How far an export is: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PLAIN_SECONDS = 2.0


class Shown:
    """Rows done of each stream."""

    def __init__(self, console: Console, quiet: bool) -> None:
        self._console, self._quiet = console, quiet
        self._bar: Progress | None = None
        if console.is_terminal and not quiet:
            columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=console)
        self._stream, self._rows, self._total, self._said = "", 0, 0, 0.0

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

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
            self._say(f"{self._stream}: {self._rows:,} of about {self._total:,} rows")

    def end(self) -> None:
        """The stream is done."""
        if self._bar:
            self._bar.update(self._bar.task_ids[-1], total=self._rows)
        else:
            self._say(f"{self._stream}: {self._rows:,} rows")

    def _say(self, words: str) -> None:
        if not self._quiet:
            self._console.print(words, highlight=False)
