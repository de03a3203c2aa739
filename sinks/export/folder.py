"""The folder an export makes: whole or not at all, with a manifest that says what it holds."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from schemas.durable import sync
from schemas.errors import UsageError

#: By this file `producers.replay` knows an export and takes its ids as they are.
MANIFEST = "export.json"
VERSION = 1
#: CSV is read and written in pieces of this many rows.
BATCH_ROWS = 65_536


@dataclass
class Folder:
    """An export that is being written, under a name of its own until it is whole."""

    path: Path
    file_format: str
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def place(self, stream: str, name: str) -> Path:
        """Where the next Parquet file of a stream goes."""
        folder = self.path / stream
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.parquet"

    def add(self, stream: str, file: Path, rows: int) -> None:
        """Takes a written Parquet file in; where CSV is wanted it is turned into it."""
        if self.file_format == "csv":
            file = _as_csv(file)
        sync(file)
        self.files.setdefault(stream, []).append({"file": f"{stream}/{file.name}", "rows": rows})

    def rows(self, stream: str) -> int:
        """Rows written of a stream."""
        return sum(item["rows"] for item in self.files.get(stream, []))

    def close(self, about: dict[str, Any]) -> None:
        """Writes the manifest."""
        manifest = self.path / MANIFEST
        manifest.write_text(
            json.dumps({"c360_export": VERSION, **about, "files": self.files}, indent=2) + "\n", "utf-8"
        )
        sync(manifest)


@contextlib.contextmanager
def fresh(target: Path, file_format: str) -> Iterator[Folder]:
    """A folder that gets its name at the end of the block; after an error or Ctrl-C nothing of it is left.

    Raises:
        UsageError: there is something of that name, or no folder to put it in.
    """
    refuse_existing(target)
    making = target.parent / f".{target.name}.{os.getpid()}.making"
    making.mkdir()
    try:
        yield Folder(making, file_format)
        for folder in [*(path for path in making.iterdir() if path.is_dir()), making]:
            sync(folder)
        making.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def refuse_existing(target: Path) -> None:
    """Raises UsageError where an export would write over something, or has no folder to go into."""
    if not target.parent.is_dir():
        raise UsageError(f"--to has the value '{target}': there is no folder {target.parent}. Make it first.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"--to has the value '{target}', which exists: give another name, or remove it first.")


def _as_csv(file: Path) -> Path:
    """The same rows as CSV: UTF-8, times in ISO 8601 with Z, nothing between commas for null."""
    out = file.with_suffix(".csv")
    frame = pl.scan_parquet(file)
    times = [name for name, kind in frame.collect_schema().items() if isinstance(kind, pl.Datetime)]
    frame.with_columns(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ") for name in times).sink_csv(
        out, batch_size=BATCH_ROWS
    )
    file.unlink()
    return out
