"""Checks of what servers hold against the contract: topics, retention, schemas, tables. Of one that is down, none."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException, TopicPartition

from ops.doctor.finding import Finding
from ops.stack.status import part_statuses
from schemas.alignment import TopicState, states
from schemas.clients import writer_client
from schemas.errors import C360Error, WireError, first_line
from schemas.reading import messages, reader
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import INTERACTIONS, TOPICS, TRANSACTIONS, Topic
from schemas.wire import schema_id_of
from sinks.drift import drift
from sinks.holds import notes, streams
from sinks.migrate import existing
from sinks.reread import said_at, seen, torn_parts
from sinks.statements import is_by_client

Check = Callable[[Settings], Iterator[Finding]]

#: The longest window of the features: topics that keep less cannot make them anew.
WINDOW = timedelta(days=90)
#: Kafka refuses records that are dated an hour ahead of it; freshness is measured in tenths of a second.
CLOCK_SECONDS = 2.0
#: The engine that the tests run is 26.9; before 25.5 several views on one Kafka table could lose rows.
CLICKHOUSE = (25, 5)
MIGRATE = "Run: python -m sinks --migrate-only"
#: Of a partition, this many of its last records are looked at for one that has a value.
LAST = 10


def needs(*parts: str) -> Callable[[Check], Check]:
    """A check that is left out while one of these parts does not answer, which is a finding of its own."""

    def wrap(check: Check) -> Check:
        @functools.wraps(check)
        def wrapped(settings: Settings) -> Iterator[Finding]:
            found = part_statuses(settings, parts)
            if any(found[part].state not in {"running", "external"} for part in parts):
                return
            try:
                yield from check(settings)
            except (C360Error, ClickHouseError, KafkaException) as error:
                said = first_line(error)
                yield Finding(check.__name__, "cannot be looked at", f"{said} Then run 'c360 doctor' again.")

        return wrapped

    return wrap


@needs("kafka")
def topics(settings: Settings) -> Iterator[Finding]:
    """Each topic's partitions, copies and settings."""
    found = states(settings)
    wrong = [state for state in found if state.faults]
    for state in wrong:
        yield Finding(state.name, "; ".join(state.faults), _remedy(state))
    if not wrong:
        yield Finding("topics", f"{len(found)} as the contract has them")


def _remedy(state: TopicState) -> str:
    if not state.exists:
        return MIGRATE
    if state.differs:
        return "Run: c360 topics --apply"
    if state.partitions != state.wanted_partitions:
        return (
            f"Set C360_TOPIC_PARTITIONS={state.partitions}, as it is; more of them take new topics: docs/operations.md."
        )
    return "Give its partitions more copies (kafka-reassign-partitions), or lower C360_TOPIC_REPLICATION."


@needs("kafka", "clickhouse")
def retention(settings: Settings) -> Iterator[Finding]:
    """How far back topics reach, beside what tables hold and features look at."""
    configs = {state.name: state.config for state in states(settings)}
    kept = [(topic, *_limits(configs[topic.name(settings)])) for topic in (TRANSACTIONS, INTERACTIONS)]
    if all(age < 0 and size < 0 for _, age, size in kept):
        yield Finding("retention", "events are kept for ever")
        return
    oldest = _oldest(settings)
    for topic, age, size in kept:
        if age >= 0 or size >= 0:
            yield _kept(topic, age, size, oldest.get(topic.stream))


def _limits(config: Mapping[str, str]) -> tuple[int, int]:
    """Milliseconds, and bytes a partition; negative where there is no limit."""
    return int(config.get("retention.ms", -1)), int(config.get("retention.bytes", -1))


def _kept(topic: Topic, age: int, size: int, oldest: datetime | None) -> Finding:
    if age < 0:
        return Finding("retention", f"{topic.stream} are kept up to {size:,} bytes a partition, however old")
    reach = timedelta(milliseconds=age)
    detail = f"{topic.stream} are kept for {reach.total_seconds() / 86400:,.1f} days"
    if size >= 0:
        detail += f", and up to {size:,} bytes a partition"
    if oldest and oldest < datetime.now(UTC) - reach:
        detail += (
            f", tables have them since {oldest:%Y-%m-%d}: only a backup has all of both, "
            "and features that are computed anew count what is kept"
        )
    remedy = "Features look back 90 days: raise C360_TOPIC_RETENTION_MS, then run: c360 topics --apply"
    return Finding("retention", detail, remedy if reach < WINDOW else "")


def _oldest(settings: Settings) -> dict[str, datetime]:
    rows = _asked(settings, "oldest_events")
    return {stream: datetime.fromtimestamp(seconds, UTC) for stream, seconds, count in rows if count}


@needs("kafka", "registry")
def schemas(settings: Settings) -> Iterator[Finding]:
    """Each topic's schema of today, and whether the registry knows what its newest records were written by."""
    well = True
    there = {state.name for state in states(settings) if state.exists}
    with Registry(settings) as registry:
        for topic in TOPICS:
            if registry.registered(topic) is None:
                well = False
                yield Finding(topic.subject(settings), "the registry does not have its schema of this version", MIGRATE)
            for fault in _foreign(settings, registry, topic) if topic.name(settings) in there else ():
                well = False
                yield Finding(
                    topic.name(settings),
                    fault,
                    "The registry has lost or never had it: restore its data, or set C360_SCHEMA_REGISTRY_URL to the "
                    "one that these records were written by.",
                )
    if well:
        yield Finding("schemas", f"{len(TOPICS)} registered, and the newest records are written by them")


