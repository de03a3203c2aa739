"""Whether readers can use a dead letter now: by the decoder and the checks that they have themselves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from clickhouse_connect.driver.client import Client

from ops.letters.letters import Letter, refusals, sql
from schemas.codec.decode import EMPTY, ColumnDecoder, Decoded
from schemas.ids import MAX_ENTITY
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMERS, INTERACTIONS, PRODUCTS, TOPICS, TRANSACTIONS, Topic
from stream_processors.intake import CHECKED, Intake

#: What may be sent again. Of the others order means something (claims), or a part makes them anew by itself.
REPLAYED = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS, CHURN_ALERTS)
#: Compacted topics keep what was sent last: there an old version behind a newer one would be the one that stays.
_VERSIONED = {CUSTOMERS.stream: "customer_id", PRODUCTS.stream: "product_id"}


class _Record(NamedTuple):
    """As a consumer of the stream processors hands it out."""

    value: bytes
    timestamp: int


class Judge:
    """Looks at letters as their readers would."""

    def __init__(self, settings: Settings, registry: Registry, client: Client) -> None:
        self._topics = {topic.name(settings): topic for topic in TOPICS}
        self._registry = registry
        self._client = client
        self._readers: dict[str, tuple[ColumnDecoder, Intake | None]] = {}

    def topic(self, name: str) -> Topic | None:
        """The topic of the contract by its name in Kafka."""
        return self._topics.get(name)

    def unreadable(self, letters: Sequence[Letter]) -> dict[Letter, str]:
        """Why letters of one topic cannot be used by its readers as they are now.

        Raises:
            UnreachableError: the registry does not answer.
        """
        topic = self._topics[letters[0].identity.topic]
        decoder, intake = self._reader(topic)
        found = {letter: EMPTY for letter in letters if not letter.value}
        rest = [letter for letter in letters if letter.value]
        bad = list(decoder.decode([letter.value for letter in rest]).bad)
        if intake is not None:
            bad += intake.take([_Record(letter.value or b"", letter.timestamp) for letter in rest]).bad
        for row, reason in bad:
            found.setdefault(rest[row], reason)
        return found

    def outdated(self, letters: Sequence[Letter]) -> dict[Letter, str]:
        """Why readable letters of one topic must not be sent: a version that is not older is stored already."""
        topic = self._topics[letters[0].identity.topic]
        if topic.stream not in _VERSIONED:
            return {}
        decoded = self._reader(topic)[0].decode([letter.value for letter in letters])
        ids = decoded.columns[_VERSIONED[topic.stream]] if len(decoded.rows) else np.empty(0, np.int64)
        stored = self._versions(topic, ids.tolist())
        return {
            letters[
                row
            ]: f"{topic.record} {number} has version {stored[number]} already, the letter is version {version}"
            for row, number, version in _rows(decoded, ids)
            if number in stored and stored[number] >= version
        }

    def _versions(self, topic: Topic, ids: Sequence[int]) -> dict[int, int]:
        text = sql(f"versions_{topic.stream}")
        known = [number for number in ids if 1 <= number <= MAX_ENTITY]
        with refusals():
            rows = self._client.query(text, parameters={"ids": known}).result_rows
        return {int(number): int(version) for number, version in rows}

    def _reader(self, topic: Topic) -> tuple[ColumnDecoder, Intake | None]:
        if topic.stream not in self._readers:
            schema_id = self._registry.register(topic)
            intake = Intake(topic, schema_id, self._registry.parsed) if topic in CHECKED else None
            self._readers[topic.stream] = (ColumnDecoder(topic.record, schema_id, self._registry.parsed), intake)
        return self._readers[topic.stream]


def _rows(decoded: Decoded, ids: Any) -> list[tuple[int, int, int]]:
    versions = decoded.columns["version"].tolist() if len(decoded.rows) else []
    return list(zip(decoded.rows.tolist(), ids.tolist(), versions, strict=True))
