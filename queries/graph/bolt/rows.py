"""Rows out of ClickHouse's bytes: names, types, then a line of JSON for each row.

Source: https://clickhouse.com/docs/interfaces/formats/JSONCompactEachRowWithNamesAndTypes
"""

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from queries.database import one_line
from queries.graph.bolt.columns import decoder
from queries.graph.bolt.faults import OUT_OF_MEMORY, Fault
from schemas.errors import QueryError

FORMAT = "JSONCompactEachRowWithNamesAndTypes"
#: How values are written: as PackStream can have them, times in UTC.
WRITTEN: dict[str, int | str] = {
    "output_format_json_quote_64bit_integers": 0,
    "output_format_json_quote_decimals": 1,
    "output_format_json_quote_denormals": 1,
    "output_format_json_named_tuples_as_objects": 0,
    "output_format_json_validate_utf8": 1,
    "date_time_output_format": "iso",
}
#: Rows that are read at once, so that others have their turn in between.
BATCH = 512
#: Bytes of one row; a query may collect much into it.
LONGEST_ROW = 64 << 20
_ERROR = b"__exception__"


class Rows:
    """The rows of one answer, whose bytes come from `get` until there are none."""

    def __init__(self, get: Callable[[], Awaitable[bytes]]) -> None:
        self._get = get
        self._lines: list[bytes] = []
        self._next = 0
        self._rest = bytearray()
        self._ended = False
        self._error: QueryError | Fault | None = None
        self._decoders: list[tuple[int, Callable[[Any], Any]]] | None = None

    async def batch(self, most: int) -> list[list[Any]]:
        """The next rows, at most so many; none at the end.

        Raises:
            QueryError: ClickHouse refuses the statement, or breaks its answer off.
            Fault: what `get` raised.
        """
        if self._decoders is None:
            self._decoders = await self._types()
        if not await self.more():
            return []
        upto = min(len(self._lines), self._next + min(most, BATCH))
        lines = list(itertools.takewhile(_is_row, self._lines[self._next : upto]))
        self._next += len(lines)
        rows: list[list[Any]] = json.loads(b"[" + b",".join(lines) + b"]")
        for place, decode in self._decoders:
            for row in rows:
                row[place] = decode(row[place])
        return rows

    async def more(self) -> bool:
        """Whether there is another row; waits until that is known."""
        if self._decoders is None:
            self._decoders = await self._types()
        while self._next >= len(self._lines) and not self._ended:
            await self._fill()
        if self._next >= len(self._lines) and self._error is None:
            return False
        if self._next >= len(self._lines) or not _is_row(self._lines[self._next]):
            raise await self._broken_off()
        return True

    async def _types(self) -> list[tuple[int, Callable[[Any], Any]]]:
        while len(self._lines) < 2 and not self._ended:
            await self._fill()
        if len(self._lines) < 2 or not _is_row(self._lines[0]):
            raise await self._broken_off()
        self._next = 2
        found = [(place, decoder(name)) for place, name in enumerate(json.loads(self._lines[1]))]
        return [(place, decode) for place, decode in found if decode is not None]

    async def _fill(self) -> None:
        """Lines out of the next bytes; call it once the last ones are taken."""
        try:
            piece = await self._get()
        except (QueryError, Fault) as error:
            self._error = error
            self._rest.clear()
            piece = b""
        self._ended = not piece
        if piece and b"\n" not in piece:
            # A long line is put together without looking through it again and again.
            self._rest += piece
            if len(self._rest) > LONGEST_ROW:
                raise Fault(OUT_OF_MEMORY, f"A row is longer than {LONGEST_ROW >> 20} MiB: collect less into one.")
            return
        *lines, rest = (bytes(self._rest) + piece).split(b"\n")
        self._rest = bytearray(b"" if self._ended else rest)
        self._lines = [*self._lines[self._next :], *lines, *([rest] if self._ended and rest else [])]
        self._next = 0

    async def _broken_off(self) -> Exception:
        """Why there are no more rows: what ClickHouse wrote in the middle of its answer, or what became of that."""
        while not self._ended:
            await self._fill()
        words = b" ".join(line for line in self._lines[self._next :] if not line.startswith((b"[", _ERROR)))
        if b"DB::Exception" in words:
            return QueryError(one_line(words.decode("utf-8", "replace")))
        return self._error or QueryError("The answer of ClickHouse broke off.")


def _is_row(line: bytes) -> bool:
    return line.startswith(b"[")
