"""What happens to a history afterwards: everything is sent again, and customers and products change and go."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

from schemas import wire
from schemas.records import schema, symbols
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic
from tests.oracle.topics import messages
from tests.support.installation import Installation, Sent

SEGMENTS = symbols("customer", "segment")[1:]
LATER = 1_000_000


def repeats(installation: Installation, draw: random.Random) -> list[Sent]:
    """Every record there is once more, in another order."""
    again = [
        (topic, message.key() or b"", message.value(), message.timestamp()[1])
        for topic in (CUSTOMERS, PRODUCTS, TRANSACTIONS, INTERACTIONS)
        for message in messages(installation.settings, topic)
    ]
    draw.shuffle(again)
    return again


def changes(installation: Installation, draw: random.Random) -> list[Sent]:
    """One customer in ten moves to another segment, one in fifty goes; products change category, or go, as often."""

    def move(record: dict[str, Any]) -> None:
        record["segment"] = draw.choice(SEGMENTS)
        record["registration_date"] -= dt.timedelta(days=draw.randint(0, 60))

    def reclassify(record: dict[str, Any]) -> None:
        record["category"], record["brand"] = draw.choice(["Home", "Electronics", "Antiques"]), "Renamed"

    return [*_changed(installation, CUSTOMERS, move, draw), *_changed(installation, PRODUCTS, reclassify, draw)]


def _changed(
    installation: Installation, topic: Topic, change: Callable[[dict[str, Any]], None], draw: random.Random
) -> Iterator[Sent]:
    form = schema(topic.record)
    for message in messages(installation.settings, topic):
        chance, value = draw.random(), message.value()
        if chance > 0.12 or value is None:
            continue
        record = wire.decode(value, form)
        record["version"] += LATER
        if chance < 0.02:
            record["deleted"] = True
        else:
            change(record)
        key, ts = message.key() or b"", message.timestamp()[1]
        yield topic, key, wire.encode(record, form, installation.ids[topic.stream]), ts
        if record["deleted"]:
            yield topic, key, None, ts
