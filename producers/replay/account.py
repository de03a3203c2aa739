"""What a replay has done, all told, and how it is shown while it runs."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from schemas import progress
from schemas.progress import PLAIN_SECONDS


@dataclass
class Account:
    """Rows read, records sent, and what became of them."""

    read: int = 0
    sent: int = 0
    acknowledged: int = 0
    failed: int = 0
    #: Confirmed in a former replay that was cut off, and not sent again.
    known: int = 0
    rejected: int = 0
    #: By the mapping's `where`.
    left_out: int = 0
    repeated: int = 0
    skipped_files: int = 0
    streams: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    renumbered: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """One flat object, but for counts by stream."""
        return {**vars(self), "streams": dict(self.streams), "made": dict(self.made)}

    def line(self) -> str:
        """In one line."""
        words = [f"{name}={value}" for name, value in vars(self).items() if isinstance(value, int | float)]
        words += [f"{stream}={number}" for stream, number in self.streams.items()]
        words += [f"made.{stream}={number}" for stream, number in self.made.items()]
        return " ".join(words)


class Shown(progress.Shown):
    """A bar with rate and time left on a terminal, plain lines elsewhere; by bytes of the files."""

    def __init__(self, console: Console, quiet: bool, total: int, account: Account) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        super().__init__(console, quiet, *columns)
        self._total, self._account = max(1, total), account
        if self._bar:
            self._bar.add_task("replay", total=self._total)
        self._began = self._said = time.monotonic()
        self._done = 0

    def at(self, position: int) -> None:
        """So many bytes of the present file."""
        now = time.monotonic()
        rate = self._account.read / max(now - self._began, 1e-9)
        line = f"{self._account.read:,} rows   {rate:,.0f}/s   rejected {self._account.rejected:,}"
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self._done + position, description=line)
        elif now - self._said >= PLAIN_SECONDS:
            self._said = now
            self.say(f"{line}   {(self._done + position) / self._total:.0%}")

    def past(self, size: int) -> None:
        """A file is done."""
        self._done += size
        self.at(0)
