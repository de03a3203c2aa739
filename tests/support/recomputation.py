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
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from stream_processors.churn.model import SEGMENTS, churn_model
from stream_processors.features.parameters import parameters
from tests.oracle.topics import messages
from tests.unit.stream_processors.features.brute import Event, decayed, recompute


class Record(NamedTuple):
    """One record of an input topic, named by its full name."""

    topic: str
    offset: int
    value: dict[str, Any]

    def is_before(self, offsets: Mapping[str, int]) -> bool:
        """Whether a row that is true for these offsets counts it."""
        return self.offset < offsets[self.topic]


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
        #: The latest event time up to each record of a topic's partition.
        self._clocks = {where: np.maximum.accumulate(np.array(found)) for where, found in times.items()}

    def mismatches(self, rows: Mapping[int, dict[str, Any]]) -> list[str]:
        """What differs, in words; `rows` is the newest row of each customer."""
        acted = {customer for customer, own in self.records.items() if self.acted(own)}
        found = [f"customer {customer} is in the features or in the events alone" for customer in acted ^ rows.keys()]
        for customer in sorted(acted & rows.keys()):
            row = rows[customer]
            expected = self._expected(customer, row)
            found += [
                f"customer {customer}: {name} is {row[name]}, not {value}"
                for name, value in expected.items()
                if not _alike(_plain(row[name]), value)
            ]
        return found

    def acted(self, own: list[Record]) -> bool:
        """Whether a customer with these records has features."""
        return any(event.counts for event in self._events(own))

    def _expected(self, customer: int, row: dict[str, Any]) -> dict[str, Any]:
        offsets, clock = row["input_offsets"], _plain(row["as_of"])
        own = self.records[customer]
        events = self._events(own)
        out = recompute(events, customer, clock)
        short, long = (decayed(events, customer, clock, days) for days in (7, 90))
        recent, usual = short / 7, long / 90
        profiles = [each for each in own if each.topic == self._names[CUSTOMERS] and each.is_before(offsets)]
        segment = max(profiles, key=lambda each: each.value["version"]).value["segment"] if profiles else SEGMENTS[0]
        score = _score(segment, out, clock)
        return out | {
            "as_of": self._clock(customer, offsets),
            "segment": segment,
            "engagement": -100 * np.expm1(-short / parameters().scale),
            "engagement_trend": recent / (recent + usual) if recent + usual > 0 else 0.0,
            "churn_score": score,
        }

    def _clock(self, customer: int, offsets: Mapping[str, int]) -> int:
        partition = self._partitions[customer]
        ends = [(name, self._clocks.get((name, partition), _NONE)[:offset]) for name, offset in offsets.items()]
        return max(int(times[-1]) for _, times in ends if len(times))

    def _events(self, own: list[Record]) -> list[Event]:
        """All of a customer: a row that leaves one out is behind, which is a mismatch."""
        out = []
        for _, _, value in own:
            if "transaction_id" in value:
                at, cents = _plain(value["ts"]), _plain(value["amount"])
                number, customer = value["transaction_id"], value["customer_id"]
                out.append(Event(number, customer, at, status=value["status"], cents=cents))
            elif "interaction_id" in value:
                at = _plain(value["ts"])
                out.append(Event(value["interaction_id"], value["customer_id"], at, type=value["type"]))
        return out


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
