"""From ClickHouse's tables to Parquet, slice by slice, so that no query comes near the reader's limits."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.cli import FULL
from schemas.clients import READER_SETTINGS, reader_client
from schemas.errors import C360Error, QueryError, first_line
from schemas.settings import Settings
from sinks.export.folder import Folder
from sinks.statements import sql

#: Rows of a slice: seconds of work, and a tenth of the result that the embedded reader may ask for.
SLICE_ROWS = 1_000_000
ENTITIES = {"customers": "customer_id", "products": "product_id"}
EVENTS = ("transactions", "interactions")
_WRITING = {
    "output_format_parquet_compression_method": "zstd",
    "output_format_parquet_string_as_string": 1,
}


@dataclass(frozen=True)
class Slice:
    """Rows of one month (0: of a table without months) whose ids lie between two, both included."""

    month: int
    first: int
    last: int
    rows: int

    @property
    def name(self) -> str:
        """Of its file: month and first id."""
        return f"{self.month or 'all'}-{self.first:010d}"


class Tables:
    """Reads the tables as the reading user."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # The client logs what it raises as well; the one clear line is ours.
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
        self._client: Client = reader_client(settings)

    def count(self, stream: str) -> int:
        """About how many rows there are."""
        return sum(rows for _, rows in self._months(stream)) if stream in EVENTS else self._entities(stream)

    def write(self, stream: str, folder: Folder) -> Iterator[int]:
        """Writes a stream, a file for each slice; yields the rows of each as it is done.

        Raises:
            QueryError: the database refuses, or breaks off.
        """
        for part in self._slices(stream):
            file = folder.place(stream, part.name)
            self._download(stream, part, file)
            rows = _rows(file, stream)
            folder.add(stream, file, rows)
            yield rows

    def _slices(self, stream: str) -> Iterator[Slice]:
        size = {"table": stream, "size": SLICE_ROWS}
        if stream in ENTITIES:
            for first, last, rows in self._ask("entity_slices", {**size, "key": ENTITIES[stream]}):
                yield Slice(0, first, last, rows)
            return
        for month, _ in self._months(stream):
            for first, last, rows in self._ask("event_slices", {**size, "month": month}):
                yield Slice(month, first, last, rows)

    def _months(self, stream: str) -> list[tuple[int, int]]:
        return [(month, rows) for month, rows in self._ask("months", {"table": stream})]

    def _entities(self, stream: str) -> int:
        slices = self._ask("entity_slices", {"table": stream, "key": ENTITIES[stream], "size": SLICE_ROWS})
        return sum(rows for _, _, rows in slices)

    def _ask(self, name: str, parameters: dict[str, Any]) -> list[Any]:
        try:
            return list(self._client.query(sql(f"export/{name}"), parameters=parameters).result_rows)
        except ClickHouseError as error:
            raise _refused(error) from None

    def _download(self, stream: str, part: Slice, file: Path) -> None:
        parameters = {"month": part.month, "first": part.first, "last": part.last}
        try:
            with (
                self._client.raw_stream(
                    sql(f"export/{stream}"),
                    parameters=parameters,
                    settings={**READER_SETTINGS, **_WRITING},
                    fmt="Parquet",
                ) as answer,
                file.open("wb") as out,
            ):
                shutil.copyfileobj(answer, out, 1 << 20)
        except (ClickHouseError, OSError) as error:
            # A file's own trouble; the connection's has neither.
            if isinstance(error, OSError) and (error.filename is not None or error.errno in FULL):
                raise
            raise _refused(error) from None


def _rows(file: Path, stream: str) -> int:
    """The rows that a whole file has."""
    try:
        return int(pl.scan_parquet(file).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        raise C360Error(f"ClickHouse broke off while it handed out {stream}. Run the export again.") from None


def _refused(error: Exception) -> QueryError:
    return QueryError(f"ClickHouse refuses to hand the rows out: {first_line(error)}")
