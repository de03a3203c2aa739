"""How far a long job is: a bar on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn

#: Seconds between two plain lines.
PLAIN_SECONDS = 2.0


class Shown:
    """What the jobs that show a bar have in common; nothing is shown if `quiet`."""

    def __init__(self, console: Console, quiet: bool, *columns: ProgressColumn) -> None:
        """`columns`: what the bar is made of."""
        self._console, self._quiet = console, quiet
        self._bar = Progress(*columns, console=console) if console.is_terminal and not quiet else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def say(self, words: str) -> None:
        """One line."""
        if not self._quiet:
            self._console.print(words, highlight=False)
