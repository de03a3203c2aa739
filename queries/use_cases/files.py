"""Conclusions as files that other tools read."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from queries.render import rendered
from queries.runner import Result
from queries.use_cases.report import Conclusion
from schemas.errors import UsageError


def refuse_existing(path: Path, *, force: bool) -> None:
    """Before anything is asked.

    Raises:
        UsageError: the file is there and may not be replaced, or its folder is not.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file.")
    if path.exists() and not force:
        raise UsageError(f"{path} exists. Name another file, or replace it with --force.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no folder {path.parent} to write {path.name} into.")


def write_csv(conclusion: Conclusion, path: Path) -> None:
    """Its rows below a line of names; money as decimal numbers."""
    text = rendered(Result(conclusion.columns, conclusion.rows, 0.0), "csv", terminal=False)
    _whole(path, lambda part: part.write_text(text + "\n", encoding="utf-8"))


def write_parquet(conclusion: Conclusion, path: Path) -> None:
    """The same as Parquet; money stays decimal."""
    import polars as pl

    frame = pl.DataFrame(conclusion.rows, schema=list(conclusion.columns), orient="row", infer_schema_length=None)
    _whole(path, frame.write_parquet)


def _whole(path: Path, write: Callable[[Path], Any]) -> None:
    """Nobody ever sees half a file under its name."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
