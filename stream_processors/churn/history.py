"""A history and its hidden truth as files, looked at week by week with the features that serve.

Only fitting and judging read this: the truth is in no topic.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas import records
from schemas.errors import C360Error, UsageError, first_line
from stream_processors.features.parameters import DAY
from stream_processors.features.state import PartitionState

Longs = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]

#: A month of the simulated calendar, and how often is looked, in days.
MONTH = 30.4
WEEK = 7
#: What is never, in ms.
NEVER = np.iinfo(np.int64).max
ENUMS = {"status": ("transaction", "status"), "type": ("interaction", "type"), "segment": ("customer", "segment")}


class Truth(NamedTuple):
    """By customer id less one: when each drops out and comes back (ms, NEVER for not); the world's digest."""

    dropout: Longs
    comeback: Longs
    world: str


class History(NamedTuple):
    """Events by time, each stream apart, the segments, and when the first day begins (ms)."""

    customers: Columns
    transactions: Columns
    interactions: Columns
    begin: int


class Sample(NamedTuple):
    """Customers with two purchases or more at some moments, as they were known then; times in ms."""

    at: Longs
    customer: Longs
    segment: npt.NDArray[np.uint8]
    active_days: Longs
    first: Longs
    last: Longs
    last_purchase: Longs
    gone: npt.NDArray[np.bool_]
    dropout: Longs

    def only(self, which: npt.NDArray[np.bool_]) -> "Sample":
        """Some of the rows."""
        return Sample._make(column[which] for column in self)


def simulated(seed: int, customers: int, folder: Path) -> tuple[History, Truth]:
    """The history of a world that is made for this, in a folder that is there."""
    files, labels = folder / f"history-{seed}", folder / f"labels-{seed}.csv"
    command = [sys.executable, "-m", "producers.backfill", "--dry-run", "--json", "--seed", str(seed)]
    command += ["--customers", str(customers), "--products", str(max(500, customers // 20))]
    done = subprocess.run(
        [*command, "--files", str(files), "--labels", str(labels)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise C360Error(f"No history was made: {done.stderr.strip()}")
    return read_history(files), read_truth(labels)


def read_history(folder: Path) -> History:
    """Reads what `producers.backfill --files` or `c360 export` wrote.

    Raises:
        UsageError: a file or a column is missing.
    """
    customers = _columns(folder, "customers", ["customer_id", "segment"])
    transactions = _columns(folder, "transactions", ["transaction_id", "customer_id", "product_id", "status", "ts"])
    interactions = _columns(folder, "interactions", ["interaction_id", "customer_id", "type", "ts"])
    begins = [int(events["ts"][0]) for events in (transactions, interactions) if len(events["ts"])]
    if not begins:
        raise UsageError(f"{folder} holds no events.")
    return History(customers, transactions, interactions, min(begins) // DAY * DAY)


def _columns(folder: Path, stream: str, names: list[str]) -> Columns:
    file = folder / f"{stream}.parquet"
    if not file.exists():
        raise UsageError(f"There is no {file}. Write it with 'producers.backfill --dry-run --files'.")
    frame = pl.scan_parquet(file)
    missing = set(names) - set(frame.collect_schema().names())
    if missing:
        raise UsageError(f"{file} has no column {', '.join(sorted(missing))}.")
    for name in ENUMS.keys() & set(names):
        codes = {symbol: code for code, symbol in enumerate(records.symbols(*ENUMS[name]))}
        frame = frame.with_columns(pl.col(name).cast(pl.String).replace_strict(codes, default=0, return_dtype=pl.UInt8))
    if "ts" in names:
        frame = frame.with_columns(pl.col("ts").dt.epoch("ms")).sort("ts", maintain_order=True)
    read = frame.select(names).collect()
    return {name: read[name].to_numpy() for name in names}


def read_truth(file: Path) -> Truth:
    """Reads what `--labels` wrote.

    Raises:
        UsageError: it is something else.
    """
    try:
        read = pl.read_csv(file, schema_overrides={"comeback": pl.String, "world": pl.String})
        ids, world = read["customer_id"].to_numpy(), read["world"].unique().to_list()
        times = [
            read[name].str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC").dt.epoch("ms").fill_null(NEVER).to_numpy()
            for name in ("dropout", "comeback")
        ]
    except (pl.exceptions.PolarsError, FileNotFoundError) as error:
        raise UsageError(f"{file} holds no labels as --labels writes them: {first_line(error)}") from None
    if len(world) != 1 or not np.array_equal(ids, np.arange(1, len(ids) + 1)):
        raise UsageError(f"{file} holds no labels of one whole world, customer by customer.")
    return Truth(times[0], times[1], str(world[0]))


def weeks(history: History, truth: Truth, first_day: float, last_day: float) -> Iterator[Sample]:
    """A sample each week, from `first_day` on and not after `last_day` of the history, by the state that serves."""
    state = PartitionState()
    profiles = history.customers
    ids = profiles["customer_id"]
    state.profiles(ids, profiles["segment"], np.ones(len(ids), np.int64), np.zeros(len(ids), np.bool_))
    done = 0
    for day in np.arange(first_day, last_day + 1e-9, WEEK).tolist():
        at = history.begin + round(day * DAY)
        for begin in range(done or history.begin, at, WEEK * DAY):
            feed(state, history, begin, min(begin + WEEK * DAY, at))
        done = at
        state.advance(at)
        yield sample(state, truth, at)


def feed(state: PartitionState, history: History, begin: int, end: int) -> None:
    """Counts what happened from `begin` until before `end` (ms)."""
    events = part(history.transactions, begin, end)
    nothing = np.zeros(len(events["ts"]), np.int64)  # neither what nor for how much is anything to the score
    state.transactions(
        events["transaction_id"], events["customer_id"], nothing, nothing, events["status"], events["ts"]
    )
    events = part(history.interactions, begin, end)
    state.interactions(events["interaction_id"], events["customer_id"], events["type"], events["ts"])


def part(events: Columns, begin: int, end: int) -> Columns:
    """Events from `begin` until before `end` (ms)."""
    start, stop = np.searchsorted(events["ts"], [begin, end])
    return {name: column[start:stop] for name, column in events.items()}


def sample(state: PartitionState, truth: Truth, at: int) -> Sample:
    """The customers who are judged at a moment."""
    held, size = state.columns, state.index.size
    rows = np.flatnonzero(held["orders"][:size] >= 2)
    customer = state.index.ids[rows].astype(np.int64)
    dropout, comeback = truth.dropout[customer - 1], truth.comeback[customer - 1]
    return Sample(
        np.full(len(rows), at),
        customer,
        held["segment"][rows],
        held["active_days"][rows].astype(np.int64),
        held["first_seen"][rows],
        held["last_seen"][rows],
        held["last_purchase"][rows],
        (dropout <= at) & (comeback > at),
        dropout,
    )


def joined(samples: list[Sample]) -> Sample:
    """All of them as one."""
    return Sample._make(np.concatenate(columns) for columns in zip(*samples, strict=True))
