"""Which records can be read, and the file that is made of them."""

import io
import json
from types import SimpleNamespace
from typing import Any, cast

import fastavro
import pytest

from schemas import wire
from schemas.errors import WireError
from schemas.records import schema, schema_text
from schemas.registry import Registry
from schemas.topics import CUSTOMER_FEATURES, INTERACTIONS
from sinks.ingest import container
from sinks.ingest.sorting import Sorter
from tests.unit.sinks.ingest.messages import NOON, SCHEMA_ID, interaction, message

EARLIER_ID = 3


def earlier() -> Any:
    """The schema as it was when interactions had no session."""
    text = json.loads(schema_text("interaction"))
    text["fields"] = [field for field in text["fields"] if field["name"] != "session_id"]
    return fastavro.parse_schema(text)


def parsed(schema_id: int) -> Any:
    known = {SCHEMA_ID: schema("interaction"), EARLIER_ID: earlier()}
    if schema_id not in known:
        raise WireError(f"the registry knows no schema {schema_id}")
    return known[schema_id]


def written(file: bytes) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", list(fastavro.reader(io.BytesIO(file))))


@pytest.fixture
def sorter() -> Sorter:
    return Sorter(INTERACTIONS, SCHEMA_ID, cast("Registry", SimpleNamespace(parsed=parsed)))


def test_each_record_is_in_its_lot(sorter: Sorter) -> None:
    whole = interaction(1)
    old = cast("dict[str, Any]", fastavro.schemaless_reader(io.BytesIO(whole[5:]), schema("interaction"), None))
    messages = [
        message(0),
        message(1, None),
        message(2, b"garbage"),
        message(3, whole[:9]),
        message(4, whole + b"x"),
        message(5, wire.encode(old, earlier(), EARLIER_ID)),
        message(6, wire.frame(999_999) + whole[5:]),
        message(7),
    ]
    found = sorter.sort(messages)
    lots = {number: [one.offset() for one in lot] for number, lot in found.readable.items()}
    assert lots == {SCHEMA_ID: [0, 7], EARLIER_ID: [5]}
    assert sorted(one.offset() or 0 for one, _ in found.refused) == [2, 3, 4, 6]
    assert all(reason for _, reason in found.refused)


def test_the_registry_is_asked_once_a_block_for_a_schema_it_does_not_know() -> None:
    asked: list[int] = []

    def noted(schema_id: int) -> Any:
        asked.append(schema_id)
        return parsed(schema_id)

    sorter = Sorter(INTERACTIONS, SCHEMA_ID, cast("Registry", SimpleNamespace(parsed=noted)))
    asked.clear()
    messages = [message(offset, wire.frame(unknown) + b"x") for offset in range(50) for unknown in (8, 9)]
    messages.append(message(50, wire.frame(EARLIER_ID) + b"x"))
    messages.append(message(51, wire.frame(EARLIER_ID) + b"yy"))
    reasons = [why for _, why in sorter.sort(messages).refused]
    assert [asked.count(8), asked.count(9)] == [1, 1]
    assert reasons[:100] == ["the registry knows no schema 8", "the registry knows no schema 9"] * 50
    assert len(reasons) == 102
    sorter.sort(messages)
    assert [asked.count(8), asked.count(9)] == [2, 2]


def test_records_with_a_map_are_looked_at_one_by_one() -> None:
    sorter = Sorter(CUSTOMER_FEATURES, SCHEMA_ID, cast("Registry", SimpleNamespace(parsed=parsed)))
    assert [one.offset() for one in sorter.sort([message(0)]).readable[SCHEMA_ID]] == [0]


@pytest.mark.parametrize("key", [b"42", b"k" * 4000])
def test_a_file_holds_where_each_record_was_before_its_own_fields(key: bytes) -> None:
    messages = [message(offset, partition=3, key=key) for offset in (10, 12)]
    rows = written(container.readable(messages, schema("interaction")))
    assert [(row["_offset"], row["_partition"], row["_key"]) for row in rows] == [(10, 3, key), (12, 3, key)]
    assert [(row["interaction_id"], row["type"], row["ts"]) for row in rows] == [(10, "view", NOON), (12, "view", NOON)]
    assert {(row["_error"], row["_raw_message"], row["_timestamp_ms"]) for row in rows} == {("", b"", NOON)}


def test_a_file_of_unreadable_records_holds_them_whole() -> None:
    messages = [message(4, b"\xff\x00"), message(9, b"garbage")]
    rows = written(container.refused(messages, ["no", "never"]))
    assert [(row["_offset"], row["_raw_message"], row["_error"]) for row in rows] == [
        (4, b"\xff\x00", "no"),
        (9, b"garbage", "never"),
    ]


def test_the_same_records_make_the_same_file() -> None:
    first, second = ([message(offset) for offset in range(5)] for _ in range(2))
    assert container.readable(first, schema("interaction")) == container.readable(second, schema("interaction"))
