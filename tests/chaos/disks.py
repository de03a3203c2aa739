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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOOLS = ("mount", "umount", "mkfs.ext4", "fsfreeze")
#: A file becomes a disk by it.
LOOPS = Path("/dev/loop-control")
_CLONE_NEWNS = 0x00020000
#: Of which nothing is taken but what is written.
DISK_BYTES = 16 << 30
#: Ballast is put in by pieces that get smaller, down to one that any write needs.
LARGEST, SMALLEST = 1 << 34, 1 << 12
#: A disk is filled so often: what uses it gives room back now and then.
ATTEMPTS = 20
#: A slow disk takes nothing for a while, then everything for a shorter one.
STALLED_SECONDS, FLOWING_SECONDS = 0.6, 0.2


def own_mounts() -> str:
    """What is mounted from now on is seen by this process and its children alone; or why that cannot be."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "it takes root on Linux"
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"there is no {missing[0]}"
    if not LOOPS.exists():
        return f"there is no {LOOPS}"
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
        """Nothing more goes onto it, which is tried: as long as the parts give room back, that is filled too.

        Raises:
            RuntimeError: there is room again and again.
        """
        with self._ballast.open("wb") as file:
            for _ in range(ATTEMPTS):
                self._put_in(file.fileno())
                if self._is_full():
                    return
        raise RuntimeError(f"{self.folder} takes a write of {SMALLEST} bytes though it was filled {ATTEMPTS} times")

    def _put_in(self, ballast: int) -> None:
        size, end = LARGEST, os.fstat(ballast).st_size
        while size >= SMALLEST:
            try:
                os.posix_fallocate(ballast, end, size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                # What was taken before there was no more stays taken.
                end, size = max(end, os.fstat(ballast).st_size), size // 2
            else:
                end += size

    def _is_full(self) -> bool:
        try:
            self.write()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return True
        return False

    def write(self) -> None:
        """As little as any part writes, down to the disk, and takes it back."""
        proof = self.folder / ".proof"
        try:
            with proof.open("wb") as file:
                file.write(bytes(SMALLEST))
                file.flush()
                os.fsync(file.fileno())
        finally:
            proof.unlink(missing_ok=True)

    def free(self) -> None:
        """There is as much room as before."""
        self._ballast.unlink(missing_ok=True)

    def slow(self, seconds: float, over: threading.Event) -> None:
        """Writes come to a halt again and again for so long, or until it is to be over; one of its own is among them.

        Raises:
            RuntimeError: that one does not come to a halt.
        """
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(1, "writing") as hand:
            while time.monotonic() < until and not over.is_set():
                with self._frozen():
                    written = hand.submit(self.write)
                    time.sleep(STALLED_SECONDS)  # how slow the disk is: nothing is waited for
                    if written.done():
                        raise RuntimeError(f"{self.folder} takes a write that should have come to a halt")
                written.result()
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
