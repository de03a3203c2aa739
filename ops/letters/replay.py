"""Sends dead letters to their topics again, each once, whenever it is cut off.

Before a letter is sent it is noted as begun, with the end that its partition has then; once Kafka has it, as sent. The
record bears the letter's identity in a header. Of what stays begun after a death, the partition is read from that end
on: what has arrived is there, by its header, and is not sent again.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException, Message, Producer, TopicPartition
from confluent_kafka.cimpl import KafkaError

from ops.letters.letters import Chosen, Identity, Letter, refusals
from schemas.alone import alone as hold
from schemas.errors import no_kafka
from schemas.reading import TIMEOUT_SECONDS, messages, reader
from schemas.settings import Settings
from schemas.topics import LETTER_BYTES

HEADER = "c360-dead-letter"
BEGUN, SENT = "begun", "sent"
_COLUMNS = ("topic", "partition", "offset", "record_ts", "state", "search_from", "sent_offset")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Kafka is waited for this long; what it does not take then is said, and looked for by the next replay.
DELIVERY_MS = 120_000


@dataclass(frozen=True)
class Failed:
    """A letter that Kafka did not take."""

    identity: Identity
    reason: str


class Replay:
    """One run. Another one at the same time would not see what this one has begun: see `alone`."""

    def __init__(self, settings: Settings, client: Client) -> None:
        """`client` may write."""
        self._settings = settings
        self._client = client
        self._consumer = reader(settings, f"{settings.topic_prefix}dead-letters")
        self._producer = Producer(
            {
                **settings.kafka_client,
                "enable.idempotence": True,
                "compression.type": "lz4",
                "message.timeout.ms": DELIVERY_MS,
                "message.max.bytes": LETTER_BYTES,
                "log_level": 0,
            }
        )
        #: Of the last letters sent: the offsets of those that Kafka has, and those that it did not take.
        self.delivered: dict[Identity, int] = {}
        self.failed: list[Failed] = []

    def close(self) -> None:
        """Ends the connections."""
        self._consumer.close()

    def arrived(self, begun: Sequence[Chosen]) -> dict[Identity, int]:
        """Of letters that somebody began to send, the offsets of those that Kafka has.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        found: dict[Identity, int] = {}
        for topic, partition in sorted({(one.identity.topic, one.identity.partition) for one in begun}):
            mine = [one for one in begun if one.identity[:2] == (topic, partition)]
            wanted = {str(one.identity).encode(): one for one in mine}
            for message in self._since(topic, partition, min(one.search_from for one in mine)):
                one = wanted.get(letter_of(message))
                if one is not None and (message.offset() or 0) >= one.search_from:
                    found[one.identity] = message.offset() or 0
        return found

    def ends(self, places: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
        """The next offset of each (topic, partition) that there is.

        Raises:
            UnreachableError: Kafka does not answer.
        """
        try:
            there = self._consumer.list_topics(timeout=TIMEOUT_SECONDS).topics
            return {
                (topic, number): self._marks(topic, number)[1]
                for topic, number in places
                if topic in there and number in there[topic].partitions
            }
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def remember(self, letters: Sequence[Letter], offsets: dict[Identity, int]) -> None:
        """Notes that Kafka has these."""
        self._note([(letter, SENT, offsets[letter.identity], offsets[letter.identity]) for letter in letters])

    def send(self, letters: Sequence[Letter], ends: dict[tuple[str, int], int]) -> None:
        """Sends letters, and notes it. `ends` are of now, or of before."""
        self.delivered, self.failed = {}, []
        self._note([(letter, BEGUN, ends[letter.identity.topic, letter.identity.partition], -1) for letter in letters])
        try:
            for letter in letters:
                self._produce(letter)
            while self._producer.flush(0.5):
                pass  # a signal is heard in between
        finally:
            # Whatever cut it off: what is known to have arrived need not be looked for.
            arrived = [letter for letter in letters if letter.identity in self.delivered]
            self.remember(arrived, self.delivered)

    def _produce(self, letter: Letter) -> None:
        identity = letter.identity

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.failed.append(Failed(identity, error.str()))
            else:
                self.delivered[identity] = message.offset() or 0

        while True:
            try:
                self._producer.produce(
                    identity.topic, letter.value, letter.key, identity.partition,
                    on_delivery=delivered, timestamp=letter.timestamp, headers=[(HEADER, str(identity).encode())],
                )  # fmt: skip
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                self.failed.append(Failed(identity, error.args[0].str()))
                return
            else:
                return

    def _note(self, notes: Sequence[tuple[Letter, str, int, int]]) -> None:
        if not notes:
            return
        rows = [
            [*letter.identity, _EPOCH + timedelta(milliseconds=letter.timestamp), state, search_from, sent_offset]
            for letter, state, search_from, sent_offset in notes
        ]
        with refusals():
            self._client.insert("dead_letter_replays", rows, column_names=_COLUMNS, settings={"async_insert": 0})

    def _since(self, topic: str, partition: int, offset: int) -> Iterator[Message]:
        end = self.ends({(topic, partition)}).get((topic, partition), 0)
        try:
            begin = max(offset, self._marks(topic, partition)[0]) if end else end
            self._consumer.assign([TopicPartition(topic, partition, begin)])
            for batch in messages(self._consumer, topic, begin, end):
                yield from batch
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def _marks(self, topic: str, partition: int) -> tuple[int, int]:
        first, end = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=TIMEOUT_SECONDS)
        return int(first), int(end)


def letter_of(message: Message) -> bytes:
    """The identity in a record's header; empty for one that no replay has sent."""
    pairs = [(pair[0], pair[1]) for pair in message.headers() or []]
    return next((value for name, value in pairs if name == HEADER and isinstance(value, bytes)), b"")


def alone(settings: Settings) -> AbstractContextManager[None]:
    """Refuses a second replay of the same C360_HOME, with a C360Error."""
    lock = settings.home / "run" / "dead-letters.lock"
    return hold(lock, "Another replay of dead letters is under way here. Wait until it has ended.")
