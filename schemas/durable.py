"""What is to outlive a power cut: a file's bytes, and the names in the folder that it is in."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Returns once what was written to a file, or which names a folder has, is on the disk.

    Raises:
        OSError: it is not there, or the disk fails.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
