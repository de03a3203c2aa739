"""Lets answers go before upkeep: threads that take records in, merge parts and keep rollups are nicer than the others.

All of them share the cores with whoever asks. A query passes from thread to thread several times, and would wait each
time for as long as one of theirs may run.
"""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

#: By how much, by what the engine calls its pools' threads. Of Kafka's tables, before their first record and since: a
#: third of the share of a core that a thread gets which answers, beside it, and all that nobody wants.
#: Of refreshable views and of merges: a ninth, since they can wait.
NICER = {"BgMBSchPool": 5, "RuntimeData": 5, "BgSchPool": 10, "MergeMutate": 10}
#: Seconds until the first look, and between two. A thread starts others as nice as itself, and those that answer come
#: from the same pool: it is let grow first, and keeps its threads.
FIRST, EVERY = 60.0, 10.0


class Niceness:
    """Looks for such threads of this process until it is closed; threads that pools make anew are found, too."""

    def __init__(self, tasks: Path = Path("/proc/self/task"), first: float = FIRST) -> None:
        """`first`: seconds until the first look."""
        self._tasks, self._first = tasks, first
        self._own = os.getpriority(os.PRIO_PROCESS, 0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="niceness", daemon=True)

    def start(self) -> None:
        """Looks from now on, where the kernel lists threads: elsewhere all stay as they are."""
        if self._tasks.is_dir():
            self._thread.start()

    def look(self) -> None:
        """Makes those nicer that are not yet."""
        for number, nicer in self._upkeep():
            # It may have ended since.
            with contextlib.suppress(ProcessLookupError):
                if os.getpriority(os.PRIO_PROCESS, number) < self._own + nicer:
                    os.setpriority(os.PRIO_PROCESS, number, self._own + nicer)

    def close(self) -> None:
        """Looks no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        seconds = self._first
        while not self._stop.wait(seconds):
            self.look()
            seconds = EVERY

    def _upkeep(self) -> Iterator[tuple[int, int]]:
        for task in self._tasks.iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                name = (task / "comm").read_text(encoding="utf-8", errors="replace").strip()
                if name in NICER:
                    yield int(task.name), NICER[name]