def _foreign(settings: Settings, registry: Registry, topic: Topic) -> Iterator[str]:
    ours = schema(topic.record)["name"]
    for number, schema_id in sorted(_newest_ids(settings, topic).items()):
        try:
            name = registry.parsed(schema_id)["name"]
        except WireError as error:
            yield f"partition {number}: {error}"
            continue
        if name != ours:
            yield f"partition {number}: its newest record has schema {schema_id}, which is {name} in the registry"


def _newest_ids(settings: Settings, topic: Topic) -> dict[int, int]:
    """The schema id of each partition's newest record that has one."""
    consumer = reader(settings, f"{settings.topic_prefix}doctor")
    found = {}
    try:
        name = topic.name(settings)
        for number in consumer.list_topics(name, 10).topics[name].partitions:
            begin, end = consumer.get_watermark_offsets(TopicPartition(name, number), 10)
            at = max(begin, end - LAST)
            consumer.assign([TopicPartition(name, number, at)])
            for batch in messages(consumer, name, at, end):
                for value in (message.value() for message in batch):
                    if isinstance(value, bytes) and (schema_id := _schema_id(value)) is not None:
                        found[number] = schema_id
    finally:
        consumer.close()
    return found


def _schema_id(value: bytes) -> int | None:
    """None for what is none of ours: a dead letter already."""
    try:
        return schema_id_of(value)
    except WireError:
        return None


@needs("clickhouse")
def tables(settings: Settings) -> Iterator[Finding]:
    """Tables, views, rollups and the way in, beside the DDL."""
    with contextlib.closing(writer_client(settings)) as client:
        found = list(drift(client, settings))
    yield from (Finding("tables", difference, MIGRATE) for difference in found)
    if not found:
        yield Finding("tables", "as this version's DDL has them")


@needs("clickhouse")
def held(settings: Settings) -> Iterator[Finding]:
    """Streams that ClickHouse does not take in, since too much of them could not be read."""
    if is_by_client(settings):
        return
    with contextlib.closing(writer_client(settings)) as client:
        found = list(streams(notes(client))) if "installation" in existing(client, settings) else []
    for stream, hold in found:
        said = hold.said or f"{stream} is about to stand still: too many of its records in a row cannot be read"
        yield Finding(
            "dead letters", said, "See ConsumerHeld in docs/runbook.md; 'c360 logs sinks' says if it goes on."
        )


@needs("clickhouse")
def torn(settings: Settings) -> Iterator[Finding]:
    """What a power cut or a full disk has kept from the disk, as far as the server has found it: it is in Kafka."""
    is_by_hand = is_by_client(settings) or bool(settings.clickhouse_cluster)
    with contextlib.closing(writer_client(settings)) as client:
        known = seen(client).parts if "installation" in existing(client, settings) else frozenset()
        there = torn_parts(client)
    for table in sorted({part.table for part in there}):
        parts = [part for part in there if part.table == table]
        # Who sees to them would have by now.
        is_missed = any(not part.is_recent and part.key not in known for part in parts)
        again = (
            "Read its topic again from some minutes before the server ended (c360 reset-offsets); then"
            if is_by_hand or is_missed
            else "python -m sinks has its topic read again ('c360 logs sinks'); once 'c360 status' shows no lag"
        )
        since = said_at(min(part.at for part in parts))
        yield Finding(
            table,
            f"{len(parts)} parts were torn at a start and put aside, the first at {since}",
            f"{again}, as the writer: ALTER TABLE {table} DROP DETACHED PARTITION ALL SETTINGS allow_drop_detached = 1",
        )


@needs("clickhouse")
def readers(settings: Settings) -> Iterator[Finding]:
    """Why ClickHouse's own Kafka tables do not take in what they read, if they do not: they try again for ever."""
    if is_by_client(settings):
        return
    for table, since, said in _asked(settings, "readers"):
        yield Finding(
            table,
            f"what it read is not stored, the last time at {since}: {said}",
            "Mend that: a registry or a disk, most often. It goes on by itself, and nothing is lost.",
        )


@needs("clickhouse")
def clickhouse(settings: Settings) -> Iterator[Finding]:
    """Its version, and its clock beside ours."""
    before = time.time()
    [(version, then)] = _asked(settings, "server")
    off = max(before - then, then - time.time(), 0.0)
    old = tuple(int(part) for part in version.split(".")[:2]) < CLICKHOUSE
    remedy = f"Upgrade it to {CLICKHOUSE[0]}.{CLICKHOUSE[1]} or newer: earlier ones may lose rows." if old else ""
    yield Finding("ClickHouse", f"version {version}", remedy)
    yield Finding(
        "clock",
        f"{off:.1f} s between this machine and ClickHouse",
        "Let both keep time (chrony, systemd-timesyncd)." if off > CLOCK_SECONDS else "",
    )


def _asked(settings: Settings, name: str) -> list[Any]:
    sql = (resources.files("ops.doctor") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    with contextlib.closing(writer_client(settings)) as client:
        return list(client.query(sql).result_rows)


CHECKS: tuple[Check, ...] = (topics, retention, schemas, tables, held, torn, readers, clickhouse)
