"""Alerts held against those of a worker that reads everything anew, undisturbed."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from ops.stack import supervisor
from ops.stack.home import Home
from schemas import records, wire
from schemas.lag import end_offsets
from schemas.scrape import scrape
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS
from stream_processors.churn.watermark import LATENESS
from tests.chaos.faults import WORKER
from tests.chaos.look import State
from tests.chaos.recovery import STUCK_SECONDS, Standstill
from tests.oracle.topics import messages

#: What alerts with the same id must say alike.
SAID = ("customer_id", "kind", "as_of", "reason")
#: Longer than a decided alert takes to Kafka.
PUBLISHED_SECONDS = 3.0
#: How far it is, is said so often.
WORD_SECONDS = 30.0

#: By id, all that was said of it: more than one thing is a contradiction.
Alerts = dict[str, set[tuple[Any, ...]]]
Ends = Mapping[tuple[str, int], int]


def missing(settings: Settings, environment: Mapping[str, str], folder: Path, say: Callable[[str], None]) -> int:
    """Alerts that only one of the two has, or that say different things; the stack's own worker is stopped for it."""
    ends = quiet(settings)
    first = _alerts(settings, {})
    supervisor.halt(Home(settings.home), ["stream_processors"])
    with _worker(environment, folder):
        _counted(Progress(settings), say)
        quiet(settings)
    second = _alerts(settings, ends)
    if not first:
        raise RuntimeError("there are no alerts to compare")
    say(f"{len(first):,} alerts, {len(second):,} by an undisturbed worker")
    found = differing(first, second)
    for one in found:
        say(f"an alert differs: {first.get(one)} instead of {second.get(one)}")
    return len(found)


def differing(first: Alerts, second: Alerts) -> list[str]:
    """Ids of those that only one has, or that say different things, also within one of the two."""
    found = {one for one in first.keys() | second.keys() if first.get(one) != second.get(one)}
    return sorted(found | {one for one, said in first.items() if len(said) > 1})


def _counted(progress: Progress, say: Callable[[str], None]) -> None:
    """Returns once everything is counted, published and stored.

    Raises:
        RuntimeError: it comes no further.
    """
    stands, said = Standstill(time.monotonic()), time.monotonic()
    while not progress.done():
        now = time.monotonic()
        left = {"to count": progress.to_count(), "to publish": progress.to_publish(), "to store": progress.to_store()}
        state = State(now, left={what: count for what, count in left.items() if count is not None})
        if stands.seconds(state) > STUCK_SECONDS:
            raise RuntimeError(f"an undisturbed worker does not come to an end: {left}")
        if now > said + WORD_SECONDS:
            said = now
            say(f"  an undisturbed worker: {', '.join(f'{count:,} {what}' for what, count in state.left.items())}")
        time.sleep(0.5)  # between two looks


@contextlib.contextmanager
def _worker(environment: Mapping[str, str], home: Path) -> Iterator[None]:
    """One without snapshots, in the place of the stack's."""
    home.mkdir()
    with (home / "log").open("wb") as log:
        worker = subprocess.Popen(WORKER, env={**environment, "C360_HOME": str(home)}, stdout=log, stderr=log)
    try:
        yield
    finally:
        worker.kill()
        worker.wait()


def quiet(settings: Settings) -> Ends:
    """The ends of the alerts' partitions, once all that is decided behind the last events is decided and published."""
    until = time.monotonic() + STUCK_SECONDS
    while not _decided(settings):
        if time.monotonic() > until:
            raise RuntimeError("a worker does not come to decide all alerts")
        time.sleep(0.5)  # between two looks
    admin = AdminClient({**settings.kafka_client, "log_level": 0})
    ends: Ends = {}
    while (now := end_offsets(admin, [CHURN_ALERTS.name(settings)])) != ends:
        ends = now
        time.sleep(PUBLISHED_SECONDS)  # what is decided is on its way: there is nothing to ask
    return ends


def _decided(settings: Settings) -> bool:
    """Whether the watermark of every partition is as near to its newest event as it ever comes."""
    found = scrape(settings.stream_processors_metrics_port)
    delays = found.get("c360_stream_processors_watermark_delay_seconds", {})
    return bool(delays) and max(delays.values()) <= LATENESS / 1000


def _alerts(settings: Settings, after: Ends) -> Alerts:
    """By id, from these offsets on."""
    schema = records.schema(CHURN_ALERTS.record)
    found = [
        wire.decode(message.value() or b"", schema)
        for message in messages(settings, CHURN_ALERTS)
        if (message.offset() or 0) >= after.get((message.topic() or "", message.partition() or 0), 0)
    ]
    said: Alerts = {}
    for one in found:
        said.setdefault(one["alert_id"], set()).add(tuple(one[name] for name in SAID))
    return said
