"""Folders of an installation's own: what is in them is of customers, and passwords."""

from pathlib import Path


def private(folder: Path) -> Path:
    """The folder, made if it is missing, and whatever is missing above it; what is made is for its owner alone.

    `Path.mkdir` with `parents` gives a mode to the last folder only: C360_HOME, above it, would be open to everybody.

    Raises:
        OSError: it cannot be made, or is no folder.
    """
    if not folder.parent.exists():
        private(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
