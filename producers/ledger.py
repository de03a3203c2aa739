"""Which events were acknowledged, by id, for audits: kept only where --acked asks for it, 8 bytes an event."""

import io
import pathlib
from collections.abc import Mapping

import numpy as np

from producers.encoding import TOPICS
from producers.world.draws import Integers
from schemas import wire
from schemas.ids import SEQUENCE_BITS
from schemas.records import schema

#: Streams whose records carry the event's id.
AUDITED = {"transactions": "transaction_id", "interactions": "interaction_id"}


class Ledger:
    """Ids of one worker's events."""

    def __init__(self, source: int) -> None:
        self._source = source << SEQUENCE_BITS
        self._sent: dict[str, list[Integers]] = {stream: [] for stream in AUDITED}
        self._failed: dict[str, list[int]] = {stream: [] for stream in AUDITED}

    def sent(self, stream: str, sequence: Integers) -> None:
        """Notes events that were handed to Kafka's client."""
        if stream in AUDITED:
            self._sent[stream].append(sequence)

    def failed(self, stream: str, value: bytes) -> None:
        """Notes one that Kafka refused."""
        if stream in AUDITED:
            record = wire.decode(value, schema(TOPICS[stream].record))
            self._failed[stream].append(int(record[AUDITED[stream]]))

    def acknowledged(self) -> dict[str, Integers]:
        """Ids by stream, in order, once nothing is on its way any more."""
        out = {}
        for stream, parts in self._sent.items():
            ids = self._source | np.concatenate([np.empty(0, np.int64), *parts])
            out[stream] = np.setdiff1d(ids, np.array(self._failed[stream], np.int64), assume_unique=True)
        return out


def merged(parts: list[Mapping[str, Integers]]) -> dict[str, Integers]:
    """The ids of several workers, by stream, in order."""
    return {stream: np.sort(np.concatenate([part[stream] for part in parts])) for stream in AUDITED}


def save(path: pathlib.Path, ids: Mapping[str, Integers]) -> None:
    """Writes ids as a .npz: for each stream an array of int64, ascending. Whole or not at all."""
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **dict(ids))
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(out.getvalue())
    fresh.replace(path)
