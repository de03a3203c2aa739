"""One replay: each file read, shaped, numbered and sent, and noted as done once Kafka has confirmed all of it."""

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl
from pyroaring import BitMap

from producers.delivery import MESSAGE_TIMEOUT_MS, Delivery
from producers.guard import Guard
from producers.replay.account import Account, Shown
from producers.replay.dictionary import Dictionary
from producers.replay.encoding import Encoder, Ready
from producers.replay.entities import KINDS, Entities
from producers.replay.ids import Ids, Numbers
from producers.replay.index import Index
from producers.replay.jobs import Job
from producers.replay.pace import Pace
from producers.replay.reading import Table, tables
from producers.replay.rejects import Rejects
from producers.replay.shaping import DAY_MS, Reject, Shaper, meant
from schemas.errors import C360Error
from schemas.topics import EARLIEST_MS

#: Rows of missing customers and products sent at a time.
BATCH = 50_000
LAST_SECONDS = 30.0
#: Time between positions that are kept inside a file.
KEEP_SECONDS = 5.0


@dataclass
class Out:
    """Where records go; without a delivery (a trial) nowhere."""

    delivery: Delivery | None
    topics: Mapping[str, str]
    pace: Pace
    account: Account
    stopped: Callable[[], bool]
    guard: Guard | None = None

    def send(self, ready: Ready) -> None:
        """Lets records leave when it is their time.

        Raises:
            UsageError: their topic would not keep them.
            C360Error: Kafka does not take them.
        """
        at, stream = 0, ready.stream
        if self.guard and ready.stamps:
            self.guard.admit_more(stream, min(ready.stamps), self.account.streams[stream] + len(ready.stamps))
        while at < len(ready.values) and not self.stopped():
            end = at + (self.pace.allow(ready.stamps[at:]) if self.delivery else len(ready.values))
            if end > at and self.delivery:
                part = slice(at, end)
                done = self.delivery.send(self.topics[stream], ready.values[part], ready.keys[part], ready.stamps[part])
                self.delivery.poll()
                self.account.sent += done
                self.account.streams[stream] += done
                self._check()
            at = end

    def settle(self) -> bool:
        """Waits until all is confirmed; False if it is not, as the replay has been stopped.

        Raises:
            C360Error: Kafka does not take it.
        """
        if self.delivery is None:
            return not self.stopped()
        seconds = LAST_SECONDS if self.stopped() else MESSAGE_TIMEOUT_MS / 1000 + 10
        self.delivery.finish(seconds)
        self.account.acknowledged = self.account.sent - self.delivery.failed
        self.account.failed = self.delivery.failed
        if not self.stopped():
            self._check()
        return not self.stopped()

    def _check(self) -> None:
        if self.delivery is None or not self.delivery.failed:
            return
        self.account.failed, self.account.acknowledged = self.delivery.failed, self.delivery.acknowledged
        raise C360Error(
            f"Kafka did not take {self.delivery.failed:,} records ({self.delivery.reason}). See that it answers "
            "('c360 status', 'c360 logs kafka') and run it again: it goes on from the position it kept."
        )


