"""The features that were published, held against a recomputation from the topics, each row at its own moment."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas import records, wire
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS
from stream_processors.churn.model import SEGMENTS, churn_model
from stream_processors.features.parameters import parameters
from tests.oracle.topics import messages
from tests.unit.stream_processors.features.brute import Event, decayed, distinct, rates, recompute


class Record(NamedTuple):
    """One record of an input topic, named by its full name."""

    topic: str
    offset: int
    value: dict[str, Any]


class Inputs:
    """Everything in the input topics, by customer; deleted customers are none of its business."""

    def __init__(self, settings: Settings) -> None:
        self._names = {topic: topic.name(settings) for topic in (CUSTOMERS, TRANSACTIONS, INTERACTIONS)}
        self.records: dict[int, list[Record]] = defaultdict(list)
        self._partitions: dict[int, int] = {}
        times: dict[tuple[str, int], list[int]] = defaultdict(list)
        for topic, name in self._names.items():
            schema = records.schema(topic.record)
            for message in messages(settings, topic):
                value = wire.decode(message.value() or b"", schema)
                customer, partition = value["customer_id"], message.partition() or 0
                self.records[customer].append(Record(name, message.offset() or 0, value))
                self._partitions[customer] = partition
                if "ts" in value:
                    times[name, partition].append(_plain(value["ts"]))
        self._catalogue = _catalogue(settings)
        #: The latest event time up to each record of a topic's partition.
        self._clocks = {where: np.maximum.accumulate(np.array(found)) for where, found in times.items()}

    def behind(self, rows: Mapping[int, dict[str, Any]]) -> list[int]:
        """The customers whose newest row is missing or does not know of all they did."""
        return [
            customer
            for customer, own in self.records.items()
            if (did := _counting(own))
            and (customer not in rows or len(_counting(_before(own, rows[customer]["input_offsets"]))) < len(did))
        ]

    def mismatches(self, rows: Mapping[int, dict[str, Any]]) -> list[str]:
        """What differs in these rows from what their offsets and moments make of the topics, in words."""
        return [
            f"customer {customer}: {name} is {row[name]}, not {value}"
            for customer, row in sorted(rows.items())
            for name, value in self._expected(customer, row).items()
            if not _alike(_plain(row[name]), value)
        ]

    def _expected(self, customer: int, row: dict[str, Any]) -> dict[str, Any]:
        offsets, clock = row["input_offsets"], _plain(row["as_of"])
        own = _before(self.records[customer], offsets)
        events = _events(own)
        out = recompute(events, customer, clock, self._catalogue)
        short, long = (decayed(events, customer, clock, days) for days in (7, 90))
        recent, usual = short / 7, long / 90
        profiles = [record.value for record in own if record.topic == self._names[CUSTOMERS]]
        newest = max(reversed(profiles), key=lambda profile: int(profile["version"]), default={"segment": SEGMENTS[0]})
        return out | {
            "as_of": self._clock(customer, offsets),
            "segment": newest["segment"],
            "engagement": -100 * np.expm1(-short / parameters().short_scale),
            "engagement_long": -100 * np.expm1(-long / parameters().long_scale),
            "purchase_rate": rates(out, clock)[0],
            "activity_rate": rates(out, clock)[1],
            "engagement_trend": recent / (recent + usual) if recent + usual > 0 else 0.0,
            "churn_score": _score(newest["segment"], out, clock),
        }

    def _clock(self, customer: int, offsets: Mapping[str, int]) -> int:
        partition = self._partitions[customer]
        ends = [(name, self._clocks.get((name, partition), _NONE)[:offset]) for name, offset in offsets.items()]
        return max(int(times[-1]) for _, times in ends if len(times))


def _catalogue(settings: Settings) -> dict[int, str]:
    """The categories of the products there are, by their newest versions."""
    schema, newest = records.schema(PRODUCTS.record), dict[int, dict[str, Any]]()
    for message in messages(settings, PRODUCTS):
        if message.value():
            value = wire.decode(message.value() or b"", schema)
            if value["version"] >= newest.get(value["product_id"], value)["version"]:
                newest[value["product_id"]] = value
    return {product: value["category"] for product, value in newest.items() if not value["deleted"]}


def _before(own: list[Record], offsets: Mapping[str, int]) -> list[Record]:
    return [record for record in own if record.offset < offsets[record.topic]]


def _events(own: list[Record]) -> list[Event]:
    out = []
    for _, _, value in own:
        if "transaction_id" in value:
            at, cents = _plain(value["ts"]), _plain(value["amount"])
            words = {"status": value["status"], "cents": cents, "product": value["product_id"]}
            out.append(Event(value["transaction_id"], value["customer_id"], at, **words))
        elif "interaction_id" in value:
            at = _plain(value["ts"])
            out.append(Event(value["interaction_id"], value["customer_id"], at, type=value["type"]))
    return out


def _counting(own: list[Record]) -> list[Event]:
    """What counts, each id once."""
    return distinct([event for event in _events(own) if event.counts])


_NONE: npt.NDArray[np.int64] = np.empty(0, np.int64)


def _score(segment: str, out: Mapping[str, Any], clock: int) -> float:
    model = churn_model()
    columns = [np.array([out[name]]) for name in ("active_days", "first_seen", "last_seen")]
    habit = model.habits(np.array([SEGMENTS.index(segment)]), *columns)
    return float(model.scores(habit, clock - columns[2])[0])


def _plain(value: Any) -> Any:
    """Times in ms, money in cents, nothing as -1."""
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, Decimal):
        return int(value * 100)
    return -1 if value is None else value


def _alike(one: Any, other: Any) -> bool:
    if isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-5, atol=1e-7))
    return bool(one == other)
