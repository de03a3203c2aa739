"""Many messages of one topic at once, from Avro in the Confluent wire format to numpy columns.

A malformed message is told apart from its neighbours, with the reason. Messages of another version of the schema are
resolved one by one to the one asked for.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas import records, wire
from schemas.codec.cursor import PADDING, Cursor
from schemas.errors import WireError

Array = npt.NDArray[Any]
Reader = Callable[[Cursor], Any]

EMPTY = "a record without a value"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MILLISECOND = dt.timedelta(milliseconds=1)


class Bad(NamedTuple):
    """A message that is no such record: its place among the messages, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Decoded:
    """`columns`: one array for each field asked for; `rows`: the places of their messages; `bad`: all others.

    int, long, date and timestamp are int64, enum is uint8 (codes), decimal is int64 (unscaled, cents), boolean is bool,
    double is float64, string and bytes are arrays of bytes objects. Where a union holds null the column holds 0 and
    `nulls` says so.
    """

    columns: dict[str, Array]
    rows: npt.NDArray[np.int64]
    bad: list[Bad] = field(default_factory=list)
    nulls: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)


class ColumnDecoder:
    """Decodes messages of one record type; fields that are not asked for are stepped over."""

    def __init__(
        self,
        record: str,
        schema_id: int,
        writer: Callable[[int], Any],
        fields: Sequence[str] | None = None,
    ) -> None:
        """`writer` answers the schema of an id (Registry.parsed); it raises WireError for an unknown one.

        Raises:
            ValueError: the schema has a type that has no column, or no such field.
        """
        self._schema = records.schema(record)
        self._schema_id = schema_id
        self._writer = writer
        self._header = int.from_bytes(wire.frame(schema_id), "little")
        kinds = {item["name"]: item["type"] for item in self._schema["fields"]}
        self._wanted = list(kinds if fields is None else fields)
        if unknown := set(self._wanted) - set(kinds):
            raise ValueError(f"{record} has no fields {sorted(unknown)}")
        self._kinds = {name: kinds[name] for name in self._wanted}
        self._plan = [(name if name in self._kinds else None, _reader(kind)) for name, kind in kinds.items()]

    def decode(self, values: Sequence[bytes | None]) -> Decoded:
        """The columns of the messages; never raises for what a message holds.

        Raises:
            UnreachableError: a message of an unknown schema came while the registry does not answer.
        """
        raw = [value or b"" for value in values]
        lengths = np.fromiter(map(len, raw), np.int64, len(raw))
        ends = np.cumsum(lengths)
        cursor = Cursor(b"".join([*raw, bytes(PADDING)]), ends - lengths, ends)
        if raw and (cursor.fixed(5) == self._header).all() and not cursor.bad:
            decoded, bad = self._columns(cursor), cursor.bad
            return self._kept(decoded, bad, len(raw))
        return self._mixed(raw)

    def _columns(self, cursor: Cursor) -> dict[str, Any]:
        columns = {}
        for name, read in self._plan:
            column = read(cursor)
            if name is not None:
                columns[name] = column
        trailing = cursor.at != cursor.ends
        if trailing.any():
            cursor.fail(trailing, "bytes behind the record's end")
        return columns

    def _kept(self, columns: dict[str, Any], bad: dict[int, str], count: int) -> Decoded:
        rows = np.arange(count)
        if bad:
            rows = np.delete(rows, list(bad))
        out: dict[str, Array] = {}
        nulls = {}
        for name, column in columns.items():
            values = column
            if isinstance(column, tuple):
                values, nulls[name] = column
                nulls[name] = nulls[name][rows] if bad else nulls[name]
            out[name] = values[rows] if bad else values
        return Decoded(out, rows, [Bad(*item) for item in sorted(bad.items())], nulls)

    def _mixed(self, raw: list[bytes]) -> Decoded:
        """Where not every message is of the expected schema: those that are by column, the others one by one."""
        native: list[int] = []
        single: list[int] = []
        bad: dict[int, str] = {}
        for row, value in enumerate(raw):
            if not value:
                bad[row] = EMPTY
                continue
            try:
                (native if wire.schema_id_of(value) == self._schema_id else single).append(row)
            except WireError as error:
                bad[row] = str(error)
        by_column = self.decode([raw[row] for row in native]) if native else Decoded({}, np.empty(0, np.int64))
        bad.update({native[row]: reason for row, reason in by_column.bad})
        resolved = {}
        for row in single:
            try:
                resolved[row] = self._resolved(raw[row])
            except WireError as error:
                bad[row] = str(error)
        return self._assembled(by_column, [native[row] for row in by_column.rows.tolist()], resolved, bad)

    def _resolved(self, value: bytes) -> dict[str, Any]:
        record = wire.decode(value, self._writer(wire.schema_id_of(value)), self._schema)
        try:
            return {name: _number(kind, record[name]) for name, kind in self._kinds.items()}
        except (ValueError, OverflowError, TypeError) as error:
            raise WireError(f"a value does not fit its column: {error}") from None

    def _assembled(
        self, by_column: Decoded, places: list[int], resolved: dict[int, dict[str, Any]], bad: dict[int, str]
    ) -> Decoded:
        rows = np.array(sorted([*places, *resolved]), np.int64)
        first = np.searchsorted(rows, np.array(places, np.int64))
        second = np.searchsorted(rows, np.array(list(resolved), np.int64))
        columns, nulls = {}, {}
        for name, kind in self._kinds.items():
            column = np.zeros(len(rows), _dtype(kind))
            null = np.zeros(len(rows), np.bool_)
            if places:
                column[first] = by_column.columns[name]
                null[first] = by_column.nulls.get(name, False)
            for at, record in zip(second.tolist(), resolved.values(), strict=True):
                null[at] = record[name] is None
                if record[name] is not None:
                    column[at] = record[name]
            columns[name] = column
            if isinstance(kind, list):
                nulls[name] = null
        return Decoded(columns, rows, [Bad(*item) for item in sorted(bad.items())], nulls)