class Replay:
    """Takes jobs one by one."""

    def __init__(
        self,
        index: Index,
        numbers: Numbers,
        source: int,
        encoder: Encoder,
        out: Out,
        rejects: Rejects,
        there: Callable[[str], BitMap],
        now: int,
    ) -> None:
        """`there`: ids that a topic has records of, by stream; `now` in ms."""
        self._there = there
        self._index, self._numbers, self._source, self._encoder = index, numbers, source, encoder
        self._out, self._rejects, self._now = out, rejects, now
        self._account = out.account
        self._entities = {stream: Entities(stream, index) for stream in KINDS}
        self._sorted = False
        self._noted = time.monotonic()

    def run(self, todo: list[Job], again: bool, in_order: bool, shown: Shown) -> None:
        """Does the jobs, then makes what they refer to and nobody gives.

        Raises:
            C360Error: a file cannot be read, too many rows are bad, or Kafka refuses.
        """
        self._sorted = in_order
        for job in todo:
            digest = job.file.digest()
            if self._done(job, digest, again):
                self._account.skipped_files += 1
                shown.say(f"{job.file.path}: replayed before; --again sends it once more")
            elif not self._out.stopped():
                self._one(job, digest, shown, again)
            shown.past(job.file.size)
        if not self._out.stopped():
            self._make(shown)

    def _done(self, job: Job, digest: str, again: bool) -> bool:
        noted = self._index.get(f"done.{digest}.{job.feed.stream}")
        if noted is None or again:
            return False
        if noted.decode() != job.mark:
            raise C360Error(
                f"{job.file.path} was replayed before, with another mapping: its events would keep their ids with "
                "other content. --again sends them all the same; tables keep what comes last, features what came first."
            )
        return True

    def _one(self, job: Job, digest: str, shown: Shown, again: bool) -> None:
        shaper = Shaper(job.feed, self._now)
        ids = Ids(self._numbers, self._source, job.namespace, digest, job.feed)
        place = f"at.{digest}.{job.feed.stream}"
        reached, last = 0 if again else self._reached(place, job), 0
        with contextlib.closing(tables(job.file, job.feed)) as read:
            for whole in read:
                if self._out.stopped():
                    break
                self._account.read += len(whole.rows) + len(whole.misfits)
                last = int(whole.lines[-1]) if len(whole.lines) else last
                table = meant(whole, job.feed)
                self._account.left_out += len(whole.rows) - len(table.rows)
                shaped = shaper.shape(table)
                numbered = ids.number(shaped)
                self._account.repeated += numbered.repeats
                self._reject(job, table, [*shaped.rejects, *numbered.rejects])
                self._send(job, numbered.frame, known=last <= reached)
                if last > reached and not self._out.stopped():
                    self._note(place, job, last)
                shown.at(table.position)
        if not last and not self._out.stopped():
            shown.say(f"{job.file.path} has no rows that fit its header")
        if self._out.settle():
            self._keep(f"done.{digest}.{job.feed.stream}", job.mark)

    def _reached(self, place: str, job: Job) -> int:
        """The line of a file up to which a former replay, by the same mapping, has had everything confirmed.

        What lies before is read and checked again, so that rejects and what customers and products are known stay
        whole; it is not sent.
        """
        mapping, _, line = (self._index.get(place) or b"").decode().partition(" ")
        return int(line) if mapping == job.mark else 0

    def _note(self, place: str, job: Job, line: int) -> None:
        """Keeps the position, now and then, once all before it is confirmed."""
        if time.monotonic() - self._noted < KEEP_SECONDS:
            return
        if self._out.settle():
            self._index.put(place, f"{job.mark} {line}".encode())
        self._noted = time.monotonic()

    def _reject(self, job: Job, table: Table, rejects: list[Reject]) -> None:
        self._account.rejected += len(rejects)
        self._rejects.add(job.file, table, rejects)

    def _send(self, job: Job, frame: pl.DataFrame, known: bool) -> None:
        if job.feed.target.is_events:
            for entities in self._entities.values():
                entities.refer(frame[f"{entities.kind}_id"], frame["ts"])
            frame = frame.sort("ts", maintain_order=True) if self._sorted else frame
        else:
            frame = self._entity(job, frame)
        if known:
            self._account.known += len(frame)
        else:
            self._out.send(self._encoder.ready(job.feed.stream, frame))

    def _entity(self, job: Job, frame: pl.DataFrame) -> pl.DataFrame:
        """Of rows without versions the first of each alone is sent; who has no date gets that of the first event."""
        entities, own = self._entities[job.feed.stream], job.feed.target.own_id
        if "version" in job.feed.columns:
            entities.give(frame[own])
        else:
            fresh = entities.fresh(frame[own], str(job.feed.constants.get("version", 1)))
            self._account.repeated += len(frame) - int(fresh.sum())
            frame = frame.filter(fresh)
        date = "registration_date" if job.feed.stream == "customers" else "launch_date"
        if date in job.feed.columns or date in job.feed.constants:
            return frame.with_columns(pl.col(date).fill_null(EARLIEST_MS // DAY_MS))
        return frame.with_columns(entities.first(frame[own]).fill_null(EARLIEST_MS // DAY_MS).alias(date))

    def _make(self, shown: Shown) -> None:
        texts = self._numbers.texts if isinstance(self._numbers, Dictionary) else lambda _kind, _numbers: {}
        for stream, entities in self._entities.items():
            missing = entities.missing(texts)
            if not len(missing):
                continue
            key = f"{entities.kind}_id"
            noted, there = missing[key], self._there(stream)
            # A record of less would be the last one of its key, and all that compaction leaves of those before.
            missing = missing.filter(pl.Series([one not in there for one in noted.to_list()], dtype=pl.Boolean))
            if len(missing):
                shown.say(f"{len(missing):,} {stream} are referred to and given nowhere: made with their ids alone")
            for part in missing.iter_slices(BATCH):
                self._out.send(self._encoder.ready(stream, part))
                self._account.made[stream] += len(part)
            if self._out.settle():
                entities.made(noted)
        self._keep(None, "")

    def _keep(self, name: str | None, value: str) -> None:
        with self._index.together():
            for entities in self._entities.values():
                entities.keep()
            if name:
                self._index.put(name, value.encode())
