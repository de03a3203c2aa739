"""Rows that could not be used, in a file of their own: where they stood, why, and the row itself."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import IO, Any

from producers.replay.files import File
from producers.replay.reading import Table
from producers.replay.shaping import Reject
from producers.replay.spoilt import MARK
from schemas.errors import C360Error
from schemas.private import private

#: A value in a reason that is another in every row; reasons are counted without.
_VALUE = re.compile(r"(?<= )'.*' (is no |is neither |has more |has too )")


class TooManyError(C360Error):
    """More rows were rejected than may be."""


class Rejects:
    """Writes them; the file is made with the first."""

    def __init__(self, path: Path, most: int) -> None:
        self._path, self._most = path, most
        self._file: IO[str] | None = None
        self._writer: Any = None
        self.count = 0
        self.reasons: Counter[str] = Counter()

    @property
    def path(self) -> Path:
        """Where they are."""
        return self._path

    def add(self, file: File, table: Table, rejects: list[Reject]) -> None:
        """Writes the rejects of a table.

        Raises:
            TooManyError: they are too many now.
        """
        for reject in rejects:
            if self.count == self._most:
                raise TooManyError(self._too_many(file))
            self.count += 1
            self.reasons[_VALUE.sub(r"'...' \1", reject.reason)] += 1
            text = reject.text if reject.row is None else _row(table, reject.row)
            self._out().writerow([file.path, reject.line, reject.reason, text])

    def close(self) -> None:
        """Closes the file."""
        if self._file:
            self._file.close()

    def _out(self) -> Any:
        if self._writer is None:
            private(self._path.parent)
            self._file = self._path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(["file", "line", "reason", "row"])
        return self._writer

    def _too_many(self, file: File) -> str:
        often = self.reasons.most_common(1)
        reason = f", most often because {often[0][0]}" if often else ""
        return (
            f"More than {self._most:,} rows are rejected (--max-rejects){reason}; the last file was {file.path}. "
            f"See {self._path} and correct the mapping, or raise --max-rejects. What was sent keeps its ids."
        )


def _row(table: Table, row: int) -> str:
    values = {name: _plain(value) for name, value in table.rows.row(row, named=True).items()}
    return json.dumps(values, ensure_ascii=False, default=str)


def _plain(value: object) -> object:
    return value.decode("utf-8", "backslashreplace").replace(MARK, "") if isinstance(value, bytes) else value
