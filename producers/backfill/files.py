"""What customers do as Parquet files, for what is fitted and judged without a Kafka; columns as in `c360 export`."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from producers.world.events import Part
from producers.world.world import World
from schemas.errors import UsageError
from schemas.records import symbols

TIME = pa.timestamp("ms", tz="UTC")
SCHEMAS = {
    "customers": pa.schema([("customer_id", pa.int64()), ("segment", pa.string())]),
    "transactions": pa.schema(
        [
            ("transaction_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("product_id", pa.int64()),
            ("amount", pa.decimal128(18, 2)),
            ("status", pa.string()),
            ("ts", TIME),
        ]
    ),
    "interactions": pa.schema(
        [
            ("interaction_id", pa.int64()),
            ("customer_id", pa.int64()),
            ("product_id", pa.int64()),
            ("type", pa.string()),
            ("ts", TIME),
        ]
    ),
}
ENUMS = {"status": symbols("transaction", "status"), "type": symbols("interaction", "type")}


class Files:
    """A new folder with customers.parquet, transactions.parquet and interactions.parquet; changes are left out."""

    def __init__(self, folder: Path, world: World) -> None:
        """Raises UsageError where there is something at that place already."""
        if folder.exists():
            raise UsageError(f"{folder} is there already: name a new folder.")
        folder.mkdir(parents=True)
        names = np.array(symbols("customer", "segment"))[world.customers.segment]
        ids = np.arange(1, len(names) + 1)
        pq.write_table(pa.table([ids, pa.array(names)], SCHEMAS["customers"]), folder / "customers.parquet")
        self._writers = {
            stream: pq.ParquetWriter(folder / f"{stream}.parquet", SCHEMAS[stream])
            for stream in ("transactions", "interactions")
        }

    def add(self, parts: Mapping[str, Part]) -> None:
        """Writes a batch."""
        for stream, writer in self._writers.items():
            if stream in parts:
                schema = SCHEMAS[stream]
                columns = parts[stream].columns
                writer.write_table(pa.table([_array(name, columns[name]) for name in schema.names], schema))

    def __enter__(self) -> "Files":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()


def _array(name: str, values: Any) -> pa.Array:
    if name in ENUMS:
        return pa.DictionaryArray.from_arrays(values, ENUMS[name]).cast(pa.string())
    if name == "ts":
        return pa.array(values, pa.int64()).cast(TIME)
    if name == "amount":
        return _cents(values)
    return pa.array(values, pa.int64())


def _cents(values: Any) -> pa.Array:
    """Cents as decimals of two places, which are two's complements of 128 bits."""
    words = np.empty((len(values), 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(values), [None, pa.py_buffer(words.tobytes())])
