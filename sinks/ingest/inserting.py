"""Puts blocks into ClickHouse, each under its name, so that one that comes twice is taken in once."""

from collections.abc import Sequence
from importlib import resources
from string import Template
from typing import Any

import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error
from confluent_kafka import Message

from schemas.clients import writer_client
from schemas.errors import UnreachableError
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.ingest import container
from sinks.ingest.block import Block
from sinks.ingest.sorting import Refused, Sorter
from sinks.statements import MAY_LACK_FIELDS, table_stem

#: What ClickHouse says of data that it cannot take, however often they come: of numbers, times and texts that do not
#: parse or fit, and whatever Avro's library throws.
#: Source: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
OF_DATA = frozenset({6, 25, 26, 27, 32, 33, 38, 41, 69, 72, 117, 131, 321, 407, 441, 467, 634, 675, 676, 1001})
#: What it says of a schema whose fields are not the table's columns, or of other types.
OF_SCHEMA = frozenset({8, 10, 16, 36, 44, 50, 53, 70, 349})

#: What it says while the way in is made.
NO_TABLE = 60


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
            UnreachableError: ClickHouse, or the registry, does not answer; or ClickHouse refuses everything.
            ClickHouseError: it answers that it cannot now.
        """
        lots = self._sorter.sort(block.messages)
        refused = list(lots.refused)
        for schema_id, messages in lots.readable.items():
            refused += self._lot(f"{block.name}/{schema_id}", messages, schema_id)
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

    def _lot(self, name: str, messages: Sequence[Message], schema_id: int) -> list[Refused]:
        """Stores records of one schema; gives those back that ClickHouse refuses."""
        writer = self._sorter.writer(schema_id)
        if schema_id != self._sorter.schema_id:
            try:
                return self._readable(name, messages, writer)
            except Error as error:
                if error.code not in OF_SCHEMA:
                    raise
                # Of another version, or another record altogether.
                return [(message, _first_line(error)) for message in messages]
        refused = self._readable(name, messages, writer)
        if len(refused) == len(messages) > 1:
            raise UnreachableError(
                f"ClickHouse refuses every record, which says more of its tables than of the records: {refused[0][1]} "
                "Bring the tables up to date: 'python -m sinks --migrate-only'."
            )
        return refused

    def _readable(self, name: str, messages: Sequence[Message], writer: Any) -> list[Refused]:
        """Stores records; those that ClickHouse refuses all the same are found by halves and given back."""
        try:
            self._post(name, container.readable(messages, writer), self._topic in MAY_LACK_FIELDS)
        except Error as error:
            if error.code not in OF_DATA:
                raise
            if len(messages) == 1:
                return [(messages[0], _first_line(error))]
            half = len(messages) // 2
            parts = (("a", messages[:half]), ("b", messages[half:]))
            return [one for part, some in parts for one in self._readable(f"{name}.{part}", some, writer)]
        return []

    def _post(self, name: str, file: bytes, may_lack_fields: bool) -> None:
        words = {"stream": table_stem(self._topic), "name": name, "missing_fields": int(may_lack_fields)}
        sql = self._sql.substitute(words)
        self._client = self._client or self._connected()
        try:
            self._client.command(sql, data=self._packer.compress(file), transport_settings={"Content-Encoding": "zstd"})
        except OSError:
            self.close()
            raise
        except Error as error:
            if error.code == NO_TABLE:
                self.close()
            raise

    def _connected(self) -> Client:
        """A connection to a way in that is whole: a queue takes rows before its view stands, and keeps none of them."""
        client = writer_client(self._settings)
        view = f"take_{table_stem(self._topic)}"
        try:
            # A table's name stands in no parameter; these are ours.
            if not client.command(f"EXISTS TABLE {view}"):
                raise UnreachableError(f"The way in is not made: {view} is missing. Run 'python -m sinks'.")
        except BaseException:
            client.close()
            raise
        return client


def _first_line(error: Error) -> str:
    return str(error).splitlines()[0]
