"""What a worker does with batches: counts them, decides, publishes within its budget, takes snapshots.

It knows Kafka's producer and the disk, but not Faust; stream_processors.app feeds it.
"""

import logging
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from schemas import refusals
from schemas.codec.decode import Bad
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMERS
from stream_processors.catalogue import Catalogue
from stream_processors.churn.model import churn_model
from stream_processors.churn.watermark import LATENESS
from stream_processors.features.rows import feature_columns
from stream_processors.intake import INPUTS, Intake, Taken
from stream_processors.metrics import Collectors
from stream_processors.partition import Partition
from stream_processors.publisher import Epoch, Publisher
from stream_processors.recomputation.outcome import kept
from stream_processors.snapshots import Saved, SnapshotStore, Step

log = logging.getLogger(__name__)

#: By topic and partition.
Offsets = Mapping[tuple[str, int], int]

#: Version of the snapshots' content.
VERSION = 3
#: Share of the time that snapshots may take.
SNAPSHOT_SHARE = 0.05
#: Without records for so long, the backlog of features is sent regardless of the budget.
IDLE_SECONDS = 1.0
IDLE_ROWS = 10_000
#: Records of a topic that must all be bad before that is said aloud, and seconds between saying so.
ALL_BAD_AT = 1_000
ALL_BAD_EVERY = 60.0


