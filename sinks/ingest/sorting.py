"""Which records of a block ClickHouse can read, by the schema they were written with, and which it cannot, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Message

from schemas import wire
from schemas.codec.decode import ColumnDecoder
from schemas.errors import WireError
from schemas.records import schema
from schemas.registry import Registry
from schemas.topics import Topic

Refused = tuple[Message, str]


@dataclass
class Sorted:
    """`readable`: records by schema id, in their order; `refused`: the others, each with the reason."""

    readable: dict[int, list[Message]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


class Sorter:
    """Looks through one topic's records. A record without a value is no event: it is in neither lot."""

    def __init__(self, topic: Topic, schema_id: int, registry: Registry) -> None:
        """`schema_id` is that of today's schema, by which most records are written."""
        self.schema_id = schema_id
        self._frame = wire.frame(schema_id)
        self._registry = registry
        self._decoder = _decoder(topic, schema_id, registry)

    def writer(self, schema_id: int) -> Any:
        """The schema of an id (Registry.parsed)."""
        return self._registry.parsed(schema_id)

    def _known(self, schema_id: int, unknown: dict[int, str]) -> Any:
        """The schema of an id; `unknown` keeps why there is none, so that a block's records ask once for it."""
        if schema_id not in unknown:
            try:
                return self.writer(schema_id)
            except WireError as error:
                unknown[schema_id] = str(error)
        raise WireError(unknown[schema_id])

    def sort(self, messages: Sequence[Message]) -> Sorted:
        """The records' lots.

        Raises:
            UnreachableError: a record of an unknown schema came while the registry does not answer.
        """
        found = Sorted()
        todays = []
        unknown: dict[int, str] = {}
        for message in messages:
            value = message.value()
            if not value:
                continue
            if self._decoder and value[: wire.HEADER.size] == self._frame:
                todays.append(message)
                continue
            try:
                schema_id = wire.schema_id_of(value)
                wire.decode(value, self._known(schema_id, unknown))
                found.readable.setdefault(schema_id, []).append(message)
            except WireError as error:
                found.refused.append((message, str(error)))
        if todays and self._decoder:
            decoded = self._decoder.decode([message.value() for message in todays])
            found.refused += [(todays[row], reason) for row, reason in decoded.bad]
            if decoded.bad:
                todays = [todays[row] for row in decoded.rows.tolist()]
            if todays:
                found.readable[self.schema_id] = todays
        return found


def _decoder(topic: Topic, schema_id: int, registry: Registry) -> ColumnDecoder | None:
    """A quick one, that steps over every field; None for records with a map, which has no column."""
    kinds = [item["type"] for item in schema(topic.record)["fields"]]
    if any(isinstance(kind, dict) and kind["type"] == "map" for kind in kinds):
        return None
    return ColumnDecoder(topic.record, schema_id, registry.parsed, fields=())
