"""Questions to ClickHouse as the reading user, answered as frames."""

import io
import logging
from collections.abc import Mapping
from typing import Any

import polars as pl
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.clients import READER_SETTINGS, reader_client
from schemas.errors import QueryError, first_line
from schemas.settings import Settings

_WRITING = {"output_format_parquet_compression_method": "lz4", "output_format_parquet_string_as_string": 1}


class Reader:
    """One connection."""

    def __init__(self, settings: Settings) -> None:
        # The client logs what it raises as well; the one clear line is ours.
        logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)
        self._client = reader_client(settings)

    def ask(self, statement: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        """Runs a statement; `parameters` are numbers, texts and lists of them.

        Raises:
            QueryError: the database refuses, or breaks off.
        """
        try:
            answer = self._client.raw_query(
                statement, parameters=dict(parameters), settings={**READER_SETTINGS, **_WRITING}, fmt="Parquet"
            )
            return pl.read_parquet(io.BytesIO(answer))
        except (ClickHouseError, OSError, pl.exceptions.PolarsError) as error:
            raise QueryError(f"ClickHouse does not answer as it should: {first_line(error)}") from None
