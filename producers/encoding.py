"""From the world's columns to what Kafka takes: values, keys and timestamps as lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.draws import Integers
from producers.world.events import Part
from schemas.codec.encode import ColumnEncoder
from schemas.records import schema
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS

TOPICS = {topic.stream: topic for topic in (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS)}


@dataclass(frozen=True)
class Ready:
    """Records of one stream, in order; `sequence` says which events they are."""

    sequence: Integers
    values: list[bytes]
    keys: list[bytes]
    stamps: list[int]


def key_table(count: int) -> npt.NDArray[np.bytes_]:
    """The keys of ids 1 to `count`, by place: ASCII decimal."""
    return np.arange(1, count + 1).astype(f"S{len(str(count))}")


class Encoder:
    """Encodes the streams of one run."""

    def __init__(self, schema_ids: Mapping[str, int], keys: npt.NDArray[np.bytes_]) -> None:
        """`schema_ids` by stream; `keys` by place."""
        self._encoders = {
            stream: ColumnEncoder(schema(topic.record), schema_ids[stream])
            for stream, topic in TOPICS.items()
            if stream in schema_ids
        }
        self._keys = keys

    def ready(self, stream: str, part: Part) -> Ready:
        """The records of a part."""
        return Ready(
            part.sequence, self.values(stream, part.columns), self._keys[part.customer].tolist(), part.ts.tolist()
        )

    def values(self, stream: str, columns: Mapping[str, Any]) -> list[bytes]:
        """The values of a stream's columns."""
        return self._encoders[stream].encode(columns).values()
