"""Numbered rows as what Kafka takes: values, keys and timestamps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from producers.replay.fields import STREAMS, Stream
from producers.replay.shaping import DAY_MS
from schemas.codec.encode import ColumnEncoder, Nullable
from schemas.records import schema
from schemas.topics import EARLIEST_MS


@dataclass(frozen=True)
class Ready:
    """Records of one stream, in order."""

    stream: str
    values: list[bytes]
    keys: list[bytes]
    stamps: list[int]


class Encoder:
    """Encodes the streams."""

    def __init__(self, schema_ids: Mapping[str, int], now: int) -> None:
        """`schema_ids` by stream; `now`: ms of Unix time, which no timestamp of a customer or product is behind."""
        self._now = now
        self._encoders = {
            name: ColumnEncoder(schema(stream.topic.record), schema_ids[name]) for name, stream in STREAMS.items()
        }

    def ready(self, name: str, frame: pl.DataFrame) -> Ready:
        """The records of the rows."""
        stream = STREAMS[name]
        columns = {item.name: _column(stream, item.name, frame[item.name]) for item in stream.fields}
        values = self._encoders[name].encode(columns, len(frame)).values() if len(frame) else []
        keys = frame[stream.topic.key].cast(pl.String).cast(pl.Binary).to_list()
        return Ready(name, values, keys, self._stamps(stream, frame).to_list())

    def _stamps(self, stream: Stream, frame: pl.DataFrame) -> pl.Series:
        if stream.is_events:
            return frame["ts"]
        day = frame["registration_date" if stream.name == "customers" else "launch_date"]
        return (day.cast(pl.Int64) * DAY_MS).clip(EARLIEST_MS, self._now)


def _column(stream: Stream, name: str, column: pl.Series) -> Any:
    kind = stream.field(name).kind
    if kind == "text":
        return column.to_list()
    if kind == "enum":
        codes = {symbol: code for code, symbol in enumerate(stream.symbols(name))}
        return column.replace_strict(codes, return_dtype=pl.UInt8).to_numpy()
    if kind == "refers":
        return Nullable(column.fill_null(0).to_numpy().astype(np.int64), column.is_not_null().to_numpy())
    if kind == "bool":
        return column.to_numpy()
    return column.cast(pl.Int64).to_numpy()
