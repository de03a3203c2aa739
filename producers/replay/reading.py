"""Files as a stream of tables: all columns of CSV as text, of Parquet as they are, each row with its number.

pyarrow reads, in blocks of bounded size; a row of CSV with too many or too few values is told apart.
"""

import codecs
import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from pyarrow import csv

from producers.replay.files import File
from producers.replay.mapping import Feed
from producers.replay.spoilt import MARK, Checked
from schemas.errors import C360Error, InputError

BLOCK_BYTES = 2 << 20
BATCH_ROWS = 1 << 16


@dataclass(frozen=True)
class Misfit:
    """A row that is none: its line, why, and its text."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Table:
    """Rows in order; `lines` are their numbers in the file: the header of CSV has 1, the first row of Parquet too."""

    rows: pl.DataFrame
    lines: npt.NDArray[np.int64]
    misfits: list[Misfit] = field(default_factory=list)
    #: Bytes of the file that have been read so far, as far as is known.
    position: int = 0


def columns(file: File, feed: Feed | None = None) -> list[str]:
    """The names of a file's columns.

    Raises:
        InputError: it is not what its name says.
        C360Error: it cannot be read.
    """
    return list(_parquet(file).schema_arrow.names) if file.is_parquet else _header(file, feed or _PLAIN)


def nested(file: File) -> list[str]:
    """Columns of Parquet that hold structures, which no field can be fed from."""
    if not file.is_parquet:
        return []
    return [item.name for item in _parquet(file).schema_arrow if pa.types.is_nested(item.type)]


def tables(file: File, feed: Feed) -> Generator[Table]:
    """The rows of a file; to be closed by whoever does not read to its end.

    Raises:
        InputError: the file breaks off, or is not what its name says.
        C360Error: it cannot be read.
    """
    return _parquet_tables(file, feed) if file.is_parquet else _csv_tables(file, feed)


_PLAIN = Feed.model_construct(stream="customers")


def _parquet(file: File) -> Any:
    try:
        return pq.ParquetFile(file.path)
    except (pa.ArrowException, OSError) as error:
        raise _broken(file, error) from None


def _parquet_tables(file: File, feed: Feed) -> Generator[Table]:
    source = _parquet(file)
    wanted = [
        name for name in dict.fromkeys([*feed.columns.values(), *feed.where]) if name in source.schema_arrow.names
    ]
    line, total = 1, max(1, source.metadata.num_rows)
    try:
        for batch in source.iter_batches(BATCH_ROWS, columns=wanted):
            rows = pl.DataFrame(pl.from_arrow(batch))
            lines = np.arange(line, line + len(rows))
            line += len(rows)
            yield Table(rows, lines, position=file.size * (line - 1) // total)
    except (pa.ArrowException, OSError) as error:
        raise _broken(file, error) from None


def _csv_tables(file: File, feed: Feed) -> Generator[Table]:
    names = _header(file, feed)
    misfits: list[Misfit] = []

    def misfit(row: Any) -> str:
        values = f"{row.actual_columns} values instead of {row.expected_columns}"
        misfits.append(Misfit(row.number, values, (row.text or "").replace(MARK, "")))
        return "skip"

    source, line = Marked(file), 2
    try:
        with _reader(source, feed, misfit, dict.fromkeys(names, pa.binary())) as batches:
            for number, batch in enumerate(batches):
                if not batch.num_rows:
                    continue
                lines, line = _numbered(line, batch.num_rows, misfits)
                now = [item for item in misfits if item.line < line]
                yield Table(pl.DataFrame(pl.from_arrow(batch)), lines, now, source.end(number))
                misfits[:] = [item for item in misfits if item.line >= line]
    except (pa.ArrowException, OSError, UnicodeError, EOFError) as error:
        raise _broken(file, error) from None
    if misfits:
        empty = pl.DataFrame(schema=dict.fromkeys(names, pl.Binary))
        yield Table(empty, np.empty(0, np.int64), misfits, file.size)


class Marked:
    """A file's bytes, unpacked, and where in the file each block of them ends: pyarrow reads far ahead of its rows."""

    def __init__(self, file: File) -> None:
        self._raw = pa.OSFile(str(file.path), "rb")
        self._source = pa.CompressedInputStream(self._raw, file.compression) if file.compression else self._raw
        self._ends: list[int] = []

    def read(self, size: int) -> bytes:
        """The next bytes."""
        block = bytes(self._source.read(size))
        self._ends.append(int(self._raw.tell()))
        return block

    def end(self, number: int) -> int:
        """The place in the file behind a block; of one that is not known, behind the last."""
        return self._ends[min(number, len(self._ends) - 1)]


