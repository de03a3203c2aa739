"""The products there are, with their categories, from the compacted topic: read from its beginning at every start.

No group, no commits: a worker needs all products whatever its partitions are, and the topic is small.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, TopicPartition

from schemas.codec.decode import ColumnDecoder
from schemas.errors import UnreachableError
from schemas.groups import stream_processors_group
from schemas.ids import LAST_VERSION, MAX_ENTITY
from schemas.settings import Settings
from schemas.topics import PRODUCTS
from stream_processors.features.categories import Listed

#: Records taken in at once: milliseconds of work.
MOST = 5_000


class Catalogue:
    """Of each product the highest version; `poll` never waits, and a broker that is away is waited for by others."""

    def __init__(
        self, settings: Settings, schema_ids: Mapping[str, int], writer: Callable[[int], Any], partitions: int
    ) -> None:
        """`writer` answers the schema of another id, see ColumnDecoder; `partitions`: how many the topic has."""
        fields = ("product_id", "category", "version", "deleted")
        self._decoder = ColumnDecoder(PRODUCTS.record, schema_ids[PRODUCTS.stream], writer, fields)
        self._consumer = Consumer(
            {
                **settings.kafka_client,
                "group.id": f"{stream_processors_group(settings)}-catalogue",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )
        name = PRODUCTS.name(settings)
        self._unread = set(range(partitions))
        self._consumer.assign([TopicPartition(name, number, OFFSET_BEGINNING) for number in range(partitions)])
        self._held: list[bytes | None] = []
        self._versions: dict[int, int] = {}
        self._categories: dict[int, str] = {}
        #: Grows whenever `listed` answers something else than before.
        self.generation = 0

    @property
    def complete(self) -> bool:
        """Whether every partition has been read to its end once."""
        return not self._unread and not self._held

    def poll(self) -> None:
        """Takes in what has arrived."""
        if not self._held:
            self._held = [message.value() for message in self._consumer.consume(MOST, 0) if self._is_record(message)]
        if not self._held:
            return
        try:
            decoded = self._decoder.decode(self._held)
        except UnreachableError:
            return  # the registry is away: the records wait
        self._held = []
        if not len(decoded.rows):
            return
        columns = (decoded.columns[name].tolist() for name in ("product_id", "category", "version", "deleted"))
        for product, category, version, deleted in zip(*columns, strict=True):
            if 1 <= product <= MAX_ENTITY and 0 <= version <= LAST_VERSION:
                self._take(product, category.decode(errors="replace"), version, deleted=deleted)

    def _is_record(self, message: Message) -> bool:
        problem = message.error()
        if problem is None:
            return True
        if problem.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the name librdkafka's own documents use
            self._unread.discard(message.partition())
        return False

    def _take(self, product: int, category: str, version: int, *, deleted: bool) -> None:
        if version < self._versions.get(product, version):
            return
        self._versions[product] = version
        now = None if deleted else category
        if now == self._categories.get(product):
            return
        self.generation += 1
        if now is None:
            del self._categories[product]
        else:
            self._categories[product] = now

    def listed(self) -> Listed:
        """The products there are now."""
        names = {name: code for code, name in enumerate(dict.fromkeys(self._categories.values()))}
        size = len(self._categories)
        return Listed(
            np.fromiter(self._categories, np.int64, size),
            np.fromiter((names[name] for name in self._categories.values()), np.int32, size),
            list(names),
        )

    def close(self) -> None:
        """Ends the connection."""
        self._consumer.close()
