"""`python -m tests.integration.chaos.mounted FOLDER WORK`: does a work with a disk that this process alone sees.

It prints what the work says, or exits with NOT_HERE and prints why there can be no such disk.
"""

import errno
import sys
import threading
from pathlib import Path

from tests.chaos import disks
from tests.chaos.disks import Disk, disk, own_mounts

NOT_HERE = 3


def fill(made: Disk) -> str:
    """What writes end with while it is full; before and afterwards there is room."""
    made.write()
    made.fill()
    told = []
    for name in ("another", "one more"):
        try:
            (made.folder / name).write_bytes(bytes(disks.SMALLEST))
        except OSError as error:
            told.append(errno.errorcode[error.errno or 0])
    made.free()
    made.write()
    return " ".join(told)


def slow(made: Disk) -> str:
    """It raises unless a write comes to a halt; afterwards none does."""
    made.slow(2 * disks.STALLED_SECONDS, threading.Event())
    made.write()
    return "written"


def main(folder: str, work: str) -> int:
    """Answers the exit code."""
    if reason := own_mounts():
        print(reason)
        return NOT_HERE
    with disk(Path(folder) / "disk") as made:
        print({"fill": fill, "slow": slow}[work](made))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
