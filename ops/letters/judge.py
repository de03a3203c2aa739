"""Whether readers can use a dead letter now: by the decoder and the checks that they have themselves."""

from collections.abc import Sequence
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from ops.letters.letters import Letter, refusals, sql
from schemas.codec.decode import EMPTY, ColumnDecoder
from schemas.ids import MAX_ENTITY
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMERS, INTERACTIONS, PRODUCTS, TOPICS, TRANSACTIONS, Topic
from stream_processors.intake import CHECKED, Intake

#: What may be sent again. Of the others order means something (claims), or a part makes them anew by itself.
REPLAYED = (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS, CHURN_ALERTS)
#: Compacted topics keep what was sent last: an old version behind a newer one would be the one that stays, and so would
#: what nobody can read.
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
        #: By stream and number, the highest version that a replay has sent: the tables may not have it yet.
        self._replayed: dict[tuple[str, int], int] = {}
        self._readers: dict[str, tuple[ColumnDecoder, Intake | None]] = {}

    def topic(self, name: str) -> Topic | None:
        """The topic of the contract by its name in Kafka."""
        return self._topics.get(name)

    def is_compacted(self, name: str) -> bool:
        """Whether the topic keeps the last record of a key alone."""
        topic = self._topics.get(name)
        return topic is not None and topic.stream in _VERSIONED

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
        """Why readable letters of one topic must not be sent: a version that is not older is stored, a newer one sent.

        Those that it lets through count as sent from then on.
        """
        if not self.is_compacted(letters[0].identity.topic):
            return {}
        topic, rows = self._numbered(letters)
        stored, found = self._versions(topic, [number for _, number, _ in rows]), {}
        for letter, number, version in rows:
            sent = self._replayed.get((topic.stream, number), version)
            if number in stored and stored[number] >= version:
                how = f"has version {stored[number]} already"
            elif sent > version:
                how = f"was replayed in version {sent} already"
            else:
                self._replayed[topic.stream, number] = version
                continue
            found[letter] = f"{topic.record} {number} {how}, the letter is version {version}"
        return found

    def sent(self, letters: Sequence[Letter]) -> None:
        """Takes note of letters of one compacted topic that Kafka has of replays before.

        Raises:
            UnreachableError: the registry does not answer.
        """
        topic, rows = self._numbered(letters)
        # What nobody can use says nothing of a version: a replay with --force may once have sent it.
        useless = self.unreadable(letters)
        for number, version in ((number, version) for letter, number, version in rows if letter not in useless):
            place = topic.stream, number
            self._replayed[place] = max(version, self._replayed.get(place, version))

    def _numbered(self, letters: Sequence[Letter]) -> tuple[Topic, list[tuple[Letter, int, int]]]:
        """Of a compacted topic, the letters that can be decoded, with number and version."""
        topic = self._topics[letters[0].identity.topic]
        decoded = self._reader(topic)[0].decode([letter.value for letter in letters])
        if not len(decoded.rows):
            return topic, []
        columns = (decoded.rows, decoded.columns[_VERSIONED[topic.stream]], decoded.columns["version"])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return topic, [(letters[row], number, version) for row, number, version in rows]

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
