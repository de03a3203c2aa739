"""The Avro schemas, read from schemas/avro/*.avsc."""

import functools
import json
from importlib import resources
from typing import Any

import fastavro


@functools.cache
def schema_text(record: str) -> str:
    """The .avsc file of a record, for instance 'transaction'."""
    return (resources.files("schemas") / "avro" / f"{record}.avsc").read_text(encoding="utf-8")


@functools.cache
def schema(record: str) -> Any:
    """The parsed schema of a record, as fastavro takes it."""
    return fastavro.parse_schema(json.loads(schema_text(record)))


def symbols(record: str, field: str) -> list[str]:
    """The symbols of an enum field, in the order of their codes."""
    return list(_type(record, field)["symbols"])


def precision(record: str, field: str) -> int:
    """How many digits a decimal field may have."""
    return int(_type(record, field)["precision"])


def _type(record: str, field: str) -> Any:
    for candidate in json.loads(schema_text(record))["fields"]:
        if candidate["name"] == field:
            return candidate["type"]
    raise KeyError(f"{record} has no field {field}")