class Worker:
    """The partitions of one process. All methods are called from one thread."""

    def __init__(
        self,
        settings: Settings,
        schema_ids: Mapping[str, int],
        topic_ids: Mapping[str, str],
        collectors: Collectors,
        catalogue: Catalogue | None = None,
    ) -> None:
        """`schema_ids` by stream; `topic_ids` by topic name: a topic made anew makes snapshots void.

        Without a catalogue no product is in a category.

        Raises:
            ContractError: a snapshot is of a newer version.
        """
        self._settings = settings
        self._collectors = collectors
        self._catalogue = catalogue
        self._model = churn_model()
        expected = {"version": VERSION, "model": self._model.version, "topics": dict(topic_ids)}
        folder = settings.home / "stream_processors" / (settings.topic_prefix or "_")
        self._store = SnapshotStore(folder, expected)
        self._store.refuse_newer()
        self._streams = {topic.name(settings): topic.stream for topic in INPUTS}
        self._names = {topic.stream: topic.name(settings) for topic in INPUTS}
        registry = Registry(settings)
        self._intakes = {
            topic.name(settings): Intake(topic, schema_ids[topic.stream], registry.parsed) for topic in INPUTS
        }
        for counter in (
            collectors.events, collectors.repeats, collectors.late, collectors.erased, collectors.dead_letters,
        ):  # fmt: skip
            for name in self._streams:
                counter.labels(name)  # from the start on: a rise from nothing to one could not be seen as one
        for name in self._streams:
            collectors.held.labels(name)
        self.publisher = Publisher(settings, schema_ids, collectors)
        self._writer = ThreadPoolExecutor(1, "snapshots")
        self.partitions: dict[int, Partition] = {}
        self._saved: dict[int, tuple[int, float]] = {}  # partition: (records, when)
        self._waiting: tuple[Step, Epoch] | None = None
        self._writing: Future[Saved] | None = None
        self._snapshot_cost = 0.0
        self._snapshots_from = 0.0
        self._allowance = 0.0
        self._last_pulse = self._last_record = time.monotonic()
        self._bad_in_a_row: dict[str, int] = {}
        self._said_all_bad = -ALL_BAD_EVERY

    @property
    def topics(self) -> frozenset[str]:
        """Names of the input topics."""
        return frozenset(self._streams)

    def assign(self, numbers: set[int], begins: Offsets, ends: Offsets) -> None:
        """Holds these partitions and no others; `begins`, `ends`: first and end offset of each (topic, partition)."""
        for number in set(self.partitions) - numbers:
            del self.partitions[number]
            self._unsay(number)
        for number in sorted(numbers - set(self.partitions)):
            partition = self._loaded(number, ends)
            self._skip_deleted(partition, begins)
            partition.profiles_until = ends.get((self._names[CUSTOMERS.stream], number), 0)
            partition.behind_until = {stream: ends.get((name, number), 0) for name, stream in self._streams.items()}
            self.partitions[number] = partition
            self._saved[number] = (partition.records, time.monotonic())
            for name in self._streams:
                self._say_lag(name, partition, ends.get((name, number), 0))

    def _skip_deleted(self, partition: Partition, begins: Offsets) -> None:
        """What Kafka keeps no more can't be counted, and must not be waited for."""
        for name, stream in self._streams.items():
            begin, position = begins.get((name, partition.number), 0), partition.positions[stream]
            if begin > position:
                log.warning(
                    "Partition %d: %s begins at %d, not %d: what Kafka has deleted is in no feature from now on, "
                    "not in all-time ones (orders, lifetime value, first seen) either.",
                    partition.number,
                    name,
                    begin,
                    position,
                )
                partition.positions[stream] = begin

    def _unsay(self, number: int) -> None:
        """Another worker speaks for the partition from now on."""
        for name in self._streams:
            self._collectors.lag.remove(name, str(number))
            self._collectors.held.labels(name).set(0)
        self._collectors.watermark_delay.remove(str(number))

    def _say_lag(self, topic: str, partition: Partition, end: int) -> int:
        lag = end - partition.positions[self._streams[topic]]
        self._collectors.lag.labels(topic, str(partition.number)).set(max(lag, 0))
        return lag

    def _say_backlog(self) -> None:
        waiting = sum(len(held.changes) for held in self.partitions.values())
        self._collectors.backlog.set(waiting + self.publisher.waiting)

    def _loaded(self, number: int, ends: Offsets) -> Partition:
        partition = Partition(number, self._model)
        if partition.load(self._store.load(number)):
            beyond = [
                name
                for name, stream in self._streams.items()
                if partition.positions[stream] > ends.get((name, number), partition.positions[stream])
            ]
            if not beyond:
                return partition
            log.warning("Partition %d: its snapshot is ahead of %s: rebuilt from the beginning", number, beyond)
            self._store.discard(number)
        self._collectors.rebuilds.inc()
        return Partition(number, self._model)

    def positions(self) -> dict[tuple[str, int], int]:
        """The first offset not yet counted of each (topic, partition) held."""
        return {
            (name, number): partition.positions[stream]
            for number, partition in self.partitions.items()
            for name, stream in self._streams.items()
        }

    def process(self, topic: str, number: int, records: list[Any], highwater: int) -> None:
        """Counts a batch of consumer records of one partition, in order; records counted before are left out.

        Raises:
            UnreachableError: the registry is needed and does not answer; nothing was counted.
            HeldError: too many records in a row cannot be used; nothing was counted.
        """
        partition = self.partitions.get(number)
        if partition is None:
            return
        stream = self._streams[topic]
        start = partition.positions[stream]
        if records[0].offset < start:
            records = [record for record in records if record.offset >= start]
            if not records:
                return
        began = time.perf_counter()
        taken = self._intakes[topic].take(records)
        decoded = time.perf_counter()
        self._limit(partition, topic, records, taken.bad)
        for bad in taken.bad:
            self.publisher.dead_letter(topic, number, records[bad.row], bad.reason)
        self._count(partition, topic, taken)
        partition.positions[stream] = records[-1].offset + 1
        self._last_record = time.monotonic()
        if stream in partition.watermark.times:
            latest = int(taken.columns["ts"].max()) if len(taken.record_times) else 0
            partition.watermark.read(stream, latest)
        self._collectors.decode.labels(topic).observe(decoded - began)
        self._collectors.update.labels(topic).observe(time.perf_counter() - decoded)
        self._collectors.events.labels(topic).inc(len(records))
        self._collectors.batch.labels(topic).observe(len(records))
        # Before the lag: whoever sees that all is counted must see as well what is not published.
        self._say_backlog()
        self.at_end(topic, number, highwater)
        self._say_if_all_bad(topic, len(records), len(taken.bad))

    def _limit(self, partition: Partition, topic: str, records: list[Any], bad: list[Bad]) -> None:
        stream, reasons = self._streams[topic], {item.row: item.reason for item in bad}
        limit, before = self._settings.dead_letter_run, partition.bad_in_a_row[stream]
        run, row = refusals.follow(before, sorted(reasons), len(records), limit)
        self._collectors.held.labels(topic).set(int(row is not None))
        if row is not None:
            place = f"{topic}/{partition.number}"
            raise refusals.held(self._settings, place, records[row].offset, run, reasons[row], records[0].offset)
        partition.bad_in_a_row[stream] = run

    def passed(self, topic: str, number: int, offset: int, highwater: int) -> None:
        """All before the offset is counted: what is left up to there holds no records."""
        partition = self.partitions.get(number)
        if partition is not None:
            stream = self._streams[topic]
            partition.positions[stream] = max(partition.positions[stream], offset)
            self.at_end(topic, number, highwater)

    def _count(self, partition: Partition, topic: str, taken: Taken) -> None:
        if not len(taken.record_times):
            return
        stream = self._streams[topic]
        if stream == CUSTOMERS.stream:
            gone = partition.customers(taken.columns, taken.record_times)
            for customer in gone.erased.tolist():
                self.publisher.forgotten(customer)
            for customer in gone.again.tolist():
                self.publisher.erased_again(customer)
            return
        applied = partition.events(stream, taken.columns)
        self._collectors.repeats.labels(topic).inc(applied.repeats)
        late = taken.columns["ts"] < partition.watermark.times[stream] - LATENESS
        self._collectors.late.labels(topic).inc(int(late.sum()))
        self._collectors.erased.labels(topic).inc(applied.erased)

    def _say_if_all_bad(self, topic: str, count: int, bad: int) -> None:
        self._bad_in_a_row[topic] = self._bad_in_a_row.get(topic, 0) + bad if bad == count else 0
        now = time.monotonic()
        if self._bad_in_a_row[topic] >= ALL_BAD_AT and now - self._said_all_bad >= ALL_BAD_EVERY:
            self._said_all_bad = now
            log.error(
                "The last %d records of %s all went to the dead letters: is another program writing there, "
                "or is C360_SCHEMA_REGISTRY_URL another registry than the producers'?",
                self._bad_in_a_row[topic],
                topic,
            )

    def at_end(self, topic: str, number: int, highwater: int | None, fetched: float | None = None) -> None:
        """Where a topic's partition ended at its last fetch, answered at `fetched` (Unix seconds), if that is known.

        It is told a few times a second, also while nothing is read.
        """
        partition = self.partitions.get(number)
        if partition is None or highwater is None:
            return
        stream, lag = self._streams[topic], self._say_lag(topic, partition, highwater)
        if stream in partition.watermark.times:
            partition.watermark.at_end(stream, lag <= 0, fetched)

    def pulse(self) -> None:
        """What is to be done a few times a second, whether records come or not."""
        now = time.monotonic()
        self.publisher.poll()
        for partition in self.partitions.values():
            for alert in partition.decide().alerts:
                self.publisher.alert(alert, int(partition.state.index.ids[alert.row]))
        self._recategorise()
        self._publish(now)
        self._say_backlog()
        self._snapshot(now)
        self._last_pulse = now

    def _recategorise(self) -> None:
        """Hands a changed catalogue to partitions that have caught up: before, a row with the categories of now could
        be for less of the input than a stored one, and lose to it."""
        catalogue = self._catalogue
        if catalogue is None:
            return
        catalogue.poll()
        late = [held for held in self.partitions.values() if held.catalogued != catalogue.generation and held.caught_up]
        if late and catalogue.complete:
            listed = catalogue.listed()
            for partition in late:
                partition.catalogue(catalogue.generation, listed)

    def _publish(self, now: float) -> None:
        rate = self._settings.feature_rows_per_second
        self._allowance = min(self._allowance + rate * (now - self._last_pulse), float(rate))
        idle = now - self._last_record >= IDLE_SECONDS
        most = IDLE_ROWS if idle else int(self._allowance)
        # The longest queue first, so that no partition's customers wait longer than need be.
        for partition in sorted(self.partitions.values(), key=lambda held: -len(held.changes)):
            if most <= 0 or not self.publisher.has_room:
                break
            sent = self._publish_some(partition, most)
            most -= sent
            self._allowance -= 0 if idle else sent

    def _publish_some(self, partition: Partition, most: int) -> int:
        share = most if len(self.partitions) == 1 else max(most // 2, min(most, 100))
        rows = partition.take(share)
        if not len(rows):
            return 0
        offsets = {self._names[stream]: offset for stream, offset in partition.positions.items()}
        columns = feature_columns(partition.state, rows, self._model, offsets)
        self.publisher.features(columns)
        partition.changes.bands[rows] = columns["churn_band"]
        return len(rows)

    def _snapshot(self, now: float) -> None:
        """At most one snapshot on its way: copied, then held until what it counts on is in Kafka, then written."""
        if self._writing is not None and self._writing.done():
            self._finished()
            # What it took, as a share of the time until the next one of any partition.
            self._snapshots_from = now + self._snapshot_cost / SNAPSHOT_SHARE
        if self._waiting is not None:
            step, epoch = self._waiting
            if epoch.left == 0:
                self._waiting = None
                self._writing = self._writer.submit(self._store.save, step)
            return
        if self._writing is not None or now < self._snapshots_from:
            return
        due = [
            partition
            for number, partition in self.partitions.items()
            if self._saved[number][0] != partition.records
            and now - self._saved[number][1] >= self._settings.snapshot_seconds
        ]
        if due:
            self._waiting = (
                self._taken(min(due, key=lambda held: self._saved[held.number][1])),
                self.publisher.close_epoch(),
            )

    def _taken(self, partition: Partition) -> Step:
        """A snapshot of now, to be saved before the next one is taken."""
        began = time.perf_counter()
        step = self._store.follow(partition.dump(whole=self._store.wants_whole(partition.number)))
        self._snapshot_cost = time.perf_counter() - began
        self._saved[partition.number] = (partition.records, time.monotonic())
        return step

    def _finished(self) -> None:
        """Takes the outcome of the snapshot that is being written, waiting for it where need be."""
        if self._writing is None:
            return
        writing, self._writing = self._writing, None
        try:
            saved = writing.result()
        except OSError as error:
            log.error("A snapshot cannot be written, the one before stays: %s. Is the disk full?", error)
            return
        self._snapshot_cost += saved.seconds
        self._collectors.snapshot_seconds.set(saved.seconds)
        self._collectors.snapshot_bytes.set(saved.size)

    def save_all(self, seconds: float) -> None:
        """Snapshots of all partitions now, for whoever goes on; what Kafka has not taken by then is sent again."""
        if self.publisher.flush(seconds):
            # The snapshot that waits goes on waiting: a later one knows nothing of what this one counts on.
            log.warning("Kafka has not taken everything within %.0f s: the last snapshots stay as they are", seconds)
            return
        self._finished()
        if self._waiting is not None:
            self._save(self._waiting[0])
            self._waiting = None
        for number, partition in self.partitions.items():
            if self._saved[number][0] != partition.records:
                self._save(self._taken(partition))

    def _save(self, step: Step) -> None:
        self._writing = self._writer.submit(self._store.save, step)
        self._finished()

    def gauge(self) -> None:
        """Sets the metrics that are looked up rather than counted."""
        now = time.monotonic()
        partitions = self.partitions.values()
        self._collectors.customers.set(sum(held.state.index.size for held in partitions))
        self._collectors.state_bytes.set(sum(held.nbytes for held in partitions))
        self._collectors.snapshot_age.set(max((now - self._saved[number][1] for number in self.partitions), default=0))
        wrong, at = kept(self._settings.home)
        self._collectors.mismatched.set(wrong)
        self._collectors.verified.set(at)
        for held in partitions:
            if watermark := held.watermark.value:
                delay = (held.state.clock - watermark) / 1000
                self._collectors.watermark_delay.labels(str(held.number)).set(delay)

    def close(self) -> None:
        """Last snapshots; the worker is of no use afterwards."""
        self.save_all(2.0)
        self._writer.shutdown()
        if self._catalogue is not None:
            self._catalogue.close()
        log.info("Stopped with %d records counted", sum(held.records for held in self.partitions.values()))
