"""The column codec of Avro: what it reads, fastavro reads as the same values; nothing else may come of any bytes."""

import functools
import random
from typing import Any

import fastavro
import numpy as np

from schemas import records, wire
from schemas.codec.decode import ColumnDecoder, Decoded
from schemas.errors import WireError
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target

#: The records that have columns; the first byte of an input says which of them follows.
RECORDS = ("churn_alert", "customer", "dead_letter", "external_id", "interaction", "product", "source", "transaction")
SCHEMA_ID = 7


class Avro(Target):
    """Messages of one record each, many at once, as they come from Kafka."""

    name = "avro"
    batch = 256

    def __init__(self) -> None:
        super().__init__()
        self._decoders = [ColumnDecoder(name, SCHEMA_ID, _no_schema) for name in RECORDS]

    def make(self, draw: random.Random) -> bytes:
        data = mutated(draw, self.seeds)
        # The header is damaged less often than five of some thirty bytes would be.
        return data[:1] + wire.frame(SCHEMA_ID) + data[6:] if draw.random() < 0.9 else data

    def judge(self, inputs: list[bytes]) -> list[bool]:
        verdicts = [False] * len(inputs)
        for kind in range(len(RECORDS)):
            places = [place for place, data in enumerate(inputs) if data and data[0] % len(RECORDS) == kind]
            messages = [inputs[place][1:] for place in places]
            decoded = self._decoders[kind].decode(messages)
            bad = [one.row for one in decoded.bad]
            assert sorted([*decoded.rows.tolist(), *bad]) == list(range(len(places))), "each is good or bad, and once"
            assert all(one.reason for one in decoded.bad)
            for at, row in enumerate(decoded.rows.tolist()):
                expect_the_same(RECORDS[kind], decoded, at, messages[row])
                verdicts[places[row]] = True
        return verdicts


def expect_the_same(record: str, decoded: Decoded, at: int, message: bytes) -> None:
    """Holds row `at` of the columns against what fastavro reads from the message."""
    read = wire.decode(message, bare(record))
    for name, value in read.items():
        null = name in decoded.nulls and bool(decoded.nulls[name][at])
        ours = None if null else decoded.columns[name][at]
        decimal = (record, name) in _DECIMALS and isinstance(value, bytes)
        theirs = int.from_bytes(value, "big", signed=True) if decimal else value
        both_nan = isinstance(theirs, float) and np.isnan(theirs) and np.isnan(decoded.columns[name][at])
        assert both_nan or ours == theirs, f"{record}.{name}: {ours!r} by columns, {theirs!r} by fastavro"


@functools.cache
def bare(record: str) -> Any:
    """The record's schema without meanings: numbers, codes and bytes as they stand in columns."""
    fields = [{"name": one["name"], "type": _bare(one["type"])} for one in records.schema(record)["fields"]]
    return fastavro.parse_schema({"type": "record", "name": f"bare_{record}", "fields": fields})


def _bare(kind: Any) -> Any:
    if isinstance(kind, list):
        return [_bare(one) for one in kind]
    name = kind["type"] if isinstance(kind, dict) else kind
    return {"enum": "long", "string": "bytes"}.get(name, name)


_DECIMALS = {
    (record, one["name"])
    for record in RECORDS
    for one in records.schema(record)["fields"]
    if isinstance(one["type"], dict) and one["type"].get("logicalType") == "decimal"
}


def _no_schema(schema_id: int) -> Any:
    raise WireError(f"the registry knows no schema {schema_id}")
