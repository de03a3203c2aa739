"""backup.json: which files a backup holds, with their sums, and by which version it was made."""

import hashlib
import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from schemas.durable import sync
from schemas.errors import C360Error, UsageError

NAME = "backup.json"
FORMAT = 1
STATE = "state"
PIECE = 1 << 20


def seal(folder: Path, about: dict[str, Any], progress: Callable[[int], None]) -> dict[str, Any]:
    """Reads every file of a backup's state, and writes the manifest; `progress` is told the bytes read."""
    files, links = {}, {}
    for path in sorted((folder / STATE).rglob("*")):
        name = path.relative_to(folder / STATE).as_posix()
        if path.is_symlink():
            links[name] = str(path.readlink())
        elif path.is_file():
            files[name] = {"bytes": path.stat().st_size, "sha256": digest(path, progress)}
    found = {"c360_backup": FORMAT, "version": version("customer360"), **about, "files": files, "links": links}
    manifest = folder / NAME
    manifest.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    sync(manifest)
    for at, _, _ in os.walk(folder):
        sync(Path(at))
    return found


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a backup.

    Raises:
        UsageError: the folder is no backup, or one of another version.
    """
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
        form = found["c360_backup"]
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{folder} is no backup: it has no {NAME}. Name a folder that 'c360 backup' made.") from None
    if form != FORMAT:
        raise UsageError(
            f"{folder} is a backup of format {form}, this is {FORMAT}. Restore it by the version it names."
        )
    assert isinstance(found, dict)
    return found


def check(folder: Path, found: dict[str, Any], progress: Callable[[int], None]) -> None:
    """Holds every file against its sum.

    Raises:
        C360Error: one is missing or damaged.
    """
    for name, about in found["files"].items():
        path = folder / STATE / name
        try:
            same = path.stat().st_size == about["bytes"] and digest(path, progress) == about["sha256"]
        except FileNotFoundError:
            same = False
        if not same:
            raise C360Error(f"{path} is missing or damaged: this backup cannot be restored. Take another one.")
    for name, link in found["links"].items():
        path = folder / STATE / name
        if not path.is_symlink() or str(path.readlink()) != link:
            raise C360Error(f"{path} is missing or damaged: copy backups with their symbolic links ('cp -a').")


def digest(path: Path, progress: Callable[[int], None]) -> str:
    """SHA-256 of a file, which is also seen to that it is on the disk."""
    summed = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            summed.update(piece)
            progress(len(piece))
        os.fsync(file.fileno())
    return summed.hexdigest()
