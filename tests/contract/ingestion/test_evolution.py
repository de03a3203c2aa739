"""A schema changes while records flow, whoever is upgraded first: all are kept, and old and new are read together.

v1 --- v2: `tax` comes with a default --- v3: `refers_to`, which has one, goes --- v4: `amount` gets an alias

producer first: v2 is stored without its tax, until the tables know it and the record comes again
tables first: v1 is stored with the default
"""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastavro
import pytest
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas import wire
from schemas.clients import writer_client
from schemas.records import schema_text
from schemas.registry import Registry
from schemas.topics import TRANSACTIONS
from sinks.drift import drift
from sinks.migrate import migrate
from tests.contract.ingestion.conftest import WayIn
from tests.support.changed_ddl import ChangedDdl, changed_ddl
from tests.support.installation import Sent

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)
TAX = {"name": "tax", "type": "long", "default": 0}
AT = round(NOON.timestamp() * 1000)


def schema_of(version: int) -> dict[str, Any]:
    """The record transaction of a version that is yet to come."""
    schema: dict[str, Any] = json.loads(schema_text("transaction"))
    if version >= 2:
        schema["fields"].append(TAX)
    if version >= 3:
        schema["fields"] = [field for field in schema["fields"] if field["name"] != "refers_to"]
    if version >= 4:
        (amount,) = (field for field in schema["fields"] if field["name"] == "amount")
        amount["aliases"] = ["paid"]
    return schema


class Producer:
    """Writes purchases by one version."""

    def __init__(self, way: WayIn, version: int) -> None:
        with Registry(way.place.settings) as registry:
            registry.enforce_compatibility()
            subject = TRANSACTIONS.subject(way.place.settings)
            self._id = registry.register_text(subject, json.dumps(schema_of(version)))
        self._names = {field["name"] for field in schema_of(version)["fields"]}
        self._schema = fastavro.parse_schema(schema_of(version))

    def purchase(self, number: int) -> Sent:
        """Purchase `number`, with a tax of as much and a reference to it, where the version has these."""
        record = {
            "transaction_id": number, "customer_id": 1, "product_id": 3, "amount": Decimal(number), "quantity": 1,
            "channel": "web", "status": "refunded", "refers_to": number, "ts": NOON, "tax": number,
        }  # fmt: skip
        record = {name: value for name, value in record.items() if name in self._names}
        return TRANSACTIONS, b"1", wire.encode(record, self._schema, self._id), AT


def with_tax(ddl: ChangedDdl) -> None:
    """The tables of v2."""
    ddl.replace(
        "010_tables.sql", "    refers_to Nullable(UInt64),\n", "    refers_to Nullable(UInt64),\n    tax Int64,\n"
    )
    ddl.migration("ALTER TABLE transactions ADD COLUMN IF NOT EXISTS tax Int64 AFTER refers_to")
    stream = "streams/transactions.sql"
    ddl.replace(
        stream, "    ts DateTime64(3, 'UTC')${received}", "    ts DateTime64(3, 'UTC'),\n    tax Int64${received}"
    )
    ddl.replace(stream, "channel, status, refers_to, ts\n", "channel, status, refers_to, tax, ts\n")


def upgrade(way: WayIn) -> None:
    """Brings the tables up; a client ends before and starts afterwards."""
    for process in way.processes:
        process.terminate()
        process.wait()
    assert migrate(writer_client(way.place.settings), way.place.settings)
    assert list(drift(writer_client(way.place.settings), way.place.settings)) == []
    if way.kind == "client":
        way.start()


def test_all_versions_are_kept_in_any_order_of_upgrades(
    way: WayIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    v1, v2, v3, v4 = (Producer(way, version) for version in (1, 2, 3, 4))
    way.place.send([v1.purchase(1), v2.purchase(2), v3.purchase(3), v4.purchase(4)])
    way.place.wait_stored()
    asked = "SELECT transaction_id, amount, refers_to FROM transactions ORDER BY ALL"
    before = [(1, Decimal(1), 1), (2, Decimal(2), 2), (3, Decimal(3), None), (4, Decimal(4), None)]
    assert way.rows(asked) == before
    with monkeypatch.context() as patch:
        with_tax(changed_ddl(tmp_path, patch))
        upgrade(way)
    assert way.rows(asked) == before
    way.place.send([v1.purchase(5), v4.purchase(8), v2.purchase(6), v3.purchase(7)])
    way.place.send([v2.purchase(2)])  # as reset-offsets would have it
    way.place.wait_stored()
    assert way.rows("SELECT transaction_id, amount, refers_to, tax FROM transactions ORDER BY ALL") == [
        (1, Decimal(1), 1, 0), (2, Decimal(2), 2, 2), (3, Decimal(3), None, 0), (4, Decimal(4), None, 0),
        (5, Decimal(5), 5, 0), (6, Decimal(6), 6, 6), (7, Decimal(7), None, 7), (8, Decimal(8), None, 8),
    ]  # fmt: skip
    assert way.rows("SELECT count() FROM dead_letters") == [(0,)]


def changed(of: str, **field: Any) -> dict[str, Any]:
    schema = schema_of(1)
    (place,) = (at for at, each in enumerate(schema["fields"]) if each["name"] == of)
    schema["fields"][place] |= field
    return schema


def without(name: str) -> dict[str, Any]:
    schema = schema_of(1)
    schema["fields"] = [field for field in schema["fields"] if field["name"] != name]
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        changed("amount", name="price", aliases=["amount"]),
        without("amount"),
        {**schema_of(1), "fields": [*schema_of(1)["fields"], {"name": "tax", "type": "long"}]},
    ],
    ids=["renamed", "dropped without a default", "added without a default"],
)
def test_the_registry_refuses_what_leaves_somebody_behind(client_way: WayIn, schema: dict[str, Any]) -> None:
    with Registry(client_way.place.settings) as registry:
        registry.enforce_compatibility()
        with pytest.raises(SchemaRegistryError) as refused:
            registry.register_text(TRANSACTIONS.subject(client_way.place.settings), json.dumps(schema))
    assert refused.value.http_status_code == 409
