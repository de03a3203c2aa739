"""How the stack is at a moment: what does not answer, how much is in Kafka, and how far its readers are."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from schemas.clients import reader_client
from schemas.errors import C360Error
from schemas.groups import PROCESSED, stream_processors_group
from schemas.lag import committed, end_offsets
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.chaos.files import text
from tests.chaos.ground import Ground

#: The readers: ClickHouse (by itself or by the client), and the stream processors.
STORED, COUNTED = "stored", "counted"
#: What a stream processor has yet to send of what it has counted: a number of customers.
PUBLISHED = "published"


#: By (topic, partition).
Offsets = Mapping[tuple[str, int], int]


@dataclass(frozen=True)
class State:
    """At so many seconds of the clock: `trouble` in words, or else the numbers.

    `sent`: events in Kafka; `left`: what is yet to be stored and counted, in records, and published, in customers;
    `taken`: of customers' records and events, how many each reader has taken in. `ends`: where the partitions of these
    end in Kafka, and `done`: up to where each reader's own books say that it has them, for good.
    """

    at: float
    trouble: str = ""
    silent: tuple[str, ...] = ()
    sent: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, int] = field(default_factory=dict)
    ends: Offsets = field(default_factory=dict)
    done: Mapping[str, Offsets] = field(default_factory=dict)

    def behind(self, most: int) -> str:
        """Why it is not well, in words: trouble, or more than so many records are left; nothing if it is."""
        if self.trouble:
            return self.trouble
        words = ", ".join(f"{count:,} to be {what}" for what, count in self.left.items())
        return words if max(self.left.values()) > most else ""


class Look:
    """Looks, and keeps its connections."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._progress: Progress | None = None
        self._client: Client | None = None
        self._admin = AdminClient({**ground.settings.kafka_client, "log_level": 0})
        self._events = [topic.name(ground.settings) for topic in (TRANSACTIONS, INTERACTIONS)]
        self._read = [topic.name(ground.settings) for topic in PROCESSED]

    def state(self) -> State:
        """As it is now."""
        at = time.monotonic()
        if silent := self._ground.silent():
            return State(at, f"{', '.join(silent)} do not answer", tuple(silent))
        try:
            return self._numbers(at)
        except (C360Error, KafkaException, OSError, ClickHouseError) as error:
            # It is asked anew, by another connection.
            self._progress = self._client = None
            return State(at, f"{type(error).__name__}: {error}")

    def sent(self) -> int:
        """Events in Kafka."""
        ends = end_offsets(self._admin, self._events)
        return sum(ends.values())

    def _numbers(self, at: float) -> State:
        self._progress = self._progress or Progress(self._ground.settings)
        if out := self._out_of_sync():
            return State(at, f"{out} partitions lack a copy")
        ends = end_offsets(self._admin, self._read)
        unstored = self._progress.unstored()
        counted, published = self._progress.to_count(), self._progress.to_publish()
        if counted is None or published is None:
            return State(at, "the stream processors do not say what is left")
        read, done = sum(ends.values()), self._done(ends)
        return State(
            at,
            sent=sum(end for (topic, _), end in ends.items() if topic in self._events),
            left={STORED: sum(unstored.values()), COUNTED: counted, PUBLISHED: published},
            taken={STORED: read - sum(unstored.get(topic, 0) for topic in self._read), COUNTED: read - counted},
            ends=ends,
            done=done,
        )

    def _done(self, ends: Offsets) -> dict[str, Offsets]:
        """Of a stream processor what it has committed: what it says of itself is as of its last fetch, however old."""
        settings, asked = self._ground.settings, [TopicPartition(*where) for where in ends]
        self._client = self._client or reader_client(settings)
        rows = self._client.query(text("stored.sql")).result_rows
        return {
            STORED: {(topic, partition): stored for topic, partition, stored in rows},
            COUNTED: committed(settings, stream_processors_group(settings), asked),
        }

    def _out_of_sync(self) -> int:
        """Partitions of which a broker does not have all."""
        topics = self._admin.list_topics(timeout=10).topics
        every = [one for topic in topics.values() for one in topic.partitions.values()]
        return sum(len(one.isrs) < len(one.replicas) for one in every)
