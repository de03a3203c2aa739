"""The Confluent wire format: a header, a schema that is looked up by its id, and a record resolved to today's."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import fastavro

from schemas import records, wire
from schemas.codec.decode import ColumnDecoder
from schemas.errors import WireError
from tests.fuzz.avro import RECORDS as COLUMNAR
from tests.fuzz.mutation import mutated
from tests.fuzz.target import Target

RELEASED = Path(__file__).parents[1] / "unit" / "schemas" / "released"
#: Today's records, by the ids they are given here.
TODAY = dict(enumerate(("customer_feature", *COLUMNAR), 1))
#: What is added to an id for the schema that an earlier, or a later, version writes.
EARLIER, LATER = 16, 32


class Wire(Target):
    """Values of topics one by one, as those that are not of today's schema are read."""

    name = "wire"
    batch = 64

    def __init__(self) -> None:
        super().__init__()
        self._writers = writers()
        columns = {number: name for number, name in TODAY.items() if name != "customer_feature"}
        self._by_column = {number: ColumnDecoder(name, number, self._writer) for number, name in columns.items()}
        # No message has the id 0: each is resolved, one by one.
        self._one_by_one = {number: ColumnDecoder(name, 0, self._writer) for number, name in columns.items()}

    def make(self, draw: random.Random) -> bytes:
        data = mutated(draw, self.seeds)
        # Mostly an id that is known, so that the body is read.
        return wire.frame(draw.choice(tuple(self._writers))) + data[5:] if draw.random() < 0.5 else data

    def judge(self, inputs: list[bytes]) -> list[bool]:
        return [self._one(data) for data in inputs]

    def _one(self, data: bytes) -> bool:
        try:
            number = wire.schema_id_of(data)
            writer, schema = self._writer(number), records.schema(TODAY[number % EARLIER])
            found = wire.decode(data, writer, schema)
        except WireError:
            return False
        # Written again and read again, it is the same record.
        again = wire.decode(wire.encode(found, schema, number), schema)
        assert repr(again) == repr(found), f"{found} became {again}"
        self._expect_the_same_columns(data, number)
        return True

    def _expect_the_same_columns(self, data: bytes, number: int) -> None:
        """What is taken of an older or newer schema's message is taken as strictly as of today's."""
        if number not in self._by_column:
            return
        quick, slow = (decoders[number].decode([data]) for decoders in (self._by_column, self._one_by_one))
        assert len(slow.rows) <= len(quick.rows), f"taken one by one, and by columns not: {quick.bad}"
        for name, column in slow.columns.items():
            if len(column) and _is_beyond(TODAY[number], name, column[0]):
                # Decimals of more digits than their schema has: fastavro rounds them, the readers' checks refuse them.
                continue
            assert repr(column.tolist()) == repr(quick.columns[name].tolist()), name
            assert not (name in slow.nulls and slow.nulls[name].tolist() != quick.nulls[name].tolist()), name

    def _writer(self, number: int) -> Any:
        if number not in self._writers:
            raise WireError(f"the registry knows no schema {number}")
        return self._writers[number]


def writers() -> dict[int, Any]:
    """The schemas by id: of today, as the first release had them, and with a field more."""
    found: dict[int, Any] = {}
    for number, name in TODAY.items():
        found[number] = records.schema(name)
        released = min(RELEASED.glob(f"*/{name}.avsc"))
        found[EARLIER + number] = fastavro.parse_schema(json.loads(released.read_text(encoding="utf-8")))
        later = copy.deepcopy(json.loads(records.schema_text(name)))
        later["fields"].insert(1, {"name": "more", "type": {"type": "array", "items": "string"}, "default": []})
        found[LATER + number] = fastavro.parse_schema(later)
    return found


def _is_beyond(record: str, name: str, value: Any) -> bool:
    kind = next(one["type"] for one in records.schema(record)["fields"] if one["name"] == name)
    return isinstance(kind, dict) and "precision" in kind and abs(int(value)) >= 10 ** kind["precision"]
