"""Which records are taken in, and why the others are not."""

import json
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import fastavro
import pytest

from schemas import records, wire
from schemas.erasure import erasure
from schemas.errors import WireError
from schemas.ids import LAST_VERSION
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from stream_processors.intake import Intake

NOW = 1_700_000_000_000


def unknown(schema_id: int) -> Any:
    raise WireError(f"no schema {schema_id}")


def record(value: bytes | None, timestamp: int = NOW) -> Any:
    return SimpleNamespace(value=value, timestamp=timestamp)


def interaction(**changed: Any) -> bytes:
    fields = {
        "interaction_id": 5, "customer_id": 42, "product_id": 1, "type": "cart", "duration_seconds": 3,
        "device": "mobile", "session_id": 9, "ts": NOW,
    }  # fmt: skip
    return wire.encode(fields | changed, records.schema("interaction"), 7)


def transaction(**changed: Any) -> bytes:
    fields = {
        "transaction_id": 5, "customer_id": 42, "product_id": 1, "amount": Decimal("-9.99"), "quantity": 1,
        "channel": "web", "status": "refunded", "refers_to": 4, "ts": NOW,
    }  # fmt: skip
    return wire.encode(fields | changed, records.schema("transaction"), 7)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (interaction(customer_id=0), "the customer id is not"),
        (interaction(customer_id=1 << 32), "the customer id is not"),
        (interaction(product_id=0), "the product id is not"),
        (interaction(duration_seconds=-1), "the duration is negative"),
        (interaction(interaction_id=-1), "the event id is negative"),
        (interaction(ts=0), "before the year 2000"),
        (interaction(ts=NOW + 3_600_001), "more than an hour ahead"),
        (b"garbage", "first byte"),
        (interaction()[:-1], "ends before"),
        (None, "without a value"),
    ],
)
def test_only_the_bad_one_is_left_out(value: bytes | None, reason: str) -> None:
    good = record(interaction(ts=NOW + 3_600_000))
    taken = Intake(INTERACTIONS, 7, unknown).take([good, record(value), good])
    (bad,) = taken.bad
    assert bad.row == 1
    assert reason in bad.reason
    assert taken.columns["customer_id"].tolist() == [42, 42]
    assert taken.record_times.tolist() == [NOW, NOW]


@pytest.mark.parametrize(
    ("version", "deleted", "reason"),
    [
        (-1, False, "the version is negative"),
        (LAST_VERSION - 1, False, ""),
        (LAST_VERSION, True, ""),
        (LAST_VERSION, False, "for those who are erased for good"),
        (LAST_VERSION + 1, True, "the version is more than"),
    ],
)
def test_no_record_is_newer_than_an_erasure(version: int, deleted: bool, reason: str) -> None:
    customer = wire.encode(erasure(5) | {"version": version, "deleted": deleted}, records.schema(CUSTOMERS.record), 7)
    taken = Intake(CUSTOMERS, 7, unknown).take([record(customer)])
    assert [reason in bad.reason for bad in taken.bad] == [True] * bool(reason)
    assert len(taken.columns["version"]) == (not reason)


def test_one_record_has_one_reason() -> None:
    taken = Intake(INTERACTIONS, 7, unknown).take([record(interaction(customer_id=0, ts=0))])
    assert len(taken.bad) == 1
    assert taken.columns["ts"].tolist() == []


def test_money_is_cents() -> None:
    taken = Intake(TRANSACTIONS, 7, unknown).take([record(transaction())])
    assert {name: column.tolist() for name, column in taken.columns.items()} == {
        "transaction_id": [5], "customer_id": [42], "product_id": [1], "amount": [-999], "status": [3], "ts": [NOW],
    }  # fmt: skip


@pytest.mark.parametrize("cents", [10**12, -(10**12), (1 << 63) - 1, -(1 << 63)])
def test_an_amount_beyond_its_schema_is_left_out(cents: int) -> None:
    """Avro writes a decimal as bytes of any length: a sum of such amounts would fit no record of features."""
    honest = transaction()
    at = honest.index((-999).to_bytes(2, "big", signed=True)) - 1
    value = honest[:at] + b"\x10" + cents.to_bytes(8, "big", signed=True) + honest[at + 3 :]
    taken = Intake(TRANSACTIONS, 7, unknown).take([record(honest), record(value)])
    assert [(bad.row, bad.reason) for bad in taken.bad] == [(1, "the amount has more digits than its schema allows")]
    assert taken.columns["amount"].tolist() == [-999]


def test_a_tombstone_of_a_customer_is_no_dead_letter() -> None:
    taken = Intake(CUSTOMERS, 7, unknown).take([record(None), record(b"x")])
    assert [bad.row for bad in taken.bad] == [1]
    assert not len(taken.record_times)


def test_versions_of_a_schema_are_counted_together_whichever_the_worker_has() -> None:
    """A field added with a default, one that has a default dropped, and an alias, of a newer or an older producer."""
    own = records.schema_text("transaction")
    taxed, short, called = (json.loads(own) for _ in range(3))
    taxed["fields"].insert(3, {"name": "tax", "type": "long", "default": 0})
    short["fields"] = [field for field in short["fields"] if field["name"] != "refers_to"]
    next(field for field in called["fields"] if field["name"] == "amount")["aliases"] = ["paid"]
    writers = {number: fastavro.parse_schema(one) for number, one in enumerate((taxed, short, called), start=8)}
    fields = {
        "customer_id": 42, "product_id": 1, "amount": Decimal("9.99"), "quantity": 1, "channel": "web",
        "status": "completed", "ts": NOW, "tax": 190,
    }  # fmt: skip
    values = [transaction(amount=Decimal("9.99"), status="completed", refers_to=None)]
    values += [wire.encode(fields | {"transaction_id": number}, one, number) for number, one in writers.items()]
    taken = Intake(TRANSACTIONS, 7, writers.__getitem__).take([record(value) for value in values])
    assert not taken.bad
    assert taken.columns["transaction_id"].tolist() == [5, 8, 9, 10]
    assert taken.columns["amount"].tolist() == [999] * 4
    assert taken.columns["status"].tolist() == [records.symbols("transaction", "status").index("completed")] * 4
