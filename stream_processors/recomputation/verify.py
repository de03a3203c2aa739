"""All stored features beside a recomputation from the raw rows, slice by slice of customers.

Events are stored before they are in the features, and the features of a customer before their row is. What differs is
therefore looked at again for as long as it gets less; whoever then has newer events than their row, or a row that still
changes, is waiting: not wrong, and not verified.
"""

import time
from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

import polars as pl

from stream_processors.churn.model import ChurnModel
from stream_processors.recomputation.compare import ROW, differences
from stream_processors.recomputation.recompute import Ask, at_own_moments, sql

#: Rows of events that are recomputed at once: tens of thousands of customers, some hundred MB in the database.
SLICE_ROWS = 1_000_000
#: Differences that are told one by one.
TOLD = 10
PAUSE_SECONDS = 1.0


class Slice(NamedTuple):
    """Customers whose ids lie between two, both included, and how many there are."""

    first: int
    last: int
    customers: int


class Difference(NamedTuple):
    """One value that differs, both as text."""

    customer_id: int
    field: str
    stored: str | None
    recomputed: str | None


class Look(NamedTuple):
    """A slice as it was at one time.

    `differing`: customer_id, field, stored, recomputed. `states`, of the customers in there: input_records of the row
    (None without one) and whether events are stored that are newer than the row.
    """

    customers: int
    erased: int
    differing: pl.DataFrame
    states: pl.DataFrame


class Judged(NamedTuple):
    """What came of a slice, or of all: values that differ and for certain, in how many customers, the first few.

    `waiting`: customers of whom nothing can be said yet.
    """

    customers: int = 0
    erased: int = 0
    mismatches: int = 0
    wrong: int = 0
    waiting: int = 0
    first: tuple[Difference, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether every customer was looked at, and nothing differs."""
        return not self.mismatches and not self.waiting


class Watcher(Protocol):
    """Whoever is told how far it is."""

    def add(self, customers: int) -> None:
        """So many more have been looked at."""

    def again(self, customers: int) -> None:
        """So many customers have a row that differs, and are looked at again."""


class Verification:
    """One reading of everything, with what differs looked at again."""

    def __init__(self, ask: Ask, model: ChurnModel, slice_rows: int = SLICE_ROWS) -> None:
        self._ask = ask
        self._model = model
        self.slices = [Slice(*row) for row in ask(sql("slices"), {"size": slice_rows}).iter_rows()]

    @property
    def customers(self) -> int:
        """How many there are to look at."""
        return sum(part.customers for part in self.slices)

    def run(self, wait: float, watcher: Watcher, pause: Callable[[float], None] = time.sleep) -> Judged:
        """Compares everybody; who differs is looked at again, until for `wait` seconds it were no fewer.

        Once at least, if that is not 0. Whoever was right once is done with.
        """
        judged: dict[Slice, Judged] = {}
        before: dict[Slice, pl.DataFrame] = {}  # the states at the first look of those who have differed ever since
        for part in self.slices:
            look = self.look(part)
            judged[part] = judge(look, None)
            if len(look.differing):
                before[part] = look.states
            watcher.add(part.customers)
        until = time.monotonic() + wait
        while (differ := sum(map(len, before.values()))) and (left := until - time.monotonic()) > 0:
            watcher.again(differ)
            pause(min(PAUSE_SECONDS, left))
            for part, states in before.items():
                if len(states):
                    look = only(self.look(part), states)
                    judged[part] = judge(look, states)
                    before[part] = states.join(look.states, on="customer_id", how="semi")
            if sum(map(len, before.values())) < differ:
                until = time.monotonic() + wait
        return total(judged.values())

    def look(self, part: Slice) -> Look:
        """The slice as it is now."""
        bounds = {"first": part.first, "last": part.last}
        erased = self._ask(sql("erased"), bounds)
        stored = self._ask(sql("stored"), bounds).join(erased, on="customer_id", how="anti")
        newest = self._ask(sql("newest_events"), bounds).join(erased, on="customer_id", how="anti")
        recomputed = at_own_moments(self._ask, self._model, part.first, part.last)
        recomputed = recomputed.join(stored, on="customer_id", how="semi")
        found = pl.concat([differences(stored, recomputed, self._model), _rowless(newest, stored)])
        found = found.sort("customer_id", maintain_order=True)
        states = (
            found.select("customer_id")
            .unique()
            .join(stored.select("customer_id", "as_of", "input_records"), on="customer_id", how="left")
            .join(newest, on="customer_id", how="left")
            .select(
                "customer_id", "input_records", (pl.col("newest") > pl.col("as_of")).fill_null(False).alias("behind")
            )
        )
        return Look(stored.height, erased.height, found, states)


def _rowless(newest: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Customers with events and without a row."""
    return newest.join(stored, on="customer_id", how="anti").select(
        "customer_id", field=pl.lit(ROW), stored=pl.lit("none"), recomputed=pl.lit("has events")
    )


def only(look: Look, those: pl.DataFrame) -> Look:
    """The look without what differs in others than these (customer_id)."""
    differing, states = (frame.join(those, on="customer_id", how="semi") for frame in (look.differing, look.states))
    return look._replace(differing=differing, states=states)


def judge(look: Look, before: pl.DataFrame | None) -> Judged:
    """Mismatches and who is waiting; `before`: the states of those that differed at the first look, if not this one."""
    waits = look.states.filter("behind")
    if before is not None:
        same = look.states.join(before, on=["customer_id", "input_records"], how="semi", nulls_equal=True)
        waits = pl.concat([waits, look.states.join(same, on="customer_id", how="anti")]).unique("customer_id")
    wrong = look.differing.join(waits, on="customer_id", how="anti")
    first = tuple(Difference(*row) for row in wrong.head(TOLD).iter_rows())
    return Judged(look.customers, look.erased, wrong.height, wrong["customer_id"].n_unique(), waits.height, first)


def total(judged: Iterable[Judged]) -> Judged:
    """All slices together."""
    parts = list(judged)
    return Judged(
        customers=sum(one.customers for one in parts),
        erased=sum(one.erased for one in parts),
        mismatches=sum(one.mismatches for one in parts),
        wrong=sum(one.wrong for one in parts),
        waiting=sum(one.waiting for one in parts),
        first=tuple(difference for one in parts for difference in one.first)[:TOLD],
    )
