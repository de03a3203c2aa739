"""The state of one worker that holds every partition after the whole history: its memory, its snapshots, its restart.

No Kafka: batches are handed to the partitions, as many events a second of event time as asked for. Snapshots are taken
one after the other where a worker would take them side by side with counting; what they cost is added up.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import psutil

from producers.partitions import partition
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, INTERACTIONS, TRANSACTIONS
from stream_processors.churn.history import Columns, History, part, read_history, simulated
from stream_processors.churn.model import churn_model
from stream_processors.features.parameters import COMPLETED, DAY
from stream_processors.partition import Partition
from stream_processors.snapshots import SnapshotStore
from tests.bench.statistics import median

SEED, CUSTOMERS_COUNT = 1004, 1_000_000
LIVE_RATE = 50_000
#: Milliseconds of live event time counted at once, and seconds between the snapshots of a partition.
BATCH_MS, EVERY = 200, 10
#: Share of transactions among live events.
BOUGHT = 0.21
PRODUCTS = 50_000
#: Events of a visit, which come together: some 41,000 customers act within 5 s, as in the simulator's stream.
VISIT = 6
#: Rows published a second.
PUBLISHED = 5_000
EXPECTED = {"version": "bench"}


class Taken(NamedTuple):
    """One snapshot: seconds in the caller's thread, seconds to write, bytes, whether it is whole."""

    copying: float
    writing: float
    size: int
    whole: bool


def run(customers: int = CUSTOMERS_COUNT, seconds: int = 120, files: Path | None = None) -> dict[str, Any]:
    """The figures; `files`: the folder of a history that was made before."""
    with tempfile.TemporaryDirectory(prefix="c360-state-") as folder:
        history = read_history(files) if files else simulated(SEED, customers, Path(folder))[0]
        parts = [Partition(number, churn_model()) for number in range(Settings().topic_partitions)]
        places = _places(history)
        filling = _fill(parts, history, places)
        parts_bytes = sizes(parts)
        store = SnapshotStore(Path(folder) / "snapshots", EXPECTED)
        first = [_snapshot(store, held) for held in parts]
        taken = _live(parts, history, places, store, seconds)
        changes = [one for one in taken if not one.whole]
        again = subprocess.run(
            [sys.executable, "-m", "tests.bench.state", str(Path(folder) / "snapshots"), str(len(parts))],
            stdout=subprocess.PIPE, text=True, check=True, timeout=600,
        )  # fmt: skip
        return {
            "customers": sum(held.state.index.size for held in parts),
            "events": len(history.transactions["ts"]) + len(history.interactions["ts"]),
            "update_us": round(filling * 1e6, 2),
            "state_bytes": sum(parts_bytes.values()),
            "state_bytes_by_part": parts_bytes,
            "whole_bytes": sum(one.size for one in first),
            "whole_copy_ms": round(max(one.copying for one in first) * 1e3),
            "changes_bytes": round(median([one.size for one in changes])) if changes else None,
            "changes_copy_ms": round(median([one.copying for one in changes]) * 1e3, 1) if changes else None,
            "changes_write_ms": round(median([one.writing for one in changes]) * 1e3, 1) if changes else None,
            "live_snapshots": len(taken),
            "live_bytes_per_s": round(sum(one.size for one in taken) / seconds),
            "snapshot_share": round(sum(one.copying + one.writing for one in taken) / seconds, 4),
            "disk_bytes": sum(path.stat().st_size for path in Path(folder).rglob("*.snapshot")),
            **json.loads(again.stdout),
        }


def sizes(parts: list[Partition]) -> dict[str, int]:
    """Bytes of memory by part of the state, of all partitions together."""
    found: dict[str, int] = {}
    for held in parts:
        named = held.state._parts() | {"alerts": held.engine, "changes": held.changes}
        for name, what in named.items():
            found[name] = found.get(name, 0) + what.nbytes
    return found


def _places(history: History) -> npt.NDArray[np.int8]:
    """The partition of each customer id."""
    ids = np.arange(int(history.customers["customer_id"].max()) + 1)
    return partition(ids.astype(np.bytes_), Settings().topic_partitions).astype(np.int8)


