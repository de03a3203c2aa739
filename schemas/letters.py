"""A dead letter as it stands in its topic: a record that a reader could not use, whole, with the reader's reason."""

from typing import NamedTuple

from schemas import wire
from schemas.records import schema
from schemas.topics import DEAD_LETTERS


class Letter(NamedTuple):
    """`record_ts`: the record's own timestamp, in ms; `stage`: the room that refused it."""

    topic: str
    partition: int
    offset: int
    record_ts: int
    key: bytes | None
    value: bytes | None
    error: str
    stage: str

    @property
    def name(self) -> bytes:
        """Its key in the topic: the same for every reader's letter of a record."""
        return f"{self.topic}-{self.partition}-{self.offset}".encode()

    def encoded(self, schema_id: int) -> bytes:
        """Its value in the topic; `schema_id` is that of the topic's schema."""
        return wire.encode(self._asdict(), schema(DEAD_LETTERS.record), schema_id)
