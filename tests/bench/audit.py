"""Whether what was acknowledged is there: ids from the producer, from the topics and from SQL, compared.

Ids are read from the bytes here, not with the decoder under test.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas import wire
from schemas.clients import reader_client
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TRANSACTIONS, Topic
from tests.support.partitions import partitions

#: Ids that are asked for, or looked up, at once.
PART_IDS = 2_000_000
#: The longest varint of 64 bits; a byte after which another one comes; where zigzag keeps the sign.
VARINT_BYTES, GOES_ON, SIGN = 10, b"\x80", np.uint64(1)


@dataclass(frozen=True)
class Audit:
    """What one stream's three lists of ids say about each other; all are numbers of records."""

    acknowledged: int
    missing_in_topic: int
    missing_in_table: int
    duplicates_visible: int
    repeats_in_topic: int

    @property
    def lost(self) -> int:
        """Acknowledged, but not there."""
        return max(self.missing_in_topic, self.missing_in_table)


def audit(settings: Settings, topic: Topic, acknowledged: NDArray[np.uint64]) -> Audit:
    """Compares the acknowledged ids of a stream (transactions or interactions) with topic and table.

    Of 30 million events it takes about a gigabyte: each list is sorted once, and gone before the next is read.
    """
    missing_in_topic, repeats = held_against(acknowledged, topic_ids(settings, topic))
    missing_in_table, visible = held_against(acknowledged, table_ids(settings, topic))
    return Audit(len(acknowledged), missing_in_topic, missing_in_table, visible, repeats)


def held_against(wanted: NDArray[np.uint64], found: NDArray[np.uint64]) -> tuple[int, int]:
    """How many of the wanted are not found, and how many of the found are repeats. `found` is sorted in place.

    numpy's own set operations hash whole numbers, which takes thirty times as long for millions of them.
    """
    found.sort()
    repeats = int(np.count_nonzero(found[1:] == found[:-1]))
    missing = 0
    for some in np.array_split(wanted, len(wanted) // PART_IDS + 1):
        part = np.sort(some)
        part = part[np.r_[True, part[1:] != part[:-1]]] if len(part) else part
        if not len(found):
            missing += len(part)
            continue
        places = np.minimum(np.searchsorted(found, part), len(found) - 1)
        missing += int(np.count_nonzero(found[places] != part))
    return missing, repeats


def table_ids(settings: Settings, topic: Topic) -> NDArray[np.uint64]:
    """The ids a reader sees, repeats included if he sees any; asked for by ranges of customers."""
    column = {TRANSACTIONS: "transaction_id", INTERACTIONS: "interaction_id"}[topic]
    with contextlib.closing(reader_client(settings)) as client:
        ((rows, last),) = client.query(f"SELECT count(), max(customer_id) FROM {topic.stream}").result_rows
        step = last // (rows // PART_IDS + 1) + 1
        parts = [
            client.query_arrow(
                f"SELECT {column} AS id FROM {topic.stream} WHERE customer_id BETWEEN {first} AND {first + step - 1}"
            )
            for first in range(0, last + 1, step)
        ]
    return np.concatenate([np.asarray(part.column("id").to_numpy(), dtype=np.uint64) for part in parts])


def topic_ids(settings: Settings, topic: Topic) -> NDArray[np.uint64]:
    """The id in every record of a topic from its beginning to its present end; what is no record is passed over."""
    found = [
        first_longs(message.value() for message in batch)
        for _, batches in partitions(settings, topic)
        for batch in batches
    ]
    return np.concatenate([np.empty(0, np.uint64), *found])


def first_longs(values: Iterable[bytes | None]) -> NDArray[np.uint64]:
    """The zigzag varint behind each value's header, which is the id in every event's schema.

    A value that has none, or a negative one, is passed over. Source: https://avro.apache.org/docs/1.12.0/specification/
    """
    begin, end = wire.HEADER.size, wire.HEADER.size + VARINT_BYTES
    heads = [value[begin:end].ljust(VARINT_BYTES, GOES_ON) for value in values if value and value[0] == wire.MAGIC]
    rows = np.frombuffer(b"".join(heads), np.uint8).reshape(-1, VARINT_BYTES)
    ends = rows < GOES_ON[0]
    mine = np.arange(VARINT_BYTES) <= ends.argmax(axis=1)[:, np.newaxis]
    shifts = np.arange(0, 7 * VARINT_BYTES, 7, dtype=np.uint64)
    zigzag = np.bitwise_or.reduce(np.where(mine, rows & 127, 0).astype(np.uint64) << shifts, axis=1)
    ids: NDArray[np.uint64] = zigzag[ends.any(axis=1) & (zigzag & SIGN == 0)] >> SIGN
    return ids
