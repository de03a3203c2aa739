"""Records as one Avro file, which ClickHouse reads by its own decoder: nothing is decoded here that it decodes there.

Avro writes a record as its fields, one after another: a record with fields in front is those fields' bytes, then the
record's. Source: https://avro.apache.org/docs/1.12.0/specification/#object-container-files
"""

import functools
import io
import itertools
import json
from collections.abc import Sequence
from importlib import resources
from typing import Any

import fastavro
import numpy as np
from confluent_kafka import Message

from schemas import wire
from schemas.codec.encode import ColumnEncoder, Messages
from schemas.reading import timestamp_ms

#: Between the blocks of a file; any sixteen bytes do, and always the same make a file the same.
SYNC = b"customer360 sync"
#: Bytes of a key beyond which records are written one by one: the column encoder gives every row as much room.
LONGEST_KEY = 512


@functools.cache
def _front() -> Any:
    text = (resources.files("sinks.ingest") / "received.avsc").read_text(encoding="utf-8")
    return fastavro.parse_schema(json.loads(text))


def readable(messages: Sequence[Message], writer: Any) -> bytes:
    """A file of records that were all written with one schema, each known to be a record of it."""
    bodies = [(message.value() or b"")[wire.HEADER.size :] for message in messages]
    fields = [*_front()["fields"], *writer["fields"]]
    return _file({**_plain(writer), "fields": fields}, _fronts(messages), bodies)


def refused(messages: Sequence[Message], reasons: Sequence[str]) -> bytes:
    """A file of records that cannot be read, whole, each with the reason."""
    pairs = zip(messages, reasons, strict=True)
    fronts = [_single(message, message.value() or b"", reason) for message, reason in pairs]
    return _file(_plain(_front()), fronts, [b""] * len(fronts))


def _fronts(messages: Sequence[Message]) -> list[bytes]:
    keys = [message.key() or b"" for message in messages]
    if max(map(len, keys)) > LONGEST_KEY:
        return [_single(message, b"", "") for message in messages]
    columns = {
        "_topic": messages[0].topic() or "",
        "_partition": messages[0].partition() or 0,
        "_offset": np.array([message.offset() for message in messages], np.int64),
        "_timestamp_ms": np.array([timestamp_ms(message) for message in messages], np.int64),
        "_key": keys,
        "_raw_message": b"",
        "_error": "",
    }
    made = _encoder().encode(columns)
    # Here no schema's id stands in front.
    return Messages(made.buffer, made.starts + wire.HEADER.size, made.ends).values()


def _single(message: Message, value: bytes, error: str) -> bytes:
    out = io.BytesIO()
    columns = {
        "_topic": message.topic(),
        "_partition": message.partition(),
        "_offset": message.offset(),
        "_timestamp_ms": timestamp_ms(message),
        "_key": message.key() or b"",
        "_raw_message": value,
        "_error": error,
    }
    fastavro.schemaless_writer(out, _front(), columns)
    return out.getvalue()


@functools.cache
def _encoder() -> ColumnEncoder:
    return ColumnEncoder(_front(), 0)


def _plain(schema: Any) -> dict[str, Any]:
    """The schema without what fastavro remembers in it."""
    return {name: value for name, value in schema.items() if not name.startswith("__")}


def _file(schema: dict[str, Any], fronts: list[bytes], bodies: list[bytes]) -> bytes:
    data = b"".join(itertools.chain.from_iterable(zip(fronts, bodies, strict=True)))
    out = io.BytesIO(b"Obj\x01")
    out.seek(0, io.SEEK_END)
    fastavro.schemaless_writer(out, _metadata(), {"avro.schema": json.dumps(schema).encode(), "avro.codec": b"null"})
    out.write(SYNC)
    for number in (len(fronts), len(data)):
        fastavro.schemaless_writer(out, "long", number)
    out.write(data)
    out.write(SYNC)
    return out.getvalue()


@functools.cache
def _metadata() -> Any:
    return fastavro.parse_schema({"type": "map", "values": "bytes"})
