"""Poison as it was sent, and as the dead letters have it: the same records, of which the same readers say why not."""

import contextlib
from collections import Counter
from typing import NamedTuple

from schemas.clients import writer_client
from schemas.groups import PROCESSED
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.refused import STAGE as SINKS
from stream_processors.publisher import STAGE as STREAM_PROCESSORS
from tests.chaos.files import text

#: Topic, partition, offset.
Place = tuple[str, int, int]


class Poison(NamedTuple):
    """A record that cannot be used; `readers`: those who say so, in order."""

    place: Place
    key: bytes | None
    value: bytes | None
    readers: tuple[str, ...]


def readers(topic: Topic) -> tuple[str, ...]:
    """Who refuses what is bad in a topic: all who take it in but the catalogue of products, which passes it over."""
    return (SINKS, STREAM_PROCESSORS) if topic in PROCESSED else (SINKS,)


def letters(settings: Settings) -> Counter[Poison]:
    """What the dead letters have."""
    formats: dict[str, str | dict[str, str]] = {"key": "bytes", "value": "bytes"}
    with contextlib.closing(writer_client(settings)) as client:
        rows = client.query(text("letters.sql"), column_formats=formats).result_rows
    return Counter(
        Poison((topic, partition, offset), key, value, tuple(stages))
        for topic, partition, offset, key, value, stages in rows
    )


def apart(one: Counter[Poison], other: Counter[Poison]) -> int:
    """How many records only one of them has so, or has more often: what differs at one place counts twice."""
    return ((one - other) + (other - one)).total()