def _reader(kind: Any) -> Reader:
    """What reads a column of an Avro type; it leaves the cursor behind the value."""
    if isinstance(kind, list):
        return _union(kind)
    name = kind["type"] if isinstance(kind, dict) else kind
    if name == "enum":
        return _enum(len(kind["symbols"]))
    if name == "bytes" and isinstance(kind, dict) and kind.get("logicalType") == "decimal":
        return lambda cursor: cursor.big_endian(cursor.lengths())
    readers: dict[str, Reader] = {
        "long": Cursor.longs,
        "int": _int,
        "boolean": _boolean,
        "double": lambda cursor: cursor.fixed(8).view(np.float64),
        "float": lambda cursor: cursor.fixed(4).astype(np.uint32).view(np.float32),
        "string": _texts,
        "bytes": _texts,
    }
    if name not in readers:
        raise ValueError(f"the Avro type {name} has no column")
    return readers[name]


def _int(cursor: Cursor) -> Array:
    values = cursor.longs()
    wrong = values != values.astype(np.int32)
    if wrong.any():
        cursor.fail(wrong, "an int takes more than 32 bits")
    return values


def _boolean(cursor: Cursor) -> Array:
    values = cursor.fixed(1)
    if (values > 1).any():
        cursor.fail(values > 1, "a boolean is neither 0 nor 1")
    return values.astype(np.bool_)


def _enum(symbols: int) -> Reader:
    def read(cursor: Cursor) -> Array:
        codes = cursor.longs()
        wrong = (codes < 0) | (codes >= symbols)
        if wrong.any():
            cursor.fail(wrong, f"an enum code is not below {symbols}")
        return codes.astype(np.uint8)

    return read


def _texts(cursor: Cursor) -> Array:
    lengths = cursor.lengths()
    starts = cursor.at
    cursor.at = starts + lengths
    texts = np.empty(len(starts), object)
    texts[:] = [cursor.text(start, length) for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]
    return texts


def _union(kinds: list[Any]) -> Reader:
    if len(kinds) != 2 or "null" not in kinds:
        raise ValueError(f"a union of {len(kinds)} types other than null and one more has no column")
    null = kinds.index("null")
    inner = _reader(kinds[1 - null])

    def read(cursor: Cursor) -> tuple[Array, npt.NDArray[np.bool_]]:
        branch = cursor.longs()
        wrong = (branch < 0) | (branch > 1)
        if wrong.any():
            cursor.fail(wrong, "a union's branch is neither 0 nor 1")
        column = np.zeros(len(branch), _dtype(kinds[1 - null]))
        rows = np.flatnonzero(branch == 1 - null)
        if len(rows):
            part = cursor.subset(rows)
            column[rows] = inner(part)
            cursor.merge(part, rows)
        return column, branch == null

    return read


def _dtype(kind: Any) -> Any:
    if isinstance(kind, list):
        return _dtype(next(item for item in kind if item != "null"))
    name = kind["type"] if isinstance(kind, dict) else kind
    if name == "bytes" and isinstance(kind, dict) and kind.get("logicalType") == "decimal":
        return np.int64
    return {"enum": np.uint8, "boolean": np.bool_, "double": np.float64, "float": np.float32}.get(
        name, object if name in {"string", "bytes"} else np.int64
    )


def _number(kind: Any, value: Any) -> Any:
    """A value as fastavro gives it, as it stands in a column."""
    if isinstance(kind, list):
        return None if value is None else _number(next(item for item in kind if item != "null"), value)
    if isinstance(value, Decimal):
        return np.int64(int(value.scaleb(kind["scale"])))
    if isinstance(value, dt.datetime):
        return (value - EPOCH) // MILLISECOND
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days
    if isinstance(value, str):
        return kind["symbols"].index(value) if isinstance(kind, dict) and kind["type"] == "enum" else value.encode()
    return np.int64(value) if isinstance(value, int) else value
