"""The records and topics of the contract say what consumers rely on."""

import decimal
import io
from datetime import UTC, date, datetime
from pathlib import Path

import fastavro
import pytest

from schemas import wire
from schemas.errors import SettingError, WireError
from schemas.groups import groups
from schemas.ids import MAX_SEQUENCE, MAX_SOURCE, event_id
from schemas.records import schema, symbols
from schemas.settings import Settings, read_settings
from schemas.topics import SOURCES, TOPICS, TRANSACTIONS

TRANSACTION = {
    "transaction_id": 7,
    "customer_id": 1,
    "product_id": 2,
    "amount": decimal.Decimal("-12.34"),
    "quantity": 1,
    "channel": "web",
    "status": "refunded",
    "refers_to": 5,
    "ts": datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
}


def test_every_enum_has_unknown_as_its_first_symbol_and_default() -> None:
    for topic in TOPICS:
        for field in schema(topic.record)["fields"]:
            kind = field["type"]
            if isinstance(kind, dict) and kind["type"] == "enum":
                assert kind["default"] == "UNKNOWN"
                assert kind["symbols"][0] == "UNKNOWN"
                assert symbols(topic.record, field["name"]) == kind["symbols"]


def test_money_is_decimal_and_times_are_timestamps() -> None:
    kinds = {field["name"]: field["type"] for field in schema("transaction")["fields"]}
    assert (kinds["amount"]["logicalType"], kinds["amount"]["scale"]) == ("decimal", 2)
    assert kinds["ts"]["logicalType"] == "timestamp-millis"


def test_a_record_survives_the_wire() -> None:
    value = wire.encode(TRANSACTION, schema("transaction"), 9)
    assert wire.schema_id_of(value) == 9
    assert wire.decode(value, schema("transaction")) == TRANSACTION


@pytest.mark.parametrize("cut", [0, 4])
def test_a_truncated_header_is_no_header(cut: int) -> None:
    with pytest.raises(WireError):
        wire.schema_id_of(wire.encode(TRANSACTION, schema("transaction"), 9)[:cut])


@pytest.mark.parametrize("cut", [5, 9])
def test_a_truncated_body_is_no_record(cut: int) -> None:
    with pytest.raises(WireError):
        wire.decode(wire.encode(TRANSACTION, schema("transaction"), 9)[:cut], schema("transaction"))


def test_bytes_behind_a_record_are_no_record() -> None:
    with pytest.raises(WireError, match="behind"):
        wire.decode(wire.encode(TRANSACTION, schema("transaction"), 9) + b"!", schema("transaction"))


def test_a_newer_writers_unknown_symbol_is_read_as_unknown() -> None:
    writer = fastavro.parse_schema(
        {
            "type": "record",
            "name": "c360.Interaction",
            "fields": [
                {"name": "type", "type": {"type": "enum", "name": "c360.InteractionType", "symbols": ["sniff"]}}
            ],
        }
    )
    reader = fastavro.parse_schema(
        {
            "type": "record",
            "name": "c360.Interaction",
            "fields": [next(dict(field) for field in schema("interaction")["fields"] if field["name"] == "type")],
        }
    )
    body = io.BytesIO()
    fastavro.schemaless_writer(body, writer, {"type": "sniff"})
    assert wire.decode(wire.frame(1) + body.getvalue(), writer, reader) == {"type": "UNKNOWN"}


def test_ids_stay_below_what_javascript_holds_and_never_meet() -> None:
    assert event_id(MAX_SOURCE, MAX_SEQUENCE) == 2**53 - 1
    assert event_id(3, 0) > event_id(2, MAX_SEQUENCE)
    with pytest.raises(ValueError, match="out of range"):
        event_id(MAX_SOURCE + 1, 0)


def test_topics_follow_prefix_retention_and_partitions() -> None:
    settings = Settings(
        topic_prefix="shop.", topic_retention_ms=1000, topic_retention_bytes=8_000_000, topic_partitions=8
    )
    assert TRANSACTIONS.name(settings) == "shop.transactions"
    assert TRANSACTIONS.subject(settings) == "shop.transactions-value"
    assert TRANSACTIONS.config(settings)["retention.ms"] == "1000"
    # Kafka's limit is a partition's, ours a topic's.
    assert TRANSACTIONS.config(settings)["retention.bytes"] == "1000000"
    assert TRANSACTIONS.count(settings) == 8
    assert SOURCES.count(settings) == 1
    assert SOURCES.config(settings)["retention.ms"] == "-1"
    assert SOURCES.config(settings)["retention.bytes"] == "-1"
    assert all(name.startswith("shop.") for name in groups(settings))


def test_a_setting_that_cannot_be_used_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C360_KAFKA_PORT", "ninety")
    with pytest.raises(SettingError, match="C360_KAFKA_PORT has the value 'ninety'"):
        read_settings()


def test_a_missing_password_says_where_it_would_come_from(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="C360_CLICKHOUSE_READER_PASSWORD"):
        _ = Settings(home=tmp_path).reader_password


def test_dates_are_dates() -> None:
    record = {
        "customer_id": 1,
        "name": "Zoë",
        "email": "z@example.com",
        "segment": "VIP",
        "registration_date": date(2024, 2, 29),
        "acquisition_channel": "social",
        "country": "DE",
        "version": 1,
        "deleted": False,
    }
    assert wire.decode(wire.encode(record, schema("customer"), 1), schema("customer")) == record
