"""At which streams the Kafka engine stands still: noted in ClickHouse, so that whoever starts or looks knows of it.

A held stream lacks its view on the queue and nothing else: the engine reads nothing for a queue that has none.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from clickhouse_connect.driver.client import Client

from schemas.settings import Settings
from sinks import installation
from sinks.statements import is_by_client, sql, take

PREFIX = "held "


class Run(NamedTuple):
    """Records at the end of what a partition has stored that could not be read, and the offset of the last one."""

    records: int
    last: int


class Hold(NamedTuple):
    """The partitions whose runs reached the limit, and what is said of it; empty while that is not known yet."""

    runs: Mapping[int, Run]
    said: str = ""


class Note(NamedTuple):
    """What is noted of a stream, and when, in ms of ClickHouse's clock; `hold` is None once it has ended."""

    hold: Hold | None
    at: int


def notes(client: Client) -> dict[str, Note]:
    """Of each stream that is held, or was."""
    rows = client.query(sql("holds"), parameters={"prefix": PREFIX}).result_rows
    return {str(name).removeprefix(PREFIX): Note(_read(value), int(at)) for name, value, at in rows}


def note(client: Client, stream: str, hold: Hold | None) -> None:
    """Keeps that a stream is held, or is no more."""
    value = "" if hold is None else json.dumps({"said": hold.said, "runs": hold.runs})
    installation.note(client, PREFIX + stream, value)


def lacking(client: Client, settings: Settings) -> frozenset[str]:
    """The views that are not there because their streams are held; a client has a hold of its own."""
    if is_by_client(settings):
        return frozenset()
    return frozenset(take(stream) for stream, kept in notes(client).items() if kept.hold is not None)


def beyond(runs: Mapping[int, Run], limit: int) -> dict[int, Run]:
    """The partitions whose runs have reached the limit; none where there is no limit (0)."""
    return {partition: run for partition, run in runs.items() if limit and run.records >= limit}


def is_new(seen: int, kept: Note | None) -> bool:
    """Whether what was unreadable at a moment may hold its stream: what was there when a hold ended may not again."""
    return kept is None or (kept.hold is None and seen > kept.at)


def longest(runs: Mapping[int, Run]) -> int:
    """The partition with the most records in a row."""
    return max(runs, key=lambda partition: runs[partition])


def _read(value: str) -> Hold | None:
    if not value:
        return None
    kept = json.loads(value)
    return Hold({int(partition): Run(*run) for partition, run in kept["runs"].items()}, kept["said"])


def streams(kept: Mapping[str, Note]) -> Iterable[tuple[str, Hold]]:
    """Those that are held now."""
    return [(stream, one.hold) for stream, one in kept.items() if one.hold is not None]
