"""The parts' logs: the last lines, and what comes after them, also across a rotation."""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

POLL_SECONDS = 0.2


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log; none if there is no log."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, maxlen=count)]
    except FileNotFoundError:
        return []


def last_words(path: Path) -> str:
    """What a part said last, for an error message: a few lines without the frames of stack traces."""
    said = [line for line in last_lines(path, 40) if line.strip() and not line[0].isspace()]
    return " ".join(said[-4:])[-800:] or "nothing"


class Follower:
    """Gives the lines written to a log since the last look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode, self._offset = self._here()
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """The whole lines that are new."""
        inode, size = self._here()
        if inode != self._inode or size < self._offset:
            # Rotated: the rest of the old file was read a moment ago, the new one is read from its beginning.
            self._inode, self._offset = inode, 0
        if size == self._offset:
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            new = file.read()
        self._offset += len(new)
        *whole, self._rest = (self._rest + new).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in whole)

    def _here(self) -> tuple[int, int]:
        try:
            about = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return about.st_ino, about.st_size


def follow(paths: dict[str, Path]) -> Iterator[tuple[str, str]]:
    """Pairs of part and line, as they are written, for ever."""
    followers = {name: Follower(path) for name, path in paths.items()}
    while True:
        for name, follower in followers.items():
            yield from ((name, line) for line in follower.lines())
        time.sleep(POLL_SECONDS)
