"""Holds the Kafka engine at a stream when too many of its records in a row cannot be read, as a client stands still.

The engine itself knows no limit: it makes a dead letter of each, and goes on. So what it has stored is looked at, and
its view on the queue is taken away until what comes next can be read.
"""

import logging
import time
from collections.abc import Callable

from clickhouse_connect.driver.client import Client
from confluent_kafka import KafkaException

from schemas import refusals
from schemas.errors import UnreachableError, first_line
from schemas.groups import STORED
from schemas.settings import Settings
from schemas.topics import Topic
from sinks.background import Asking
from sinks.doors import shut
from sinks.holds import Hold, Run, beyond, is_new, longest, note, notes, streams
from sinks.ingest.metrics import held
from sinks.statements import door, sql, take
from sinks.trial import refusal
from sinks.turn import turn

log = logging.getLogger(__name__)

#: Between tries of what comes next, as the client's.
TRY_SECONDS = 5.0


class Limit(Asking):
    """Looks for runs that reach the limit. At rest it asks what is held, and what was unreadable just now."""

    name = "limit"

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(settings)
        self._clock = clock
        self._topics = {topic.stream: topic for topic in STORED}
        self._streams = {topic.name(settings): topic.stream for topic in STORED}
        self._due: dict[str, float] = {}  # when what comes next is tried, by stream that this process knows to be held
        self._refusals: dict[str, str] = {}  # what was said of it last
        for name in self._streams:
            held().labels(name).set(0)

    def ask(self, client: Client) -> None:
        """One look at what is held, and at what may have to be."""
        kept = notes(client)
        for stream, hold in streams(kept):
            self._keep(client, self._topics[stream], hold)
        found: dict[str, dict[int, Run]] = {}
        for name, partition, seen in client.query(sql("unreadable")).result_rows:
            of = self._streams.get(name)
            if of is not None and is_new(seen, kept.get(of)):
                found.setdefault(of, {})[partition] = self._run(client, name, partition)
        for stream, runs in found.items():
            if over := beyond(runs, self._settings.dead_letter_run):
                self._hold(client, self._topics[stream], over)

    def _run(self, client: Client, topic: str, partition: int) -> Run:
        words = {"topic": topic, "partition": partition}
        records, last, _ = client.query(sql("unreadable_run"), parameters=words).result_rows[0]
        return Run(records, last)

    def _hold(self, client: Client, topic: Topic, runs: dict[int, Run]) -> None:
        """Notes it before the engine is stopped: whoever starts after a death in between goes on with it."""
        note(client, topic.stream, Hold(runs))
        self._stop(client, topic)
        name = topic.name(self._settings)
        # What was stored until it stood still.
        runs = {partition: self._run(client, name, partition) for partition in runs}
        if not beyond(runs, self._settings.dead_letter_run):
            return self._release(client, topic)
        note(client, topic.stream, hold := Hold(runs, self._said(client, name, runs)))
        return self._say(topic, hold)

    def _keep(self, client: Client, topic: Topic, hold: Hold) -> None:
        """Sees to it that a held stream stands still and is said to, until it may go on."""
        if not beyond(hold.runs, self._settings.dead_letter_run):
            return self._release(client, topic)
        if not hold.said or client.query(sql("made"), parameters={"name": take(topic.stream)}).result_rows:
            return self._hold(client, topic, dict(hold.runs))
        if topic.stream not in self._due:
            return self._say(topic, hold)
        if self._clock() >= self._due[topic.stream]:
            self._due[topic.stream] = self._clock() + TRY_SECONDS
            return self._try(client, topic, hold)
        return None

    def _try(self, client: Client, topic: Topic, hold: Hold) -> None:
        """Lets the engine read on if what comes next can be read; why it cannot is said when it is another reason."""
        try:
            why = refusal(self._settings, topic, hold, client)
        except (UnreachableError, KafkaException) as error:
            why = first_line(error)
        if not why:
            return self._release(client, topic)
        if why != self._refusals.get(topic.stream):
            log.info("%s", why)
        self._refusals[topic.stream] = why
        return None

    def _said(self, client: Client, name: str, runs: dict[int, Run]) -> str:
        partition = longest(runs)
        records, last = runs[partition]
        words = {"topic": name, "partition": partition, "offset": last}
        rows = client.query(sql("unreadable_reason"), parameters=words).result_rows
        reason = str(rows[0][0]) if rows else "its reason is not stored"
        return str(refusals.held(self._settings, f"{name}/{partition}", last, records, reason, last + 1))

    def _say(self, topic: Topic, hold: Hold) -> None:
        log.error("%s", hold.said)
        held().labels(topic.name(self._settings)).set(1)
        self._due[topic.stream] = self._clock() + TRY_SECONDS

    def _stop(self, client: Client, topic: Topic) -> None:
        """Makes the queue anew without its view."""
        with turn(self._settings):
            shut(client, self._settings, topic)
            client.command(door(self._settings, topic)[0])

    def _release(self, client: Client, topic: Topic) -> None:
        """Lets the engine read on. Noted last: after a death in between it is held again, and tried again."""
        with turn(self._settings):
            if not client.query(sql("made"), parameters={"name": take(topic.stream)}).result_rows:
                client.command(door(self._settings, topic)[1])
            note(client, topic.stream, None)
        self._due.pop(topic.stream, None)
        name = topic.name(self._settings)
        held().labels(name).set(0)
        log.info("%s goes on: what comes next can be read, or the run is below the limit", name)
