"""What is sent to ClickHouse under which name, and what is found to be refused."""

import io
import re
from types import SimpleNamespace
from typing import cast

import fastavro
import pytest
import zstandard
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS
from sinks.ingest import inserting
from sinks.ingest.block import Block
from sinks.ingest.inserting import Inserter
from sinks.ingest.sorting import Sorter
from tests.unit.sinks.ingest.messages import SCHEMA_ID, TOPIC, message

CANNOT_PARSE = 6


class ClickHouse:
    """In a client's place: takes a name once, and nothing with a bad record in it that is sent as readable."""

    def __init__(self, *bad: int) -> None:
        self.stored: dict[str, list[int]] = {}
        self._bad = set(bad)

    def command(self, sql: str, data: bytes, **_: object) -> None:
        [name] = re.findall(r"insert_deduplication_token = '(.*)'", sql)
        file = zstandard.ZstdDecompressor().decompress(data)
        offsets = [cast("dict[str, int]", row)["_offset"] for row in fastavro.reader(io.BytesIO(file))]
        if self._bad & set(offsets) and not name.endswith("/refused"):
            raise DatabaseError("cannot parse", code=CANNOT_PARSE)
        self.stored.setdefault(name.removeprefix(f"{TOPIC}/0/era/"), offsets)

    def close(self) -> None:
        pass


def insert(clickhouse: ClickHouse, offsets: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """Inserts a block from 0 to 99 that has these records."""
    monkeypatch.setattr(inserting, "writer_client", lambda _: cast("Client", clickhouse))
    registry = cast("Registry", SimpleNamespace(parsed=lambda _: schema("interaction")))
    inserter = Inserter(Settings(), INTERACTIONS, Sorter(INTERACTIONS, SCHEMA_ID, registry))
    return inserter.insert(Block(TOPIC, 0, 0, 99, [message(offset) for offset in offsets], "era"))


def test_what_is_refused_is_found_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    clickhouse = ClickHouse(30)
    assert insert(clickhouse, list(range(100)), monkeypatch) == 1
    assert clickhouse.stored["0-99/refused"] == [30]
    assert clickhouse.stored[f"50-99/{SCHEMA_ID}"] == list(range(50, 100))
    assert sorted(offset for offsets in clickhouse.stored.values() for offset in offsets) == list(range(100))


def test_parts_have_the_same_names_after_compaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process dies after the insert; before the next makes the block again, compaction takes some of it."""
    clickhouse = ClickHouse(30, 77)
    insert(clickhouse, list(range(100)), monkeypatch)
    before = dict(clickhouse.stored)
    assert insert(clickhouse, [offset for offset in range(100) if offset % 3 == 0 or offset == 77], monkeypatch) == 2
    assert clickhouse.stored == before
