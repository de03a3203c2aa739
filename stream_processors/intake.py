"""Batches of records of the input topics as columns; what cannot be used is told apart with the reason."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.codec.decode import EMPTY, Bad, ColumnDecoder
from schemas.ids import LAST_VERSION, MAX_ENTITY
from schemas.records import precision
from schemas.topics import CUSTOMERS, EARLIEST_MS, INTERACTIONS, PRODUCTS, TIMESTAMP_LEAD_MS, TRANSACTIONS, Topic

#: Topics that carry events, and all that are read.
EVENTS = (TRANSACTIONS, INTERACTIONS)
INPUTS = (CUSTOMERS, *EVENTS)
#: All whose records are checked; the catalogue reads products by itself.
CHECKED = (*INPUTS, PRODUCTS)

#: Cents that an amount stays below by its schema, which Avro's bytes don't hold anybody to.
AMOUNT_LIMIT = 10 ** precision("transaction", "amount")

_FIELDS = {
    CUSTOMERS.stream: ("customer_id", "segment", "version", "deleted"),
    TRANSACTIONS.stream: ("transaction_id", "customer_id", "product_id", "amount", "status", "ts"),
    PRODUCTS.stream: ("product_id", "version"),
    INTERACTIONS.stream: ("interaction_id", "customer_id", "product_id", "type", "duration_seconds", "ts"),
}

_VALUE, _TIMESTAMP = attrgetter("value"), attrgetter("timestamp")

#: Fields that hold no number below zero, and what they are called.
_NOT_NEGATIVE = {
    "transaction_id": "event id",
    "interaction_id": "event id",
    "duration_seconds": "duration",
    "version": "version",
}


class Taken(NamedTuple):
    """Columns of the records that can be used, the Kafka times (ms) of these, and the others."""

    columns: dict[str, npt.NDArray[Any]]
    record_times: npt.NDArray[np.int64]
    bad: list[Bad]


class Intake:
    """Decodes and checks the records of one topic."""

    def __init__(self, topic: Topic, schema_id: int, writer: Callable[[int], Any]) -> None:
        """`writer` answers the schema of another id, see ColumnDecoder."""
        self._stream = topic.stream
        self._decoder = ColumnDecoder(topic.record, schema_id, writer, _FIELDS[topic.stream])

    def take(self, records: Sequence[Any]) -> Taken:
        """The columns of consumer records (value, timestamp).

        Raises:
            UnreachableError: a record has an unknown schema and the registry does not answer.
        """
        decoded = self._decoder.decode(list(map(_VALUE, records)))
        times = np.fromiter(map(_TIMESTAMP, records), np.int64, len(records))
        bad = decoded.bad
        if bad and self._stream == CUSTOMERS.stream:
            # What compaction needs after a deletion says nothing new.
            bad = [item for item in bad if item.reason != EMPTY]
        columns, rows = decoded.columns, decoded.rows
        if not len(rows):
            return Taken(columns, times[:0], bad)
        times = times[rows]
        wrong = _wrong(columns, times)
        if wrong:
            keep = np.ones(len(rows), np.bool_)
            for reason, mask in wrong.items():
                bad = bad + [Bad(row, reason) for row in rows[mask & keep].tolist()]
                keep &= ~mask
            columns, times = {name: column[keep] for name, column in columns.items()}, times[keep]
        return Taken(columns, times, bad)


def _wrong(columns: dict[str, npt.NDArray[Any]], times: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.bool_]]:
    """Masks of well-formed records that make no sense, by reason; sinks/ddl/checks keeps out the same."""
    masks = {}
    for name, what in _NOT_NEGATIVE.items():
        if name in columns:
            masks[f"the {what} is negative"] = columns[name] < 0
    for name, what in (("customer_id", "customer"), ("product_id", "product")):
        if name in columns:
            masks[f"the {what} id is not 1 to {MAX_ENTITY}"] = (columns[name] < 1) | (columns[name] > MAX_ENTITY)
    if "version" in columns:
        versions = columns["version"]
        masks[f"the version is more than {LAST_VERSION}"] = versions > LAST_VERSION
        if "deleted" in columns:
            spared = (versions == LAST_VERSION) & ~columns["deleted"]
            masks[f"the version is {LAST_VERSION}, which is for those who are erased for good"] = spared
    if "amount" in columns:
        amounts = columns["amount"]
        masks["the amount has more digits than its schema allows"] = (amounts <= -AMOUNT_LIMIT) | (
            amounts >= AMOUNT_LIMIT
        )
    if "ts" in columns:
        masks["the event time is before the year 2000"] = columns["ts"] < EARLIEST_MS
        ahead = columns["ts"] > times + TIMESTAMP_LEAD_MS
        masks["the event time is more than an hour ahead of the record's timestamp"] = ahead
    return {reason: mask for reason, mask in masks.items() if mask.any()}
