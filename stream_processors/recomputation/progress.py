"""How far a verification is: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

PLAIN_SECONDS = 2.0
WORDS = "customers"


class Shown:
    """Customers looked at, of so many; nothing is shown if `quiet`."""

    def __init__(self, console: Console, total: int, quiet: bool) -> None:
        self._console, self._total, self._quiet = console, total, quiet
        self._done = 0
        self._began = self._said = time.monotonic()
        self._bar: Progress | None = None
        if console.is_terminal and not quiet:
            columns = (
                TextColumn("{task.description:<10}"),
                BarColumn(),
                MofNCompleteColumn(),
                TaskProgressColumn(show_speed=True),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=console)
            self._task = self._bar.add_task(WORDS, total=total)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def add(self, customers: int) -> None:
        """So many more."""
        self._done += customers
        if self._bar:
            self._bar.advance(self._task, customers)
        elif (now := time.monotonic()) - self._said >= PLAIN_SECONDS or self._done >= self._total:
            self._said = now
            rate = self._done / max(now - self._began, 1e-9)
            left = (self._total - self._done) / rate
            self._say(f"{WORDS}: {self._done:,} of {self._total:,}, {rate:,.0f}/s, {left:.0f} s left")

    def again(self, slices: int) -> None:
        """Something differs and is looked at again."""
        if (now := time.monotonic()) - self._said >= PLAIN_SECONDS:
            self._said = now
            self._say(f"differences in {slices:,} slice{'' if slices == 1 else 's'} are looked at again")

    def _say(self, words: str) -> None:
        if not self._quiet:
            self._console.print(words, highlight=False)
