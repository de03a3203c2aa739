"""One partition of the inputs: features, alerts and what is to be published, true for the offsets it has reached."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from stream_processors.array_file import Content
from stream_processors.changes import Changes
from stream_processors.churn.alerts import AlertEngine, Decided
from stream_processors.churn.model import MEDIUM, ChurnModel
from stream_processors.churn.watermark import Watermark
from stream_processors.features.arrays import of, together
from stream_processors.features.categories import Listed
from stream_processors.features.state import Applied, PartitionState
from stream_processors.intake import EVENTS, INPUTS
from stream_processors.snapshots import Step

Longs = npt.NDArray[np.int64]


class Gone(NamedTuple):
    """Ids of customers who are erased now, and of those erased for good of whom an older record has come since."""

    erased: Longs
    again: Longs


class Partition:
    """The state of one partition number of all input topics, which hold the same customers."""

    def __init__(self, number: int, model: ChurnModel) -> None:
        self.number = number
        self.state = PartitionState()
        self.engine = AlertEngine(model)
        self.changes = Changes()
        self.watermark = Watermark(topic.stream for topic in EVENTS)
        self.positions = {topic.stream: 0 for topic in INPUTS}
        #: Records of each stream that could not be used, without one in between that could.
        self.bad_in_a_row = {topic.stream: 0 for topic in INPUTS}
        #: By stream, where the topics ended when the partition was taken over: rows may be stored for as much input.
        self.behind_until: dict[str, int] = {}
        #: The generation of the catalogue that the categories are of.
        self.catalogued = -1
        #: The offset up to which customers are to be known before alerts are decided and features published.
        self.profiles_until = 0

    @property
    def records(self) -> int:
        """How many records of the inputs lie behind."""
        return sum(self.positions.values())

    def events(self, stream: str, columns: dict[str, npt.NDArray[Any]]) -> Applied:
        """Counts the columns of transactions or interactions."""
        if stream == TRANSACTIONS.stream:
            applied = self.state.transactions(
                columns["transaction_id"],
                columns["customer_id"],
                columns["product_id"],
                columns["amount"],
                columns["status"],
                columns["ts"],
            )
        elif stream == INTERACTIONS.stream:
            applied = self.state.interactions(
                columns["interaction_id"], columns["customer_id"], columns["type"], columns["ts"]
            )
        else:
            raise ValueError(f"{stream} carries no events")
        self._grow()
        if len(applied.rows):
            self.engine.add(applied.rows, applied.times, applied.cents)
            self.changes.add(applied.rows, self.changes.bands[applied.rows] >= MEDIUM)
        return applied

    def customers(self, columns: dict[str, npt.NDArray[Any]], times: Longs) -> Gone:
        """Takes customer records in, with their Kafka times (ms); answers who is erased by them, or was for good.

        One version of each customer at a time, so that how the records were batched leaves no trace in the alerts.
        """
        rounds = _rounds(columns["customer_id"])
        if len(rounds) > 1:
            parts = [({name: column[part] for name, column in columns.items()}, times[part]) for part in rounds]
            found = [self.customers(*part) for part in parts]
            return Gone(*(np.concatenate(ids) for ids in zip(*found, strict=True)))
        profiles = self.state.profiles(
            columns["customer_id"], columns["segment"], columns["version"], columns["deleted"]
        )
        self._grow()
        self.engine.back(profiles.back)
        changed = profiles.rows
        latest = np.zeros(self.state.index.size, np.int64)
        latest[self.state.index.find(columns["customer_id"])] = times
        self.engine.profiles(changed, self.state.columns["segment"][changed], latest[changed])
        self.changes.add(changed[self.state.columns["last_seen"][changed] >= 0])
        gone = self.state.index.find(profiles.erased)
        self.engine.erase(gone)
        self.changes.drop(gone)
        return Gone(profiles.erased, profiles.again)

    @property
    def knows_customers(self) -> bool:
        """Whether the customers that there were when the partition was taken over are known."""
        return self.positions[CUSTOMERS.stream] >= self.profiles_until

    @property
    def caught_up(self) -> bool:
        """Whether rows published now are for no less input than any row before."""
        return all(self.positions[stream] >= end for stream, end in self.behind_until.items())

    def catalogue(self, generation: int, listed: Listed) -> None:
        """Takes the products in, as of a generation of the catalogue; whose categories change is published again."""
        rows = self.state.catalogue(listed)
        self.changes.add(rows[self.state.columns["last_seen"][rows] >= 0])
        self.catalogued = generation

    def _grow(self) -> None:
        size = self.state.index.size
        self.engine.grow(size)
        self.changes.grow(size)

    def decide(self) -> Decided:
        """The alerts up to the watermark, once the customers of the past are known."""
        if not self.knows_customers:
            return self.engine.advance(0)
        decided = self.engine.advance(self.watermark.value)
        if len(decided.risen):
            self.changes.add(decided.risen, np.ones(len(decided.risen), np.bool_))
        if decided.alerts:
            rows = np.array([alert.row for alert in decided.alerts], np.int64)
            self.changes.add(rows, np.ones(len(rows), np.bool_))
        return decided

    def take(self, most: int) -> Longs:
        """Rows whose features are to be published now; none before it is known who is erased."""
        if not self.knows_customers:
            return np.zeros(0, np.int64)
        rows, held = self.changes.take(most), self.state.columns
        return rows[(held["last_seen"][rows] >= 0) & ~held["erased"][rows]]

    @property
    def nbytes(self) -> int:
        """Bytes of memory held."""
        return self.state.nbytes + self.engine.nbytes + self.changes.nbytes

    def dump(self, *, whole: bool) -> Step:
        """What has changed since the last dump, or the whole partition; what happens afterwards leaves it alone."""
        meta = {
            "records": self.records,
            "partition": self.number,
            "positions": dict(self.positions),
            "times": dict(self.watermark.times),
            "bad_in_a_row": dict(self.bad_in_a_row),
        }
        dumps = {
            "state": self.state.dump(whole=whole),
            "alerts": self.engine.dump(whole=whole),
            "changes": self.changes.dump(self.state.index.size),
        }
        return Step(meta, whole, together(dumps))

    def load(self, chain: Iterable[Content]) -> bool:
        """Takes over what a whole dump and those that followed it gave; answers whether there were any.

        For a partition that has counted nothing yet.
        """
        found = False
        for snapshot in chain:
            found = True
            self.state.apply(of("state", snapshot.arrays))
            self.engine.apply(of("alerts", snapshot.arrays))
            self.changes.apply(of("changes", snapshot.arrays))
            self.positions = dict(snapshot.meta["positions"])
            self.watermark.times = dict(snapshot.meta["times"])
            # Snapshots of before the limit say nothing of it.
            self.bad_in_a_row |= snapshot.meta.get("bad_in_a_row", {})
        self._grow()
        self.engine.wake()
        return found


def _rounds(ids: Longs) -> list[Longs]:
    """The places of every id's first occurrence, of the second, and so on, each in order."""
    order = np.argsort(ids, kind="stable")
    begins = np.append(True, ids[order][1:] != ids[order][:-1])
    places = np.arange(len(ids))
    ranks = np.empty(len(ids), np.int64)
    ranks[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    return [np.flatnonzero(ranks == rank) for rank in range(int(ranks.max()) + 1)]
