"""Lets tables read a topic again from an offset or a time. Repeats count once."""

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # missing from its stubs

from schemas.clients import writer_client
from schemas.errors import C360Error, UsageError, no_kafka
from schemas.groups import clickhouse_group
from schemas.lag import committed, listed_offsets
from schemas.moments import moment
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.doors import drop
from sinks.migrate import INGESTION, bring_up, forget
from sinks.readers import LEAVE_SECONDS, POLL_SECONDS, refuse_readers
from sinks.statements import is_by_client, table_stem
from sinks.turn import turn

TIMEOUT_SECONDS = 10.0

Offsets = Mapping[int, int]
"""An offset for each partition."""


@dataclass(frozen=True)
class Span:
    """What a partition has, and where its reader is: offsets."""

    begin: int
    end: int
    at: int

    @property
    def next(self) -> int:
        """The oldest record that is there and not stored yet; Kafka may have deleted some that the reader never saw."""
        return max(self.begin, self.at)

    def back_to(self, offset: int) -> int:
        """That one, if it is there and not ahead of the reader."""
        return max(self.begin, min(offset, self.next))


class Reset:
    """One stream's way in, read again from elsewhere."""

    def __init__(self, here: Settings, topic: Topic) -> None:
        self._here, self._topic = here, topic
        self._name = topic.name(here)
        self._group = clickhouse_group(here, topic)
        self._admin = AdminClient({**here.kafka_client, "log_level": 0})

    def spans(self) -> dict[int, Span]:
        """What there is in each partition.

        Raises:
            UnreachableError: Kafka does not answer.
            C360Error: there is no such topic.
        """
        try:
            there = self._admin.list_topics(self._name, timeout=TIMEOUT_SECONDS).topics[self._name].partitions
            begins, ends = (self._asked(there, spec) for spec in (OffsetSpec.earliest(), OffsetSpec.latest()))  # type: ignore[no-untyped-call]  # upstream's
            done = committed(self._here, self._group, [TopicPartition(self._name, number) for number in there])
        except KafkaException as error:
            raise no_kafka(self._here.bootstrap, error.args[0].str()) from None
        if not there:
            raise C360Error(f"There is no topic {self._name}. 'c360 up', or python -m sinks, makes it.")
        return {
            number: Span(begins[number], ends[number], done.get((self._name, number), begins[number]))
            for number in there
        }

    def at_time(self, moment: datetime, spans: Mapping[int, Span]) -> dict[int, int]:
        """The first offset of each partition whose record is not older; where its reader is, if that comes first."""
        found = self._asked(spans, OffsetSpec.for_timestamp(int(moment.timestamp() * 1000)))
        return {
            number: spans[number].next if offset < 0 else spans[number].back_to(offset)
            for number, offset in found.items()
        }

    @property
    def doors(self) -> list[str]:
        """What lets events in, in the order in which it is shut."""
        doors = [f"take_{table_stem(self._topic)}", f"queue_{table_stem(self._topic)}"]
        return doors[::-1] if is_by_client(self._here) else doors

    def alter(self, offsets: Offsets) -> None:
        """Moves the group, once it has no member.

        Raises:
            C360Error: the group does not come free, or Kafka refuses.
        """
        places = [TopicPartition(self._name, number, offset) for number, offset in offsets.items()]
        until = time.monotonic() + LEAVE_SECONDS
        while True:
            wanted = ConsumerGroupTopicPartitions(self._group, places)
            future = self._admin.alter_consumer_group_offsets([wanted], request_timeout=TIMEOUT_SECONDS)[self._group]
            try:
                refused = [place.error for place in future.result().topic_partitions if place.error]
            except KafkaException as error:
                refused = [error.args[0]]
            if not refused:
                return
            # Kafka lets nobody move a group that still has a member.
            if time.monotonic() > until:
                raise C360Error(
                    f"Kafka does not move the group {self._group}: {refused[0].str()}. If a process of yours reads "
                    "for it, end it first, and start it afterwards."
                )
            time.sleep(POLL_SECONDS)

    def _asked(self, partitions: Iterable[int], spec: OffsetSpec) -> dict[int, int]:
        wanted = [TopicPartition(self._name, number) for number in partitions]
        return {number: offset for (_, number), offset in listed_offsets(self._admin, wanted, spec).items()}


def move(here: Settings, moved: Mapping[Reset, Offsets]) -> None:
    """Takes ways in down, moves their groups, and makes the ways in anew, whatever happens in between.

    Raises:
        C360Error: a client takes events in, a group does not come free, or Kafka refuses.
    """
    with contextlib.closing(writer_client(here)) as client, turn(here):
        refuse_readers(client, here)
        # What has been lost already is noted; what is taken down now is not.
        bring_up(client, here)
        forget(client, INGESTION)
        try:
            drop(client, here, (door for reset in moved for door in reset.doors))
            for reset, offsets in moved.items():
                reset.alter(offsets)
        finally:
            bring_up(client, here)


def moment_of(text: str) -> datetime:
    """What --to-datetime says; UTC, if it says no zone.

    Raises:
        UsageError: it is no time.
    """
    try:
        return moment(text)
    except ValueError:
        raise UsageError(f"--to-datetime has the value {text!r}: expected ISO 8601, as 2026-01-31T12:00:00Z.") from None


def offsets_of(places: Iterable[str], spans: Mapping[int, Span]) -> dict[int, int]:
    """What --to-offset says, each PARTITION:OFFSET.

    Raises:
        UsageError: there is no such place, or records would be skipped that nobody has stored.
    """
    found = {}
    for place in places:
        number, _, offset = place.partition(":")
        if not (number.isdigit() and offset.isdigit()):
            raise UsageError(f"--to-offset has the value {place!r}: expected PARTITION:OFFSET, as 0:1200.")
        span = spans.get(int(number))
        if span is None:
            raise UsageError(f"--to-offset has the value {place!r}: the partitions are 0 to {len(spans) - 1}.")
        if not span.begin <= int(offset) <= span.end:
            raise UsageError(f"--to-offset has the value {place!r}: there are offsets {span.begin} to {span.end}.")
        if (skipped := int(offset) - span.next) > 0:
            raise UsageError(
                f"--to-offset has the value {place!r}: {skipped:,} records that are not stored yet would be skipped. "
                f"Tables have read up to offset {span.next}: go to that or an earlier one."
            )
        found[int(number)] = int(offset)
    return found
