"""What a piece of code sees to it that is on the disk, in which order."""

import os
from pathlib import Path

import pytest


def synced(patch: pytest.MonkeyPatch) -> list[Path]:
    """Grows by each file and folder that is synced from now on, by the name that it has then."""
    done: list[Path] = []
    sync = os.fsync

    def noted(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        sync(descriptor)

    patch.setattr("os.fsync", noted)
    return done
