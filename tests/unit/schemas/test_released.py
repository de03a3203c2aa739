"""What was released can be read by what there is now, and the other way round: no order of upgrades loses a record.

`released/VERSION` holds the records of each version as they were given out; a release adds its own and changes none.
"""

import copy
import datetime as dt
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType

from schemas import records, wire
from schemas.codec.decode import ColumnDecoder
from schemas.groups import STORED
from schemas.topics import DEAD_LETTERS, EXTERNAL_IDS, PRODUCTS, TOPICS, Topic
from sinks.statements import MAY_LACK_FIELDS

RELEASED = Path(__file__).with_name("released")
FILES = sorted(RELEASED.glob("*/*.avsc"))
RECORDS = {topic.record for topic in TOPICS}
VERSION = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]
#: A record that lacks a field is refused there all the same: without, records of other streams would pass for theirs.
ALL_STAY = (PRODUCTS, EXTERNAL_IDS, DEAD_LETTERS)


def incompatible(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Why records of one cannot be read as the other's, or the other way round; empty if they can."""
    first, second = (avro.schema.parse(json.dumps(schema)) for schema in (one, other))
    found = []
    for reader, writer in ((first, second), (second, first)):
        checker: Any = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]  # avro's has no types
        result = checker.get_compatibility(reader, writer)
        if result.compatibility is not SchemaCompatibilityType.compatible:
            found += sorted(result.messages)
    # Avro resolves what lies underneath and not what it means: cents would be read as thousandths.
    meanings = [{field["name"]: _meaning(field["type"]) for field in schema["fields"]} for schema in (one, other)]
    found += [name for name in meanings[0] if meanings[0][name] != meanings[1].get(name, meanings[0][name])]
    return found + [name for pair in ((one, other), (other, one)) for name in _renamed(*pair)]


def _renamed(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """Fields that have another name there. Avro allows it with a default, and readers of old lose them."""
    gone = {field["name"] for field in one["fields"]} - {field["name"] for field in other["fields"]}
    return gone & {alias for field in other["fields"] for alias in field.get("aliases", [])}


def _meaning(kind: Any) -> Any:
    if isinstance(kind, list):
        return [_meaning(part) for part in kind]
    return {key: kind[key] for key in ("logicalType", "scale") if key in kind} if isinstance(kind, dict) else {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_old_and_new_read_each_other(path: Path) -> None:
    released, now = json.loads(path.read_text(encoding="utf-8")), json.loads(records.schema_text(path.stem))
    assert not incompatible(released, now), f"what {path.parent.name} wrote, or its readers, are left behind"


def test_each_release_has_all_its_records() -> None:
    versions = {path.parent.name for path in FILES}
    assert VERSION in versions
    for version in versions:
        there = {path.stem for path in FILES if path.parent.name == version}
        assert there <= RECORDS, "no stream may be given up"
        assert there == RECORDS or version != VERSION, "the release of today has all there are"


@pytest.mark.parametrize("topic", STORED, ids=lambda topic: topic.stream)
def test_clickhouse_takes_records_that_lack_what_has_a_default(topic: Topic) -> None:
    fields = json.loads(records.schema_text(topic.record))["fields"]
    given = [field["default"] for field in fields if "default" in field]
    # ClickHouse puts its own default for the type in the place of what is missing.
    assert all(default in (0, "", None, False) for default in given)
    assert bool(given) == (topic in MAY_LACK_FIELDS) or topic in ALL_STAY


@pytest.mark.parametrize("topic", ALL_STAY, ids=lambda topic: topic.stream)
def test_what_clickhouse_must_find_is_never_dropped(topic: Topic) -> None:
    now = {field["name"] for field in json.loads(records.schema_text(topic.record))["fields"]}
    for path in FILES:
        if path.stem == topic.record:
            assert {field["name"] for field in json.loads(path.read_text(encoding="utf-8"))["fields"]} <= now


def transaction() -> dict[str, Any]:
    return copy.deepcopy(json.loads(records.schema_text("transaction")))


def changed(of: str = "amount", **field: Any) -> dict[str, Any]:
    schema = transaction()
    (place,) = (at for at, each in enumerate(schema["fields"]) if each["name"] == of)
    schema["fields"][place] |= field
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        changed(type="string"),
        changed(type={"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 3}),
        changed(name="price"),
        changed(name="price", aliases=["amount"]),  # an older reader knows nothing of the new name
        changed("refers_to", name="refunds", aliases=["refers_to"]),
        {**transaction(), "fields": [*transaction()["fields"], {"name": "tax", "type": "long"}]},
        {**transaction(), "fields": transaction()["fields"][1:]},
    ],
    ids=[
        "type",
        "scale",
        "renamed",
        "alias without a default",
        "alias",
        "added without a default",
        "dropped without a default",
    ],
)
def test_what_would_leave_somebody_behind_is_found(schema: dict[str, Any]) -> None:
    assert incompatible(transaction(), schema)


def test_what_leaves_nobody_behind_is_not() -> None:
    schema = transaction()
    schema["fields"].append({"name": "tax", "type": "long", "default": 0})
    (channel,) = (field for field in schema["fields"] if field["name"] == "channel")
    channel["type"]["symbols"].append("kiosk")
    assert not incompatible(transaction(), schema)
    # A name stays: what others call it besides changes no record.
    assert not incompatible(transaction(), changed(aliases=["paid"]))


@pytest.mark.parametrize("record", sorted(RECORDS))
def test_every_enum_has_a_symbol_for_what_it_does_not_know(record: str) -> None:
    for field in json.loads(records.schema_text(record))["fields"]:
        kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
        for kind in kinds:
            if isinstance(kind, dict) and kind["type"] == "enum":
                assert kind.get("default") in kind["symbols"], f"{record}.{field['name']}"


def test_records_of_other_versions_are_read_beside_ours() -> None:
    """A field added with a default, one dropped that has one, and a symbol that nobody here knows."""
    other = transaction()
    other["fields"].insert(0, {"name": "tax", "type": "long", "default": 0})
    other["fields"] = [field for field in other["fields"] if field["name"] != "refers_to"]
    (channel,) = (field for field in other["fields"] if field["name"] == "channel")
    channel["type"]["symbols"].append("kiosk")
    written = {
        "tax": 3, "transaction_id": 7, "customer_id": 1, "product_id": 2, "amount": Decimal("12.34"), "quantity": 1,
        "channel": "kiosk", "status": "completed", "ts": dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
    }  # fmt: skip
    parsed = fastavro.parse_schema(other)
    ours = {name: value for name, value in written.items() if name != "tax"} | {"channel": "web", "refers_to": None}
    messages = [
        wire.encode(written, parsed, 2),
        wire.encode(ours, records.schema("transaction"), 1),
    ]
    found = ColumnDecoder("transaction", 1, lambda _: parsed).decode(messages)
    assert not found.bad
    assert found.columns["amount"].tolist() == [1234, 1234]
    assert found.columns["transaction_id"].tolist() == [7, 7]
    symbols = records.symbols("transaction", "channel")
    assert [symbols[code] for code in found.columns["channel"]] == ["UNKNOWN", "web"]
