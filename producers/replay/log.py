"""The topic `external-ids`: the truth about which number stands for which id of the user's own."""

from collections.abc import Iterator, Sequence

import numpy as np
from confluent_kafka import Consumer, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from producers.delivery import MESSAGE_TIMEOUT_MS, Delivery, configuration
from producers.replay.index import Claim
from schemas.codec.decode import ColumnDecoder
from schemas.codec.encode import ColumnEncoder
from schemas.errors import C360Error, no_kafka
from schemas.reading import TIMEOUT_SECONDS, messages, reader
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import EXTERNAL_IDS


class Log:
    """Reads and appends claims."""

    def __init__(self, settings: Settings, schema_id: int, registry: Registry) -> None:
        self._settings, self._topic = settings, EXTERNAL_IDS.name(settings)
        self._decoder = ColumnDecoder(EXTERNAL_IDS.record, schema_id, registry.parsed)
        self._encoder = ColumnEncoder(schema(EXTERNAL_IDS.record), schema_id)
        self._delivery: Delivery | None = None
        self._consumer: Consumer | None = None

    def close(self) -> None:
        """Closes its connections."""
        if self._consumer:
            self._consumer.close()

    def identity(self) -> str:
        """Changes when the topic is another one, whatever its name."""
        admin = AdminClient({**self._settings.kafka_client, "log_level": 0})
        try:
            described = admin.describe_topics(TopicCollection([self._topic]), request_timeout=TIMEOUT_SECONDS)
            return str(described[self._topic].result().topic_id)
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def append(self, claims: Sequence[Claim]) -> None:
        """Adds claims.

        Raises:
            C360Error: Kafka did not confirm all.
        """
        self._delivery = self._delivery or Delivery({**configuration(self._settings), "linger.ms": 1})
        columns = {
            "kind": claims[0].kind,
            "text": [claim.text for claim in claims],
            "number": np.array([claim.number for claim in claims], np.int64),
            "content": np.array([claim.content for claim in claims], np.int64),
        }
        keys = ["\0".join(map(str, claim)).encode() for claim in claims]
        values = self._encoder.encode(columns).values()
        # A claim has no event time: 0 is now.
        self._delivery.send(self._topic, values, keys, [0] * len(keys))
        self._delivery.finish(MESSAGE_TIMEOUT_MS / 1000)
        if self._delivery.failed:
            raise C360Error(
                f"Kafka did not take {self._delivery.failed:,} ids ({self._delivery.reason}). Run it again."
            )

    def read(self, offset: int) -> Iterator[tuple[list[Claim], int]]:
        """The claims from an offset to the end, in order, with the offset behind each batch.

        Raises:
            UnreachableError: Kafka does not hand them out.
        """
        try:
            yield from self._read(offset)
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def _read(self, offset: int) -> Iterator[tuple[list[Claim], int]]:
        consumer = self._consumer = self._consumer or reader(self._settings, "c360.external-ids")
        begin, end = consumer.get_watermark_offsets(TopicPartition(self._topic, 0), timeout=TIMEOUT_SECONDS)
        at = max(offset, begin)
        consumer.assign([TopicPartition(self._topic, 0, at)])
        for batch in messages(consumer, self._topic, at, end):
            yield self._claims(batch), (batch[-1].offset() or 0) + 1

    def _claims(self, batch: list[Message]) -> list[Claim]:
        decoded = self._decoder.decode([message.value() for message in batch])
        if decoded.bad:
            reason = decoded.bad[0].reason
            raise C360Error(f"{self._topic} holds a record that is none ({reason}). See who writes to it.")
        kinds, texts, numbers, contents = (
            decoded.columns[name].tolist() for name in ("kind", "text", "number", "content")
        )
        return [
            Claim(kind.decode(), text.decode(), number, content)
            for kind, text, number, content in zip(kinds, texts, numbers, contents, strict=True)
        ]
