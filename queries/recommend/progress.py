"""How far a refresh is: a bar with rate and time left on a terminal, plain lines elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from schemas import progress
from schemas.progress import PLAIN_SECONDS


class Shown(progress.Shown):
    """One bar for each thing that is done; nothing is shown if `quiet`."""

    def __init__(self, console: Console, quiet: bool) -> None:
        super().__init__(
            console,
            quiet,
            TextColumn("{task.description:<16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TaskProgressColumn(show_speed=True),
            TimeRemainingColumn(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._began: dict[str, float] = {}
        self._said = 0.0

    def tell(self, doing: str, done: int, total: int) -> None:
        """So much of it is done."""
        now = time.monotonic()
        began = self._began.setdefault(doing, now)
        if self._bar:
            if doing not in self._tasks:
                self._tasks[doing] = self._bar.add_task(doing, total=total)
            self._bar.update(self._tasks[doing], completed=done)
        elif now - self._said >= PLAIN_SECONDS or done >= total:
            self._said = now
            rate = done / max(now - began, 1e-9)
            left = f", {(total - done) / rate:.0f} s left" if done else ""
            self.say(f"{doing}: {done:,} of {total:,}{left}")
