"""Puts blocks into ClickHouse, each under its name, so that one that comes twice is taken in once."""

import logging
from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from confluent_kafka import Message

from schemas.clients import writer_client
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.ingest import container
from sinks.ingest.block import Block
from sinks.ingest.sorting import Refused, Sorter
from sinks.statements import MAY_LACK_FIELDS, table_stem

log = logging.getLogger(__name__)

#: What ClickHouse says of data that it cannot take, however often they come: of numbers, times and texts that do not
#: parse, decimals and arguments out of range, types and formats that do not match, and whatever Avro's library throws.
#: Source: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
OF_DATA = frozenset(
    {6, 25, 26, 27, 32, 33, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 441, 467, 634, 675, 676, 1001}
)


class Inserter:
    """Inserts one topic's blocks."""

    def __init__(self, settings: Settings, topic: Topic, sorter: Sorter) -> None:
        self._settings = settings
        self._topic = topic
        self._sorter = sorter
        self._client: Client | None = None
        # An eighth of the bytes for a tenth of a microsecond a record.
        self._packer = zstandard.ZstdCompressor(level=1)
        self._sql = Template((resources.files("sinks") / "sql" / "ingest.sql").read_text(encoding="utf-8").strip())

    def insert(self, block: Block) -> int:
        """Stores a block; answers how many of its records were refused.

        What was stored before of it, by whomever, is known again by the names of its parts.

        Raises:
            UnreachableError: ClickHouse, or the registry, does not answer.
            ClickHouseError: it answers that it cannot now.
        """
        lots = self._sorter.sort(block.messages)
        refused = list(lots.refused)
        for schema_id, messages in lots.readable.items():
            refused += self._readable(f"{block.name}/{schema_id}", messages, self._sorter.writer(schema_id))
        if refused:
            refused.sort(key=lambda pair: pair[0].offset() or 0)
            file = container.refused([one for one, _ in refused], [why for _, why in refused])
            self._post(f"{block.name}/refused", file, may_lack_fields=True)
        return len(refused)

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _readable(self, name: str, messages: Sequence[Message], writer: Any) -> list[Refused]:
        """Stores records; those that ClickHouse refuses all the same are found by halves and given back."""
        try:
            self._post(name, container.readable(messages, writer), self._topic in MAY_LACK_FIELDS)
        except Error as error:
            if error.code not in OF_DATA:
                raise
            if len(messages) == 1:
                return [(messages[0], str(error).splitlines()[0])]
            half = len(messages) // 2
            parts = (("a", messages[:half]), ("b", messages[half:]))
            return [one for part, some in parts for one in self._readable(f"{name}.{part}", some, writer)]
        return []

    def _post(self, name: str, file: bytes, may_lack_fields: bool) -> None:
        words = {"stream": table_stem(self._topic), "name": name, "missing_fields": int(may_lack_fields)}
        sql = self._sql.substitute(words)
        self._client = self._client or writer_client(self._settings)
        try:
            self._client.command(sql, data=self._packer.compress(file), transport_settings={"Content-Encoding": "zstd"})
        except OSError:
            self.close()
            raise
