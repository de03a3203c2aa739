"""How far a verification is: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from schemas import progress
from schemas.progress import PLAIN_SECONDS

WORDS = "customers"


class Shown(progress.Shown):
    """Customers looked at, of so many; nothing is shown if `quiet`."""

    def __init__(self, console: Console, total: int, quiet: bool) -> None:
        super().__init__(
            console,
            quiet,
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
        )
        self._total, self._done = total, 0
        self._began = self._said = time.monotonic()
        if self._bar:
            self._task = self._bar.add_task(WORDS, total=total)

    def add(self, customers: int) -> None:
        """So many more."""
        self._done += customers
        if self._bar:
            self._bar.advance(self._task, customers)
        elif (now := time.monotonic()) - self._said >= PLAIN_SECONDS or self._done >= self._total:
            self._said = now
            rate = self._done / max(now - self._began, 1e-9)
            left = (self._total - self._done) / rate
            self.say(f"{WORDS}: {self._done:,} of {self._total:,}, {rate:,.0f}/s, {left:.0f} s left")

    def again(self, customers: int) -> None:
        """So many differ and are looked at again."""
        if (now := time.monotonic()) - self._said >= PLAIN_SECONDS:
            self._said = now
            self.say(f"rows that differ are looked at again: {customers:,}")
