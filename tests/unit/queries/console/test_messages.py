"""Records of a topic for a person to read: those that are none, and those without a value, too."""

import datetime as dt
from decimal import Decimal
from typing import Any

from queries.console.messages import LONGEST, _shown
from schemas import wire
from schemas.errors import WireError
from schemas.records import schema

AT = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


class FakeMessage:
    """What Kafka's client hands out."""

    def __init__(self, value: bytes | None, key: bytes | None = b"42") -> None:
        self._value, self._key = value, key

    def value(self) -> bytes | None:
        return self._value

    def key(self) -> bytes | None:
        return self._key

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return 17

    def timestamp(self) -> tuple[int, int]:
        return 1, int(AT.timestamp() * 1000)


class FakeRegistry:
    """Knows one schema."""

    def parsed(self, schema_id: int) -> Any:
        if schema_id != 5:
            raise WireError(f"the registry knows no schema {schema_id}")
        return schema("transaction")


def shown(value: bytes | None, key: bytes | None = b"42") -> Any:
    return _shown(FakeRegistry(), FakeMessage(value, key))  # type: ignore[arg-type]  # as far as it is used


def test_a_record_is_decoded_with_its_place() -> None:
    record = {
        "transaction_id": 1, "customer_id": 42, "product_id": 7, "amount": Decimal("10.50"), "quantity": 1,
        "channel": "web", "status": "completed", "refers_to": None, "ts": AT,
    }  # fmt: skip
    found = shown(wire.encode(record, schema("transaction"), 5))
    assert (found.partition, found.offset, found.at, found.key, found.schema_id) == (3, 17, AT, "42", 5)
    assert found.readable
    assert '"amount": "10.50"' in found.value
    assert '"ts": "2026-01-31T12:00:00.000Z"' in found.value


def test_what_is_no_record_is_shown_with_the_reason_and_its_bytes() -> None:
    for value, reason in ((b"no avro", "the first byte is 110"), (b"\0\0\0\0\x09x", "no schema 9"), (b"", "too few")):
        found = shown(value, key=b"\xff")
        assert not found.readable
        assert reason in found.value
        assert found.value.endswith(value.hex())
        assert found.key == "\\xff"


def test_a_record_without_a_value_deletes_its_key() -> None:
    found = shown(None, key=None)
    assert "is deleted" in found.value
    assert found.key == ""


def test_a_long_one_is_cut() -> None:
    assert len(shown(b"x" * LONGEST).value) == LONGEST + len(" ...")
