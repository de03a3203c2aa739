"""Who is erased for good: the record that says so, and where something stands that they leave behind.

Whoever deletes it looks at the same places as whoever waits until it is gone.
"""

import datetime as dt
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

from schemas.ids import LAST_VERSION
from schemas.settings import Settings
from schemas.topics import CUSTOMERS

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client


class Place(NamedTuple):
    """A table, whose rows they are, and which of these go."""

    table: str
    customer: str
    condition: str


def erasure(customer_id: int) -> dict[str, Any]:
    """The record as the topic `customers` has it. It holds nothing but the number, and no other is newer.

    No tombstone follows it: compaction keeps the newest record of a key, and who reads the topic from its beginning
    must still know whom not to bring back.
    """
    return {
        "customer_id": customer_id, "name": "", "email": "", "segment": "UNKNOWN",
        "registration_date": dt.date(1970, 1, 1), "acquisition_channel": "UNKNOWN", "country": "",
        "version": LAST_VERSION, "deleted": True,
    }  # fmt: skip


def places(settings: Settings) -> list[Place]:
    """Where something stands that erased customers leave behind beside what they did.

    Of the customers themselves the record stays that erased them: it is without a name, and hides every older one.
    """
    # A letter of theirs can never be replayed: what it holds is older than the last version.
    number = "toUInt32OrZero(ifNull(key, ''))"
    letters = f"topic = '{CUSTOMERS.name(settings)}' AND toString({number}) = key"
    # Builds of before the erasure; a cluster has no rollups.
    builds = Place("rollup_customer_snapshots", "customer_id", "1")
    return [
        Place("customers", "customer_id", f"version < {LAST_VERSION}"),
        Place("customer_features", "customer_id", "1"),
        Place("churn_alerts", "customer_id", "1"),
        Place("recommendation_lists", "customer_id", "1"),
        Place("dead_letters", number, letters),
        *([] if settings.clickhouse_cluster else [builds]),
    ]


def left(client: "Client", place: Place, among: str, parameters: Mapping[str, Any] | None = None) -> list[int]:
    """Of whom a place still has something; `among` is SQL for the customers that are asked about.

    Raises:
        ClickHouseError: it does not answer, or refuses.
    """
    text = (resources.files("schemas") / "left.sql").read_text(encoding="utf-8")
    statement = Template(text).substitute(place._asdict(), among=among)
    return sorted(int(number) for (number,) in client.query(statement, parameters=dict(parameters or {})).result_rows)
