"""Puts blocks into ClickHouse, each under its name, so that one that comes twice is taken in once."""

from collections.abc import Sequence
from string import Template

import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from schemas.clients import writer_client
from schemas.errors import C360Error, UnreachableError, first_line
from schemas.refusals import follow, held
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.ingest import container
from sinks.ingest.block import Block
from sinks.ingest.sorting import Refused, Sorter
from sinks.statements import MAY_LACK_FIELDS, sql, table_stem

#: What ClickHouse says of data that it cannot take, however often they come: of numbers, times and texts that do not
#: parse or fit, and whatever Avro's library throws.
#: Source: https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp
OF_DATA = frozenset({6, 25, 26, 27, 32, 33, 38, 41, 69, 72, 117, 131, 321, 407, 441, 467, 634, 675, 676, 748})
#: Of whatever has no code of its own: what Avro's library threw in servers before 748, and a disk that is full.
OTHER = 1001
#: What it says of a schema whose fields are not the table's columns, or of other types.
OF_SCHEMA = frozenset({8, 10, 16, 36, 44, 50, 53, 70, 349})


class Inserter:
    """Inserts one topic's blocks."""

    def __init__(self, settings: Settings, topic: Topic, sorter: Sorter) -> None:
        self._settings = settings
        self._topic = topic
        self._sorter = sorter
        self._client: Client | None = None
        #: Records at the end of the last block that were refused, in a row.
        self.run = 0
        self._view = ""
        # An eighth of the bytes for a tenth of a microsecond a record.
        self._packer = zstandard.ZstdCompressor(level=1)
        self._sql = Template(sql("ingest").strip())

    def insert(self, block: Block) -> int:
        """Stores a block; answers how many of its records were refused.

        What was stored before of it, by whomever, is known again by the names of its parts.

        Raises:
            UnreachableError: ClickHouse, or the registry, does not answer; or ClickHouse refuses everything; or its
                way in was made anew meanwhile.
            ClickHouseError: it answers that it cannot now.
            HeldError: too many of its records in a row cannot be read; none of them is a dead letter yet.
            C360Error: its tables are for the Kafka engine, which reads for the same group.
        """
        lots = self._sorter.sort(block.messages)
        self._limit(block, lots.refused)
        refused = list(lots.refused)
        for schema_id, messages in lots.readable.items():
            refused += self._lot(block.only(messages), schema_id)
        run = self._limit(block, refused)  # with those that ClickHouse alone refuses
        if refused:
            refused.sort(key=lambda pair: pair[0].offset() or 0)
            file = container.refused([one for one, _ in refused], [why for _, why in refused])
            self._post(f"{block.name}/refused", file, may_lack_fields=True)
        self.run = run
        return len(refused)

    def _limit(self, block: Block, refused: Sequence[Refused]) -> int:
        """How many records at the block's end are refused, in a row; HeldError if a run of them is too long."""
        rows = _rows(block, refused)
        run, row = follow(block.run, list(rows), len(block.messages), self._settings.dead_letter_run)
        if row is not None:
            place = f"{block.topic}/{block.partition}"
            raise held(self._settings, place, block.messages[row].offset() or 0, run, rows[row], block.first)
        return run

    def close(self) -> None:
        """Ends the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _lot(self, lot: Block, schema_id: int) -> list[Refused]:
        """Stores records of one schema; gives those back that ClickHouse refuses."""
        if schema_id != self._sorter.schema_id:
            try:
                return self._readable(lot, schema_id)
            except Error as error:
                if error.code not in OF_SCHEMA:
                    raise
                # Of another version, or another record altogether.
                return [(message, first_line(error)) for message in lot.messages]
        refused = self._readable(lot, schema_id)
        if len(refused) == len(lot.messages) > 1:
            raise UnreachableError(
                f"ClickHouse refuses every record, which says more of its tables than of the records: {refused[0][1]} "
                "Bring the tables up to date: 'python -m sinks --migrate-only'."
            )
        return refused

    def _readable(self, part: Block, schema_id: int) -> list[Refused]:
        """Stores records of one schema; those that ClickHouse refuses all the same are found by halves, given back."""
        file = container.readable(part.messages, self._sorter.writer(schema_id))
        try:
            self._post(f"{part.name}/{schema_id}", file, self._topic in MAY_LACK_FIELDS)
        except Error as error:
            if not _of_data(error):
                raise
            halves = part.halves() if len(part.messages) > 1 else []
            if not halves:
                return [(message, first_line(error)) for message in part.messages]
            return [one for half in halves for one in self._readable(half, schema_id)]
        return []

    def _post(self, name: str, file: bytes, may_lack_fields: bool) -> None:
        words = {"stream": table_stem(self._topic), "name": name, "missing_fields": int(may_lack_fields)}
        sql = self._sql.substitute(words)
        try:
            client = self._client or self._opened()
            client.command(sql, data=self._packer.compress(file), transport_settings={"Content-Encoding": "zstd"})
            self._check_reached(client)
        except (OSError, UnreachableError):
            self.close()
            raise
        except Error as error:
            if not _of_data(error):
                # The tables may have been made anew, and for the Kafka engine: the next try looks again.
                self.close()
            raise

    def _opened(self) -> Client:
        """A connection to a way in that is whole and the client's: a queue takes rows before its view stands, and keeps
        none of them."""
        self._client = client = writer_client(self._settings)
        stem = table_stem(self._topic)
        if self._made(client, f"queue_{stem}")[0] == "Kafka":
            raise C360Error(
                f"ClickHouse's table queue_{stem} is the Kafka engine's: ClickHouse reads Kafka itself, and each "
                "record would be taken in twice. Set C360_CLICKHOUSE_INGEST to 'client' for all parts, and run "
                "'python -m sinks' once."
            )
        _, self._view = self._made(client, f"take_{stem}")
        if not self._view:
            self.close()
            raise UnreachableError(f"The way in is not made: take_{stem} is missing. Run 'python -m sinks'.")
        return client

    def _check_reached(self, client: Client) -> None:
        """That the view which keeps what was inserted is the one that stood before.

        A view goes before another queue of its name is made, and comes back as another. If it was away for a moment,
        the rows may have gone nowhere; inserted again under their name, they are taken in once.
        """
        view = f"take_{table_stem(self._topic)}"
        if self._made(client, view)[1] != self._view:
            raise UnreachableError(f"The way in was made anew while records went in: {view} is not the one it was.")

    @staticmethod
    def _made(client: Client, name: str) -> tuple[str, str]:
        """A table's engine, and what tells it from others that had its name; empty where there is none."""
        rows = client.query(sql("made"), parameters={"name": name}).result_rows
        return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")


def _of_data(error: Error) -> bool:
    return error.code in OF_DATA or (error.code == OTHER and "avro::" in str(error))


def _rows(block: Block, refused: Sequence[Refused]) -> dict[int, str]:
    """The reasons by the places in the block, in order."""
    reasons = {message.offset(): reason for message, reason in refused}
    found = ((row, reasons.get(message.offset())) for row, message in enumerate(block.messages)) if reasons else ()
    return {row: reason for row, reason in found if reason is not None}
