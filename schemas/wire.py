"""The Confluent wire format: byte 0, schema id as big-endian u32, Avro body.

Source: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
"""

import io
import struct
from typing import Any

import fastavro

from schemas import wellformed
from schemas.errors import WireError

MAGIC = 0
HEADER = struct.Struct(">bI")


def frame(schema_id: int) -> bytes:
    """The five bytes before every value written with a schema."""
    return HEADER.pack(MAGIC, schema_id)


def schema_id_of(value: bytes) -> int:
    """The id of the schema a value was written with.

    Raises:
        WireError: the value is shorter than its header or does not begin with byte 0.
    """
    if len(value) < HEADER.size:
        raise WireError(f"{len(value)} bytes are too few for a header of {HEADER.size}")
    magic, schema_id = HEADER.unpack_from(value)
    if magic != MAGIC:
        raise WireError(f"the first byte is {magic}, not {MAGIC}")
    return int(schema_id)


def encode(record: dict[str, Any], schema: Any, schema_id: int) -> bytes:
    """One record as a value of a topic."""
    out = io.BytesIO()
    out.write(frame(schema_id))
    fastavro.schemaless_writer(out, schema, record)
    return out.getvalue()


def decode(value: bytes, writer: Any, reader: Any = None) -> dict[str, Any]:
    """The record of a value, resolved to the reader's schema where one is given.

    Raises:
        WireError: the body is not such a record, or has bytes behind it.
    """
    body = io.BytesIO(value)
    body.seek(HEADER.size)
    try:
        wellformed.behind(value, HEADER.size, writer)
        record = fastavro.schemaless_reader(body, writer, reader)
    except Exception as error:  # fastavro has no error of its own
        raise WireError(f"not a record of its schema: {error or type(error).__name__}") from error
    if body.read(1):
        raise WireError("bytes behind the record's end")
    if not isinstance(record, dict):
        raise WireError(f"a {type(record).__name__} instead of a record")
    return record
