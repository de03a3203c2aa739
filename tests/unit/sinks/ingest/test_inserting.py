"""What is sent to ClickHouse under which name, and what is found to be refused."""

import io
import re
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import cast

import fastavro
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.errors import C360Error, HeldError, UnreachableError
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from sinks.ingest import inserting
from sinks.ingest.block import Block
from sinks.ingest.inserting import OTHER, Inserter
from sinks.ingest.sorting import Sorter
from tests.unit.sinks.ingest.messages import SCHEMA_ID, TOPIC, message

CANNOT_PARSE = 6
UNKNOWN_TABLE = 60
AVRO_EXCEPTION = 748


class ClickHouse:
    """In a client's place: takes a name once, and nothing with a bad record in it that is sent as readable."""

    def __init__(self, *bad: int) -> None:
        self.stored: dict[str, list[int]] = {}
        self.engine: str | None = "Null"
        self.view = "1"
        self.refusal = DatabaseError("cannot parse", code=CANNOT_PARSE)
        self._bad = set(bad)

    def query(self, _: str, parameters: dict[str, str]) -> SimpleNamespace:
        assert parameters["name"] in {"queue_interactions", "take_interactions"}
        queue, view = (self.engine, "0"), ("MaterializedView", self.view)
        made = queue if parameters["name"].startswith("queue") else view
        return SimpleNamespace(result_rows=[made] if self.engine else [])

    def command(self, sql: str, data: bytes, **_: object) -> None:
        [name] = re.findall(r"insert_deduplication_token = '(.*)'", sql)
        if self.engine != "Null":
            raise DatabaseError("there is no such table", code=UNKNOWN_TABLE)
        file = zstandard.ZstdDecompressor().decompress(data)
        offsets = [cast("dict[str, int]", row)["_offset"] for row in fastavro.reader(io.BytesIO(file))]
        if self._bad & set(offsets) and not name.endswith("/refused"):
            raise self.refusal
        self.stored.setdefault(name.removeprefix(f"{TOPIC}/0/era/"), offsets)

    def close(self) -> None:
        pass


Insert = Callable[[ClickHouse, Iterable[int]], int]


@pytest.fixture
def insert(monkeypatch: pytest.MonkeyPatch) -> Insert:
    """Inserts a block from 0 to 99 that has these records, by a process of its own for each ClickHouse."""
    inserters: dict[ClickHouse, Inserter] = {}
    registry = cast("Registry", SimpleNamespace(parsed=lambda _: schema("interaction")))

    def inserted(clickhouse: ClickHouse, offsets: Iterable[int]) -> int:
        monkeypatch.setattr(inserting, "writer_client", lambda _: cast("Client", clickhouse))
        sorter = Sorter(INTERACTIONS, SCHEMA_ID, registry)
        inserter = inserters.setdefault(clickhouse, Inserter(Settings(), INTERACTIONS, sorter))
        return inserter.insert(Block(TOPIC, 0, 0, 99, [message(offset) for offset in offsets], "era"))

    return inserted


def test_what_is_refused_is_found_by_halves(insert: Insert) -> None:
    clickhouse = ClickHouse(30)
    assert insert(clickhouse, range(100)) == 1
    assert clickhouse.stored["0-99/refused"] == [30]
    assert clickhouse.stored[f"50-99/{SCHEMA_ID}"] == list(range(50, 100))
    assert sorted(offset for offsets in clickhouse.stored.values() for offset in offsets) == list(range(100))


@pytest.mark.parametrize(
    ("code", "words", "of_data"),
    [
        (OTHER, "type: std::__1::__fs::filesystem::filesystem_error, e.what() = No space left on device", False),
        (OTHER, "type: avro::Exception, e.what() = EOF reached.", True),
        (AVRO_EXCEPTION, "avro::Exception: EOF reached.", True),
        (UNKNOWN_TABLE, "there is no such table", False),
    ],
)
def test_a_full_disk_makes_no_dead_letters(
    monkeypatch: pytest.MonkeyPatch, insert: Insert, code: int, words: str, of_data: bool
) -> None:
    """The server says of both by the code of whatever has none; one is over some time, and the records are good."""
    clickhouse = ClickHouse(30)
    monkeypatch.setattr(clickhouse, "refusal", DatabaseError(words, code=code))
    if of_data:
        assert insert(clickhouse, range(100)) == 1
    else:
        with pytest.raises(DatabaseError):
            insert(clickhouse, range(100))
        assert clickhouse.stored == {}


def test_parts_have_the_same_names_after_compaction(insert: Insert) -> None:
    """A process dies after the insert; before the next makes the block again, compaction takes some of it."""
    clickhouse = ClickHouse(30, 77)
    insert(clickhouse, range(100))
    before = dict(clickhouse.stored)
    assert insert(clickhouse, sorted({77, *range(0, 100, 3)})) == 2
    assert clickhouse.stored == before


def test_the_kafka_engines_tables_end_the_process(insert: Insert) -> None:
    """It leaves the group to the engine; what can be waited for is an error of another kind."""
    clickhouse = ClickHouse()
    clickhouse.engine = "Kafka"
    with pytest.raises(C360Error, match="queue_interactions is the Kafka engine's") as raised:
        insert(clickhouse, [1])
    assert not isinstance(raised.value, UnreachableError)


def test_tables_that_are_made_anew_for_the_engine_are_noticed(insert: Insert) -> None:
    clickhouse = ClickHouse()
    insert(clickhouse, [1])
    clickhouse.engine = None
    with pytest.raises(DatabaseError):
        insert(clickhouse, [2])
    clickhouse.engine = "Kafka"
    with pytest.raises(C360Error, match="the Kafka engine's"):
        insert(clickhouse, [2])


def test_too_many_bad_records_in_a_row_are_not_stored_and_the_run_goes_on_from_block_to_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clickhouse = ClickHouse()
    monkeypatch.setattr(inserting, "writer_client", lambda _: cast("Client", clickhouse))
    registry = cast("Registry", SimpleNamespace(parsed=lambda _: schema("interaction")))
    sorter = Sorter(INTERACTIONS, SCHEMA_ID, registry)
    inserter = Inserter(Settings(dead_letter_run=3), INTERACTIONS, sorter)
    bad = [message(offset, b"garbage") for offset in range(3)]
    assert inserter.insert(Block(TOPIC, 0, 0, 1, bad[:2], "era")) == 2
    assert inserter.run == 2
    before = dict(clickhouse.stored)
    with pytest.raises(HeldError, match=r"c360.interactions/0 stands still: 3 records in a row up to offset 2 "):
        inserter.insert(Block(TOPIC, 0, 2, 3, [bad[2], message(3)], "era", inserter.run))
    assert clickhouse.stored == before
    # One that can be read lies between.
    assert inserter.insert(Block(TOPIC, 0, 0, 4, [*bad[:2], message(3), message(4, b"x")], "era", 0)) == 3
    assert inserter.run == 1
