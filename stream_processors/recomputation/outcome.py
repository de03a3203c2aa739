"""What the last verification came to, kept beside the snapshots, where a worker reads it for its metrics."""

import json
import os
import time
from pathlib import Path
from typing import NamedTuple

FILE = Path("stream_processors", "verified.json")


class Outcome(NamedTuple):
    """Customers that differed, and when that was found (Unix time, s)."""

    wrong: int = 0
    at: float = 0.0


def keep(home: Path, wrong: int) -> None:
    """Replaces what was kept: so many customers differ, as of now. Where no worker has its state, nobody would read it.

    Raises:
        OSError: the folder cannot be written.
    """
    path = home / FILE
    if not path.parent.is_dir():
        return
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps({"wrong": wrong, "at": time.time()}), encoding="ascii")
    part.replace(path)


def kept(home: Path) -> Outcome:
    """The last outcome; all zero where there is none to be read."""
    try:
        found = json.loads((home / FILE).read_text(encoding="ascii"))
        return Outcome(int(found["wrong"]), float(found["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Outcome()
