"""Whether what the engine writes reaches the disk.

chdb counts a write that fails, as ClickHouse does, and then goes on as if it had not failed (nextImpl in its
src/IO/WriteBufferFromFileDescriptor.cpp raises nothing): a merge on a full disk ends with a part of empty files, and
takes the place of those that were whole. So the count is looked at. What was written before is put aside as torn when
the engine starts, and what such a part was merged from stands beside it for eight minutes.
"""

import logging
import os
import shutil
import signal
import threading
import time
from pathlib import Path

from sinks.embedded.engine import Engine
from sinks.embedded.faults import NOT_ENOUGH_SPACE, ServerError, from_engine

log = logging.getLogger("sinks.embedded")

EVERY_SECONDS = 0.5
#: Below this a start, which writes little, would be a start in vain.
ROOM_BYTES = 64 << 20
#: What is waited for is said so often.
WORD_SECONDS = 60.0

_FAILED = "SELECT value FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'"


class Writes:
    """Looks at the engine's own count, by a connection of its own.

    Whatever the engine writes to and is no disk must take it to the end: see Pipe.forget.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._folder = folder
        self._connection = engine.connect("c360_writer")
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="writes", daemon=True)

    def start(self) -> None:
        """Looks from now on. Once a write has failed the process ends by SIGKILL: an orderly end would write more."""
        self._thread.start()

    def close(self) -> None:
        """Looks no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self._connection.close()

    def check_room(self) -> None:
        """Before a statement that defines something: what is written of a definition takes the place of a whole one.

        Raises:
            ServerError: there is less room than for a start.
        """
        if (free := shutil.disk_usage(self._folder).free) < ROOM_BYTES:
            raise ServerError(
                NOT_ENOUGH_SPACE,
                f"{self._folder} has {free >> 20} MB free, and {ROOM_BYTES >> 20} are needed. Make room",
            )

    def check(self) -> None:
        """After a statement that writes.

        Raises:
            ServerError: some write has failed since the start, maybe one of this statement's, or that cannot be said.
        """
        try:
            failed = self._failed()
        except RuntimeError as error:
            raise from_engine(error) from None
        if failed:
            raise ServerError(NOT_ENOUGH_SPACE, f"{self._said(failed)}. It starts again with what is whole: try again")

    def _failed(self) -> int:
        with self._lock:
            return int(self._connection.query(_FAILED, "TSV").bytes() or 0)

    def _said(self, failed: int) -> str:
        free = shutil.disk_usage(self._folder).free >> 20
        return f"{failed} writes to {self._folder} have failed, where {free} MB are free"

    def _watch(self) -> None:
        while not self._over.wait(EVERY_SECONDS):
            try:
                failed = self._failed()
            except RuntimeError as error:
                # Without memory it answers nobody for a moment.
                log.warning("The engine does not say whether its writes have failed: %s", error)
                continue
            if failed:
                try:
                    log.error("%s: the engine ends, to start again with what is whole", self._said(failed))
                finally:
                    # A disk on which writes fail may not say either how full it is.
                    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_room(folder: Path, room: int = ROOM_BYTES, every_seconds: float = 1.0) -> None:
    """Returns once a disk has room for a start."""
    next_word = 0.0
    while (free := shutil.disk_usage(folder).free) < room:
        if time.monotonic() >= next_word:
            log.warning("%s has %d MB free: the engine starts once there are %d", folder, free >> 20, room >> 20)
            next_word = time.monotonic() + WORD_SECONDS
        time.sleep(every_seconds)