def _numbered(first: int, count: int, misfits: list[Misfit]) -> tuple[npt.NDArray[np.int64], int]:
    """The numbers of so many rows from the first on, leaving out those that are none, and the one behind them."""
    skipped = np.array([item.line for item in misfits if item.line >= first], np.int64)
    numbers = np.arange(first, first + count + len(skipped))
    numbers = np.setdiff1d(numbers, skipped, assume_unique=True)[:count]
    return numbers, int(numbers[-1]) + 1


def _header(file: File, feed: Feed) -> list[str]:
    try:
        (begin, goes_on), misfits = _begin(file, feed), []

        def misfit(row: Any) -> str:
            misfits.append(row)
            return "skip"

        # Bytes that lie ready, and a call that returns when it is through: a file that is none leaves no thread behind.
        read = csv.read_csv(pa.BufferReader(begin), *_options(feed, misfit, {}, block=begin.size + 1))
        # The one behind the cut is none yet.
        if goes_on and read.num_rows + len(misfits) < 2:
            raise pa.ArrowInvalid(_STRADDLING)
        names = list(read.column_names)
    except (pa.ArrowException, OSError, UnicodeError, EOFError) as error:
        raise _broken(file, error) from None
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{file.path} has two columns named '{name}'. Rename one of them.")
    return names


def _begin(file: File, feed: Feed) -> tuple[Any, bool]:
    """The first block of a file, as UTF-8 and in memory that is pyarrow's own, and whether the file goes on behind it.

    If so, a letter more and a line's end stand behind it: a row of their own where the block ends between two rows.
    """
    checked = _is_utf8(feed)
    source = Checked(opened(file), checked)
    # How long the block is says nothing: it ends before a character that is cut, and in UTF-8 it has another length.
    block, goes_on = source.read(BLOCK_BYTES), bool(source.read(1))
    if not checked:
        block = codecs.getincrementaldecoder(feed.encoding)().decode(block).encode()
    out = pa.BufferOutputStream()
    out.write(block + (b"z\n" if goes_on else b""))
    return out.getvalue(), goes_on


def _is_utf8(feed: Feed) -> bool:
    return codecs.lookup(feed.encoding).name in {"utf-8", "utf-8-sig"}


def head(file: File, size: int) -> bytes:
    """The first bytes.

    Raises:
        InputError: it cannot be unpacked.
        C360Error: it cannot be read.
    """
    try:
        return bytes(opened(file).read(size))
    except (pa.ArrowException, OSError, EOFError) as error:
        raise _broken(file, error) from None


def opened(file: File) -> Any:
    """The bytes of a file, unpacked."""
    raw = pa.OSFile(str(file.path), "rb")
    return pa.CompressedInputStream(raw, file.compression) if file.compression else raw


#: Sources of files that could not be opened as CSV: the thread that read one lets go of it at a time of its own.
_HELD: list[Any] = []


@contextlib.contextmanager
def _reader(source: Any, feed: Feed, misfit: Any, types: dict[str, Any]) -> Iterator[Any]:
    """pyarrow's reader, which reads ahead in a thread that calls Python.

    The thread is joined in the end, and its source is let go of here: behind the interpreter's end it would abort.
    """
    held = Checked(source, _is_utf8(feed))
    file = pa.PythonFile(held, mode="r")
    try:
        reader = csv.open_csv(file, *_options(feed, misfit, types, feed.encoding))
    except BaseException:
        _HELD.append(file)
        raise
    try:
        yield reader
    finally:
        held.end()
        reader.close()


def _options(
    feed: Feed, misfit: Any, types: dict[str, Any], encoding: str = "utf-8", block: int = 0
) -> tuple[Any, Any, Any]:
    """How pyarrow reads, parses and converts; line numbers of misfits are known to a single thread alone."""
    return (
        csv.ReadOptions(use_threads=False, block_size=block or BLOCK_BYTES, encoding=encoding),
        csv.ParseOptions(
            delimiter=feed.delimiter,
            quote_char=feed.quote or False,
            newlines_in_values=bool(feed.quote),
            invalid_row_handler=misfit,
        ),
        csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=False),
    )


#: What pyarrow says of a row that is longer than a block.
_STRADDLING = "straddling object"


def _broken(file: File, error: Exception) -> C360Error:
    words = " ".join(str(error).split())[:160]
    if isinstance(error, OSError) and error.errno:
        return C360Error(f"{file.path} cannot be read ({words}). See that the disk and the file's rights allow it.")
    if isinstance(error, UnicodeError):
        return InputError(
            f"{file.path} is not in the encoding the mapping says ({words}). Set encoding in the mapping."
        )
    if _STRADDLING in words:
        return InputError(
            f"{file.path} has a row longer than {BLOCK_BYTES:,} bytes. See whether a quote is never closed; where "
            "quotes are plain text, set quote = '' in the mapping."
        )
    kind = "Parquet" if file.is_parquet else "CSV"
    return InputError(f"{file.path} cannot be read as {kind} ({words}). Write it again, or leave it out.")
