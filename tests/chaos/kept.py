"""What Kafka has of customers, products, alerts and features, held against the rows that ClickHouse keeps of it."""

import contextlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from queries.database import EXACT
from schemas import records, wire
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMER_FEATURES, CUSTOMERS, PRODUCTS, Topic
from tests.chaos.checks import PATIENCE_SECONDS, until
from tests.chaos.files import text, whole
from tests.chaos.poison import Place
from tests.chaos.sender import place
from tests.support.partitions import partitions

#: The table's rows: the key, the version, and the rest in the order of these fields.
FIELDS: Mapping[Topic, tuple[str, ...]] = {
    CUSTOMERS: ("name", "email", "segment", "registration_date", "acquisition_channel", "country"),
    PRODUCTS: ("name", "category", "brand", "price", "stock_quantity", "launch_date"),
}
#: The same of alerts, behind the alert's id.
ALERT = ("customer_id", "kind", "score", "previous_score", "reason", "segment", "lifetime_value", "as_of")

#: A version, and a hash of all that it says.
Version = tuple[int, int]


@dataclass
class Newest:
    """The newest record of each key, None where that is a deletion; `thinned`: compaction has taken some records."""

    records: dict[int, Version | None] = field(default_factory=dict)
    thinned: bool = False


def kept(
    settings: Settings, poison: Collection[Place], laid: Mapping[Topic, int], patience: float = PATIENCE_SECONDS
) -> dict[str, int]:
    """Keys of which ClickHouse has another row than Kafka has, or only one of them has any, after time to arrive.

    `laid`: so many customers and products were acknowledged, by the ids from 1 on.
    """
    counts: dict[str, Callable[[], int]] = {
        "customers_apart": lambda: _entities(settings, CUSTOMERS, poison, laid[CUSTOMERS]),
        "products_apart": lambda: _entities(settings, PRODUCTS, poison, laid[PRODUCTS]),
        "stored_alerts_apart": lambda: _alerts(settings),
        "stored_features_apart": lambda: _features(settings),
    }
    return {name: until(count, patience) for name, count in counts.items()}


def differing(newest: Newest, rows: Mapping[int, Version], laid: int) -> list[int]:
    """Keys of which the two say different things, and those from 1 to `laid` of which Kafka has nothing.

    A later version may have been in Kafka before compaction.
    """
    wrong = (rows.keys() | set(range(1, laid + 1))) - newest.records.keys()
    for key, record in newest.records.items():
        row = rows.get(key)
        later = newest.thinned and row is not None and record is not None and row[0] > record[0]
        if row != record and not later:
            wrong.add(key)
    return sorted(wrong)


def alerts_differing(said: Mapping[str, Collection[Any]], rows: Mapping[str, Any]) -> list[str]:
    """Ids that only one of them has, or whose row says what no record does."""
    return sorted(one for one in said.keys() | rows.keys() if one not in rows or rows[one] not in said.get(one, ()))


def _entities(settings: Settings, topic: Topic, poison: Collection[Place], laid: int) -> int:
    newest = _newest(settings, topic, poison)
    with contextlib.closing(whole(settings)) as database:
        table = database.query(text(f"held_{topic.stream}.sql"), {}, EXACT)
    return len(differing(newest, {key: (version, hash(tuple(rest))) for key, version, *rest in table.rows}, laid))


def _newest(settings: Settings, topic: Topic, poison: Collection[Place]) -> Newest:
    """Of a keyed topic: the highest version of each key, of equal ones the last."""
    newest, versions = Newest(), dict[int, int]()
    with Registry(settings) as registry:
        schema = records.schema(topic.record)
        for offsets, batches in partitions(settings, topic):
            seen = 0
            for message in chain.from_iterable(batches):
                seen += 1
                value = message.value()
                if value is None or place(message) in poison:
                    continue
                one = wire.decode(value, registry.parsed(wire.schema_id_of(value)), schema)
                key, version = one[topic.key], one["version"]
                if version >= versions.get(key, 0):
                    said = version, hash(tuple(one[name] for name in FIELDS[topic]))
                    newest.records[key], versions[key] = None if one["deleted"] else said, version
            newest.thinned |= seen < offsets
    return newest


def _alerts(settings: Settings) -> int:
    said, schema = defaultdict[str, set[Any]](set), records.schema(CHURN_ALERTS.record)
    for _, batches in partitions(settings, CHURN_ALERTS):
        for message in chain.from_iterable(batches):
            one = wire.decode(message.value() or b"", schema)
            said[one["alert_id"]].add(tuple(one[name] for name in ALERT))
    with contextlib.closing(whole(settings)) as database:
        rows = {key: tuple(rest) for key, *rest in database.query(text("held_alerts.sql"), {}, EXACT).rows}
    return len(alerts_differing(said, rows))


def _features(settings: Settings) -> int:
    """Customers with a row of features in only one of the two. What their rows say is verified by itself."""
    sent = {
        int(message.key() or b"0")
        for _, batches in partitions(settings, CUSTOMER_FEATURES)
        for message in chain.from_iterable(batches)
        if message.value() is not None
    }
    with contextlib.closing(whole(settings)) as database:
        stored = {row[0] for row in database.query(text("held_features.sql"), {}, EXACT).rows}
    if not sent:
        raise RuntimeError("there are no features to compare")
    return len(sent ^ stored)
