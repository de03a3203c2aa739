"""Which customers and products Kafka has records of already, whoever sent them."""

from collections.abc import Iterator

from confluent_kafka import KafkaException, TopicPartition
from pyroaring import BitMap

from producers.replay.fields import STREAMS
from schemas.errors import no_kafka
from schemas.reading import TIMEOUT_SECONDS, messages, reader
from schemas.settings import Settings


class There:
    """Reads the keys of a topic, tombstones among them: who has been erased is not to come back either."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ids(self, stream: str) -> BitMap:
        """The ids in the topic of customers or products.

        Raises:
            UnreachableError: Kafka does not hand them out.
        """
        try:
            return BitMap(self._keys(STREAMS[stream].topic.name(self._settings)))
        except KafkaException as error:
            raise no_kafka(self._settings.bootstrap, error.args[0].str()) from None

    def _keys(self, name: str) -> Iterator[int]:
        consumer = reader(self._settings, "c360.replay")
        try:
            for number in consumer.list_topics(name, timeout=TIMEOUT_SECONDS).topics[name].partitions:
                partition = TopicPartition(name, number)
                begin, end = consumer.get_watermark_offsets(partition, timeout=TIMEOUT_SECONDS)
                consumer.assign([TopicPartition(name, number, begin)])
                for batch in messages(consumer, name, begin, end):
                    yield from (int(key) for message in batch if (key := message.key() or b"").isdigit())
        finally:
            consumer.close()
