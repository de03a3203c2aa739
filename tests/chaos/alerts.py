"""Alerts held against those of a worker that reads everything anew, undisturbed."""

import contextlib
import itertools
import math
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from ops.progress import Progress
from ops.stack import supervisor
from ops.stack.home import Home
from producers.world.people import FIRST_VERSION
from schemas import records, wire
from schemas.lag import end_offsets
from schemas.scrape import scrape
from schemas.settings import Settings
from schemas.topics import CHURN_ALERTS, CUSTOMERS
from stream_processors.churn.watermark import LATENESS
from tests.chaos.faults import WORKER
from tests.chaos.ground import Ground
from tests.chaos.look import State
from tests.chaos.poison import Place
from tests.chaos.recovery import STUCK_SECONDS, Standstill
from tests.chaos.sender import place
from tests.oracle.topics import messages
from tests.support.partitions import partitions

#: What alerts with the same id must say alike.
SAID = ("customer_id", "kind", "as_of", "reason", "lifetime_value")
#: And what follows from the segment too, a change of which has no watermark: of customers who never changed theirs.
BY_SEGMENT = ("segment", "score", "previous_score")
#: Scores are alike that differ by less.
NEAR = 1e-9
#: Longer than a decided alert takes to Kafka.
PUBLISHED_SECONDS = 3.0
#: How far it is, is said so often.
WORD_SECONDS = 30.0

#: What is said of an alert, in the order of SAID and, unless left out, BY_SEGMENT.
Words = tuple[Any, ...]
#: By id, all that was said of it: more than one thing is a contradiction.
Alerts = dict[str, set[Words]]
Ends = Mapping[tuple[str, int], int]


def found(
    stack: Ground, before: Ends, poison: Collection[Place], folder: Path, say: Callable[[str], None]
) -> dict[str, int]:
    """Alerts that only one of the two has, or that say different things; and how many came behind the ends `before`.

    The stack's own worker is stopped for it.
    """
    settings = stack.settings
    ends, moved = quiet(settings), moved_customers(settings, poison)
    first, streamed = _alerts(settings, {}, moved), _alerts(settings, before, moved)
    supervisor.halt(Home(settings.home), ["stream_processors"])
    with _worker(stack.environment, folder):
        _counted(Progress(settings), say)
        quiet(settings)
    second = _alerts(settings, ends, moved)
    if not first:
        raise RuntimeError("there are no alerts to compare")
    say(f"{len(first):,} alerts, {len(streamed):,} of them in the stream; {len(second):,} by an undisturbed worker")
    wrong = differing(first, second)
    for one in wrong:
        say(f"an alert differs: {first.get(one)} instead of {second.get(one)}")
    return {"alerts_missing": len(wrong), "alerts_in_stream": len(streamed)}


def differing(first: Alerts, second: Alerts) -> list[str]:
    """Ids of those that only one has, or that say different things, also within one of the two."""
    return sorted(
        one
        for one in first.keys() | second.keys()
        if one not in first or one not in second or not _alike(first[one] | second[one])
    )


def _alike(said: Collection[Words]) -> bool:
    """Whether all say the same, scores but for what is nothing."""
    return all(_same(*pair) for words in itertools.combinations(said, 2) for pair in zip(*words, strict=True))


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=NEAR, abs_tol=NEAR)
    return bool(one == other)


def moved_customers(settings: Settings, poison: Collection[Place]) -> frozenset[int]:
    """Customers who have been in more than one segment; where compaction has taken records, all who ever changed."""
    segments, later = defaultdict[int, set[str]](set), set[int]()
    schema, thinned = records.schema(CUSTOMERS.record), False
    for offsets, batches in partitions(settings, CUSTOMERS):
        seen = 0
        for message in itertools.chain.from_iterable(batches):
            seen += 1
            value = message.value()
            if value is not None and place(message) not in poison:
                one = wire.decode(value, schema)
                segments[one["customer_id"]].add(one["segment"])
                later |= {one["customer_id"]} if one["version"] > FIRST_VERSION else set()
        thinned |= seen < offsets
    return frozenset({one for one, some in segments.items() if len(some) > 1} | (later if thinned else set()))


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
    found: Ends = {}
    while (now := ends(settings)) != found:
        found = now
        time.sleep(PUBLISHED_SECONDS)  # what is decided is on its way: there is nothing to ask
    return found


def ends(settings: Settings) -> Ends:
    """Of the alerts' partitions."""
    return end_offsets(AdminClient({**settings.kafka_client, "log_level": 0}), [CHURN_ALERTS.name(settings)])


def _decided(settings: Settings) -> bool:
    """Whether the watermark of every partition is as near to its newest event as it ever comes."""
    found = scrape(settings.stream_processors_metrics_port)
    delays = found.get("c360_stream_processors_watermark_delay_seconds", {})
    return bool(delays) and max(delays.values()) <= LATENESS / 1000


def _alerts(settings: Settings, after: Ends, moved: Collection[int]) -> Alerts:
    """By id, from these offsets on; of customers who have `moved` without what follows from their segment."""
    schema = records.schema(CHURN_ALERTS.record)
    said: Alerts = {}
    for message in messages(settings, CHURN_ALERTS):
        topic, partition, offset = place(message)
        if offset >= after.get((topic, partition), 0):
            one = wire.decode(message.value() or b"", schema)
            names = SAID if one["customer_id"] in moved else (*SAID, *BY_SEGMENT)
            said.setdefault(one["alert_id"], set()).add(tuple(one[name] for name in names))
    return said