def _fill(parts: list[Partition], history: History, places: npt.NDArray[np.int8]) -> float:
    """The whole history; answers the seconds that counting an event took."""
    ids, segments = history.customers["customer_id"].astype(np.int64), history.customers["segment"]
    for held in parts:
        own = np.flatnonzero(places[ids] == held.number)
        columns = {"customer_id": ids[own], "segment": segments[own], "version": np.ones(len(own), np.int64),
                   "deleted": np.zeros(len(own), np.bool_)}  # fmt: skip
        held.customers(columns, np.zeros(len(own), np.int64))
        held.positions[CUSTOMERS.stream] = len(own)
    end = max(int(events["ts"][-1]) for events in (history.transactions, history.interactions)) + 1
    counting = 0.0
    for begin in range(history.begin, end, DAY // 2):
        bought, acted = (
            part(events, begin, begin + DAY // 2) for events in (history.transactions, history.interactions)
        )
        bought["amount"] = np.full(len(bought["ts"]), 1_999)
        for held in parts:
            started = time.perf_counter()
            _count(held, TRANSACTIONS.stream, bought, places)
            _count(held, INTERACTIONS.stream, acted, places)
            held.decide()
            held.take(held.state.index.size)
            counting += time.perf_counter() - started
    return counting / (len(history.transactions["ts"]) + len(history.interactions["ts"]))


def _count(held: Partition, stream: str, events: Columns, places: npt.NDArray[np.int8]) -> None:
    own = np.flatnonzero(places[events["customer_id"]] == held.number)
    if len(own):
        held.events(stream, {name: column[own] for name, column in events.items()})
        held.positions[stream] += len(own)
        held.watermark.times[stream] = int(events["ts"].max())


def _live(
    parts: list[Partition], history: History, places: npt.NDArray[np.int8], store: SnapshotStore, seconds: int
) -> list[Taken]:
    """Live events by those who were active of late, and a snapshot of each partition every EVERY seconds."""
    random, taken = np.random.default_rng(1), []
    active = history.interactions["customer_id"][-len(history.interactions["ts"]) // 13 :]
    number = 1 + max(
        int(history.transactions["transaction_id"].max()), int(history.interactions["interaction_id"].max())
    )
    now = max(held.state.clock for held in parts)
    for tick in range(seconds * 1000 // BATCH_MS):
        for stream, events in _batch(random, active, number, now):
            for held in parts:
                _count(held, stream, events, places)
        number += LIVE_RATE * BATCH_MS // 1000
        now += BATCH_MS
        for held in parts:
            held.decide()
            held.changes.bands[held.take(PUBLISHED * BATCH_MS // 1000 // len(parts))] = 1
        if (tick + 1) * BATCH_MS % (EVERY * 1000) == 0:
            taken += [_snapshot(store, held) for held in parts]
    return taken


def _batch(
    random: np.random.Generator, active: npt.NDArray[np.int64], number: int, now: int
) -> Iterator[tuple[str, Columns]]:
    count = LIVE_RATE * BATCH_MS // 1000
    bought = round(count * BOUGHT)
    visitors = random.choice(active, count // VISIT + 1).astype(np.int64)
    for stream, key, begin, end in (
        (TRANSACTIONS.stream, "transaction_id", 0, bought),
        (INTERACTIONS.stream, "interaction_id", bought, count),
    ):
        size = end - begin
        events: Columns = {
            key: number + np.arange(begin, end),
            "customer_id": np.repeat(visitors, VISIT)[begin:end],
            "ts": now + np.sort(random.integers(0, BATCH_MS, size)),
        }
        if stream == TRANSACTIONS.stream:
            events |= {
                "status": np.full(size, COMPLETED, np.uint8),
                "amount": np.full(size, 1_999),
                "product_id": random.integers(1, PRODUCTS, size),
            }
        else:
            events |= {"type": random.integers(1, 6, size).astype(np.uint8)}
        yield stream, events


def _snapshot(store: SnapshotStore, held: Partition) -> Taken:
    started = time.perf_counter()
    step = store.follow(held.dump(whole=store.wants_whole(held.number)))
    copying = time.perf_counter() - started
    saved = store.save(step)
    return Taken(copying, saved.seconds, saved.size, step.whole)


def _restart(folder: Path, count: int) -> dict[str, Any]:
    """Loads all partitions, as a worker does that starts; what it then holds with all its code."""
    process, started = psutil.Process(), time.perf_counter()
    store, parts = SnapshotStore(folder, EXPECTED), []
    for number in range(count):
        parts.append(Partition(number, churn_model()))
        parts[-1].load(store.load(number))
    return {
        "restart_seconds": round(time.perf_counter() - started, 2),
        "restarted_customers": sum(held.state.index.size for held in parts),
        "restarted_rss_bytes": process.memory_info().rss,
    }


if __name__ == "__main__":
    print(json.dumps(_restart(Path(sys.argv[1]), int(sys.argv[2]))))
