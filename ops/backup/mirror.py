"""Makes one folder like another, file by file: what is alike already is left alone, so that a second time is quick."""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

#: Clocks of file systems tick this coarsely: a file written after it was read may bear the same time.
TICK_NS = 2_000_000_000


class Mirror:
    """The state folder and its copy. The copies bear the times of their originals."""

    def __init__(self, source: Path, target: Path, left_out: frozenset[str]) -> None:
        """`left_out`: paths below the source, with slashes, that are not copied, nor what is in them."""
        self._source, self._target, self._left_out = source, target, left_out

    def size(self) -> int:
        """Bytes of what is to be copied."""
        found = 0
        for path in self._walk(self._source):
            with contextlib.suppress(FileNotFoundError):
                found += path.lstat().st_size
        return found

    def copy(self, told: Callable[[int], None], changed_since_ns: int | None = None) -> None:
        """Copies what is missing or not alike, and removes what is no longer there.

        Args:
            told: takes the bytes of each file that is done.
            changed_since_ns: files that were written since then (ns since 1970) are copied however alike they look.
        """
        since = float("inf") if changed_since_ns is None else changed_since_ns - TICK_NS
        there = set()
        self._target.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in self._walk(self._source):
            target = self._target / path.relative_to(self._source)
            try:
                told(_copy(path, target, since))
                there.add(target)
            except FileNotFoundError:
                # What works on them may remove files at any time: they are not needed then.
                if os.path.lexists(path):
                    raise
        # From the inside out: of a part of a table that is gone not even its folder may stay.
        for target in reversed(list(self._walk(self._target))):
            if target not in there:
                target.rmdir() if target.is_dir() and not target.is_symlink() else target.unlink()

    def _walk(self, root: Path) -> Iterator[Path]:
        """Folders, files and links, each folder before what is in it."""
        for folder, names, files in os.walk(root):
            here = Path(folder)
            links = [name for name in names if (here / name).is_symlink()]
            names[:] = [name for name in names if name not in links and not self._is_left_out(root, here / name)]
            if here != root:
                yield here
            for name in [*links, *files]:
                if not self._is_left_out(root, here / name):
                    yield here / name

    def _is_left_out(self, root: Path, path: Path) -> bool:
        return path.relative_to(root).as_posix() in self._left_out


def _copy(source: Path, target: Path, since_ns: float) -> int:
    """The bytes that were copied."""
    about = source.lstat()
    if source.is_symlink():
        link = source.readlink()
        if target.is_symlink() and target.readlink() == link:
            return 0
        target.unlink(missing_ok=True)
        target.symlink_to(link)
        return 0
    if source.is_dir():
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        return 0
    if not source.is_file():
        return 0  # a socket, a pipe
    if _alike(about, target) and about.st_mtime_ns < since_ns:
        return 0
    # Beside its name first: a copy that is cut off is never taken for one.
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.chmod(about.st_mode & 0o777)
    # Of before it was read: what is written while it is read makes it another one the next time.
    os.utime(part, ns=(about.st_mtime_ns, about.st_mtime_ns))
    part.replace(target)
    return about.st_size


def _alike(about: os.stat_result, target: Path) -> bool:
    try:
        copy = target.lstat()
    except FileNotFoundError:
        return False
    return (copy.st_size, copy.st_mtime_ns) == (about.st_size, about.st_mtime_ns)
