"""Sends ClickHouse's dead letters to their topic, where those of the stream processors are.

What was refused, and which letters the topic has, stands in refused_records: the second comes by way of the topic's own
queue, so that a letter counts as sent once it has come round. Whoever is killed between sending and that sends it
again; tables know the repeat by its place.
"""

import logging
from collections.abc import Sequence

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException, Message, Producer
from confluent_kafka.cimpl import KafkaError

from schemas.errors import UnreachableError
from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, LETTER_BYTES
from sinks import metrics
from sinks.background import Asking
from sinks.refused import Refused, letters
from sinks.statements import sql

log = logging.getLogger(__name__)

_unpublished = metrics.UNPUBLISHED.gauge()

#: Letters that are on their way at once.
MOST = 10_000
#: Kafka is waited for this long; what it does not take then is sent by a later look.
DELIVERY_MS = 30_000
#: Of letters that wait for it.
QUEUE_KIB = 64 * 1024
#: What it will never take.
HOPELESS = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE, KafkaError.INVALID_TIMESTAMP})


class LetterSender(Asking):
    """Looks for what is refused and not sent. At rest it asks whether anything was noted, and nothing else."""

    name = "letters"

    def __init__(self, settings: Settings, schema_id: int) -> None:
        """`schema_id` is that of the topic's schema, as provision() answers it."""
        super().__init__(settings)
        self._schema_id = schema_id
        self._topic = DEAD_LETTERS.name(settings)
        self._sent: set[tuple[str, int, int, int]] = set()  # places; and not come round yet
        self._settled = ""  # the version of the notes all of whose letters have come round
        self._producer = Producer(
            {
                **settings.kafka_client,
                "acks": "all",  # and repeats do no harm
                "compression.type": "lz4",
                "partitioner": "murmur2_random",
                "message.timeout.ms": DELIVERY_MS,
                "message.max.bytes": LETTER_BYTES,
                "queue.buffering.max.kbytes": QUEUE_KIB,
                "log_level": 0,
            }
        )

    def ask(self, client: Client) -> None:
        """One look at what is noted; sends what has not been."""
        version = self._version(client)
        if version and version == self._settled:
            return
        left = self._left(client)
        _unpublished.set(len(left))
        if len(left) < MOST:
            self._sent.intersection_update(one.place for one in left)
        if not left:
            self._settled = version
        elif todo := [one for one in left if one.place not in self._sent]:
            self._send(todo, client)

    def _version(self, client: Client) -> str:
        """Of the notes; empty for a cluster's, of which no server knows all parts."""
        if self._settings.clickhouse_cluster:
            return ""
        return str(client.query(sql("refused_version")).result_rows[0][0])

    def _left(self, client: Client) -> list[Refused]:
        """What was refused and has not come round."""
        words = {"letters": self._topic, "most": MOST}
        return [Refused(*row) for row in client.query(sql("unpublished"), parameters=words).result_rows]

    def _send(self, todo: Sequence[Refused], client: Client) -> None:
        """Sends letters, and returns once Kafka has said something of each."""
        before = len(self._sent)
        try:
            for one, letter in letters(self._settings, todo, client):
                self._produce(one, letter.name, letter.encoded(self._schema_id))
        finally:
            # What an exception leaves behind is in Kafka or not by then, too.
            left = self._producer.flush(2 * DELIVERY_MS / 1000)
        if left:
            raise UnreachableError(f"Kafka has not taken {left} dead letters of ClickHouse yet.")
        log.info("%s: %d dead letters of ClickHouse sent", self._topic, len(self._sent) - before)

    def _produce(self, one: Refused, key: bytes, value: bytes) -> None:
        def told(error: KafkaError | None, _: Message) -> None:
            if error is None:
                self._sent.add(one.place)
            else:
                self._refused(one, error)

        while True:
            try:
                self._producer.produce(self._topic, value, key, timestamp=one.refused_at, on_delivery=told)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                return self._refused(one, error.args[0])
            else:
                return None

    def _refused(self, one: Refused, error: KafkaError) -> None:
        if error.code() in HOPELESS:
            self._sent.add(one.place)
        place = f"{one.topic}/{one.partition}/{one.offset}"
        log.error("Kafka refused ClickHouse's dead letter of %s: %s", place, error.str())
