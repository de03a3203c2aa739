"""From Kafka's topics to Parquet: every record there is, repeats and old versions too, part by part."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
from confluent_kafka import KafkaException, Message, TopicPartition

from schemas import records
from schemas.codec.decode import EMPTY, ColumnDecoder, Decoded
from schemas.errors import no_kafka
from schemas.reading import TIMEOUT_SECONDS, messages, reader
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import TOPICS
from sinks.export.folder import Folder

#: Records of a file.
PART_ROWS = 1_000_000
_BY_STREAM = {topic.stream: topic for topic in TOPICS}


class Topics:
    """Reads topics from their beginning to the end they have when they are begun with."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._settings, self._registry = settings, registry
        self._consumer = reader(settings, "c360.export")
        #: Records that are none of the contract, and left out.
        self.unreadable: list[str] = []

    def close(self) -> None:
        """Closes the connection."""
        self._consumer.close()

    def count(self, stream: str) -> int:
        """At most how many records there are."""
        return sum(end - begin for begin, end in self._spans(stream).values())

    def write(self, stream: str, folder: Folder) -> Iterator[int]:
        """Writes a topic, a file for each part; yields rows as they are read.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        number, held = 0, []
        for frame in self.frames(stream):
            held.append(frame)
            yield len(frame)
            if sum(map(len, held)) >= PART_ROWS:
                _write(folder, stream, number, held)
                number, held = number + 1, []
        if held:
            _write(folder, stream, number, held)

    def frames(self, stream: str) -> Iterator[pl.DataFrame]:
        """The records of a topic as tables, partition by partition, in order."""
        topic = _BY_STREAM[stream]
        decoder = ColumnDecoder(topic.record, self._registry.register(topic), self._registry.parsed)
        try:
            for partition, (begin, end) in self._spans(stream).items():
                name = topic.name(self._settings)
                self._consumer.assign([TopicPartition(name, partition, begin)])
                for batch in messages(self._consumer, name, begin, end):
                    yield _frame(topic.record, self._decoded(decoder, batch))
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def _spans(self, stream: str) -> dict[int, tuple[int, int]]:
        """First offset and the one behind the last, by partition; nothing for a topic that is not there."""
        name = _BY_STREAM[stream].name(self._settings)
        try:
            there = self._consumer.list_topics(timeout=TIMEOUT_SECONDS).topics
            numbers = sorted(there[name].partitions) if name in there else []
            return {
                number: self._consumer.get_watermark_offsets(TopicPartition(name, number), timeout=TIMEOUT_SECONDS)
                for number in numbers
            }
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def _decoded(self, decoder: ColumnDecoder, batch: list[Message]) -> Decoded:
        decoded = decoder.decode([message.value() for message in batch])
        for bad in decoded.bad:
            message = batch[bad.row]
            # What compaction needs behind a deletion says nothing; what is no record is a dead letter already.
            if bad.reason != EMPTY:
                self.unreadable.append(f"{message.topic()}-{message.partition()}-{message.offset()}: {bad.reason}")
        return decoded


def _write(folder: Folder, stream: str, number: int, frames: list[pl.DataFrame]) -> None:
    together = pl.concat(frames)
    file = folder.place(stream, f"part-{number:05d}")
    together.write_parquet(file)
    folder.add(stream, file, len(together))


def _frame(record: str, decoded: Decoded) -> pl.DataFrame:
    """Columns as ClickHouse has them: words for enums, exact decimals, UTC times."""
    columns = {}
    for item in records.schema(record)["fields"]:
        name = item["name"]
        column = _series(item["type"], decoded.columns[name])
        if name in decoded.nulls:
            column = column.set(pl.Series(decoded.nulls[name]), None)
        columns[name] = column
    return pl.DataFrame(columns)


def _series(kind: Any, column: Any) -> pl.Series:
    if isinstance(kind, list):
        return _series(next(item for item in kind if item != "null"), column)
    name = kind["type"] if isinstance(kind, dict) else kind
    logical = kind.get("logicalType") if isinstance(kind, dict) else None
    if name == "enum":
        return pl.Series(np.array(kind["symbols"], object)[column].tolist(), dtype=pl.String)
    if logical == "decimal":
        return _decimals(column, kind["precision"], kind["scale"])
    if name in {"string", "bytes"}:
        return pl.Series([value.decode("utf-8", "replace") for value in column.tolist()], dtype=pl.String)
    plain = pl.Series(column)
    if logical == "date":
        return plain.cast(pl.Int32).cast(pl.Date)
    return plain.cast(pl.Datetime("ms", "UTC")) if logical == "timestamp-millis" else plain


def _decimals(unscaled: Any, precision: int, scale: int) -> pl.Series:
    """128-bit integers, low word first, as Arrow keeps decimals."""
    words = np.empty((len(unscaled), 2), np.int64)
    words[:, 0], words[:, 1] = unscaled, unscaled >> 63
    array = pa.Array.from_buffers(pa.decimal128(precision, scale), len(unscaled), [None, pa.py_buffer(words.tobytes())])
    return pl.Series(pl.from_arrow(array))
