"""Disks of the parts' own, which can be filled and made slow: ext4 in a sparse file, for root on Linux.

They are mounted in a namespace of this process and its children, and are gone with the last of them.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

TOOLS = ("mount", "umount", "mkfs.ext4", "fsfreeze")
_CLONE_NEWNS = 0x00020000
#: Of which nothing is taken but what is written.
DISK_BYTES = 16 << 30
#: Ballast is put in by pieces that get smaller, down to one that any write needs.
LARGEST, SMALLEST = 1 << 34, 1 << 12
#: A slow disk takes nothing for a while, then everything for a shorter one.
STALLED_SECONDS, FLOWING_SECONDS = 0.6, 0.2


def own_mounts() -> str:
    """What is mounted from now on is seen by this process and its children alone; or why that cannot be."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "it takes root on Linux"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"there is no {missing[0]}"
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
        return os.strerror(ctypes.get_errno())
    done = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True, check=False)
    return done.stderr.strip()


class Disk:
    """One that is mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / ".ballast"

    def fill(self) -> None:
        """Nothing more goes onto it."""
        with self._ballast.open("wb") as file:
            size, end = LARGEST, 0
            while size >= SMALLEST:
                try:
                    os.posix_fallocate(file.fileno(), end, size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    # What was taken before there was no more stays taken.
                    end, size = max(end, file.seek(0, os.SEEK_END)), size // 2
                else:
                    end += size

    def free(self) -> None:
        """There is as much room as before."""
        self._ballast.unlink(missing_ok=True)

    def slow(self, seconds: float, over: threading.Event) -> None:
        """Writes come to a halt again and again for so long, or until it is to be over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not over.is_set():
            with self._frozen():
                time.sleep(STALLED_SECONDS)  # how slow the disk is: nothing is waited for
            time.sleep(FLOWING_SECONDS)

    @contextlib.contextmanager
    def _frozen(self) -> Iterator[None]:
        try:
            subprocess.run(["fsfreeze", "--freeze", self.folder], check=True)
            yield
        finally:
            subprocess.run(["fsfreeze", "--unfreeze", self.folder], check=True)


@contextlib.contextmanager
def disk(folder: Path) -> Iterator[Disk]:
    """A folder that is a disk of its own for the block; `own_mounts` is called before."""
    image = folder.with_suffix(".img")
    folder.mkdir(parents=True)
    with image.open("wb") as file:
        file.truncate(DISK_BYTES)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=1", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, folder], check=True)
    # A state folder that is not empty is taken for somebody else's.
    (folder / "lost+found").rmdir()
    try:
        yield Disk(folder)
    finally:
        # Not at once, should a process of the stack still be about to end.
        subprocess.run(["umount", "--lazy", folder], check=True)
        image.unlink()
