"""Bytes between an answer that comes and a client that takes it: some in memory, then in a file, then no more.

A client that keeps up holds the answer back by a few megabytes. One that does not is given the rest of its answer in
a file, so that its query ends and gives its place to others.
"""

import asyncio
import tempfile
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Room:
    """Bytes that are held in memory and in a file, and the seconds that are waited for room in each."""

    memory: int = 2 << 20
    file: int = 256 << 20
    patience: float = 1.0
    longest_wait: float = 20.0


class FullError(Exception):
    """Nobody has taken anything for so long that the rest is given up."""


class Buffer:
    """One writer, one reader, on one event loop."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._file: IO[bytes] | None = None
        self._written = self._taken = 0
        self._ended = False
        self._error: BaseException | None = None
        self._changed = asyncio.Event()

    @property
    def in_file(self) -> int:
        """Bytes that wait in the file."""
        return self._written - self._taken

    async def put(self, piece: bytes) -> None:
        """Adds bytes, and waits for room first.

        Raises:
            FullError: there is none, and nobody makes any.
        """
        if not self.in_file and not await self._wait_for(lambda: self._held < self._room.memory, self._room.patience):
            self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        if self.in_file or self._held >= self._room.memory:
            await self._put_away(piece)
        else:
            self._pieces.append(piece)
            self._held += len(piece)
        self._changed.set()

    async def _put_away(self, piece: bytes) -> None:
        if not await self._wait_for(lambda: self.in_file < self._room.file, self._room.longest_wait):
            raise FullError(
                f"{self._room.file >> 20} MiB of the answer wait to be taken and nothing was for "
                f"{self._room.longest_wait:g} s"
            )
        assert self._file is not None
        self._file.seek(self._written)
        self._file.write(piece)
        self._written += len(piece)

    def end(self, error: BaseException | None = None) -> None:
        """Says that nothing more comes, and why, where that is an error: the reader gets it behind the last bytes."""
        self._ended, self._error = True, error
        self._changed.set()

    async def get(self) -> bytes:
        """The next bytes; none at the end.

        Raises:
            BaseException: what end() was told, once everything before it is taken.
        """
        while True:
            if self._pieces:
                piece = self._pieces.popleft()
                self._held -= len(piece)
            elif self.in_file:
                piece = self._from_file()
            elif self._ended:
                if self._error is not None:
                    raise self._error
                return b""
            else:
                await self._change()
                continue
            self._changed.set()
            return piece

    def close(self) -> None:
        """Lets go of everything."""
        self._pieces.clear()
        self._held = self._written = self._taken = 0
        if self._file is not None:
            self._file.close()
            self._file = None

    def _from_file(self) -> bytes:
        assert self._file is not None
        self._file.seek(self._taken)
        piece = self._file.read(min(1 << 18, self.in_file))
        self._taken += len(piece)
        if not self.in_file:
            self._file.truncate(0)
            self._written = self._taken = 0
        return piece

    async def _wait_for(self, there_is_room: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not there_is_room():
                    await self._change()
        except TimeoutError:
            return False
        return True

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
