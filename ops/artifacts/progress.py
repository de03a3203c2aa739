"""Progress of a download: a bar on a terminal, a line every tenth otherwise."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn


@contextlib.contextmanager
def reporting(label: str, total: int, console: Console) -> Iterator[Callable[[int], None]]:
    """Yields what is called with every number of bytes that came, from any thread."""
    if not console.is_terminal:
        yield Lines(label, total, console).advance
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(label, total=total)
        yield lambda count: bar.advance(task, count)


class Lines:
    """Plain lines, one a tenth."""

    def __init__(self, label: str, total: int, console: Console) -> None:
        self._label, self._total, self._console = label, total, console
        self._done, self._tenth = 0, 0
        self._lock = threading.Lock()

    def advance(self, count: int) -> None:
        """Counts `count` bytes more."""
        with self._lock:
            self._done += count
            tenth = min(10, self._done * 10 // max(1, self._total))
            if tenth > self._tenth:
                self._tenth = tenth
                mebibytes = f"{self._done / 2**20:.0f} of {self._total / 2**20:.0f} MiB"
                self._console.print(f"{self._label}: {tenth * 10} % ({mebibytes})", highlight=False)
