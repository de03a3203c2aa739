"""Small worlds and plans for the tests."""

from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.encoding import TOPICS, Encoder, key_table
from producers.options import EVENT_STREAMS
from producers.partitions import share
from producers.plan import Plan
from producers.world.events import Part
from producers.world.parameters import parameters
from producers.world.world import World, day_ms
from schemas.codec.encode import Nullable

EPOCH = date(2025, 10, 1)
EPOCH_MS = day_ms(EPOCH)
DAY_MS = 86_400_000
ALL = frozenset(EVENT_STREAMS)

#: One record: topic's stream, key, value, timestamp.
Record = tuple[str, bytes, bytes, int]


@cache
def world(seed: int = 5, customers: int = 3000, products: int = 400) -> World:
    """A small world."""
    return World(seed, customers, products, EPOCH)


def plan(events: int, history: bool, rate: int = 1000, source: int = 3) -> Plan:
    """A plan in it: thirteen months, or an even stream after them."""
    return Plan(
        seed=5,
        customers=3000,
        products=400,
        epoch=EPOCH,
        mix=tuple(parameters()["mix"].items()),
        streams=ALL | {"products"},
        pace=None if history else Fraction(rate),
        events=events,
        length=395 * DAY_MS if history else None,
        start=EPOCH_MS if history else EPOCH_MS + 395 * DAY_MS,
        source=source,
    )


def records(plan: Plan, batch: int = 8192, worker: int = 0, workers: int = 1) -> list[Record]:
    """What one worker sends, stream by stream, in its order."""
    encoder = Encoder(dict.fromkeys(TOPICS, 9), key_table(plan.customers))
    events = plan.drawn(world())
    own = share(key_table(plan.customers), 4, worker, workers) if workers > 1 else None
    out: dict[str, list[Record]] = {stream: [] for stream in EVENT_STREAMS}
    for first in range(0, plan.events or 0, batch):
        last = min(first + batch, plan.events or 0)
        for stream, part in events.parts(first, last, ALL, own).items():
            ready = encoder.ready(stream, part)
            out[stream] += zip([stream] * len(ready.keys), ready.keys, ready.values, ready.stamps, strict=True)
    return [record for stream in EVENT_STREAMS for record in out[stream]]


def _array(column: Any) -> npt.NDArray[Any]:
    return np.asarray(column.values if isinstance(column, Nullable) else column)


def together(plan: Plan, stream: str, batch: int = 8192) -> Part:
    """All events of one stream."""
    events = plan.drawn(world())
    found = [
        events.parts(first, min(first + batch, plan.events or 0), ALL).get(stream)
        for first in range(0, plan.events or 0, batch)
    ]
    parts = [part for part in found if part]
    names = [name for name, column in parts[0].columns.items() if isinstance(column, np.ndarray | Nullable)]
    columns = {name: np.concatenate([_array(part.columns[name]) for part in parts]) for name in names}
    return Part(
        np.concatenate([part.sequence for part in parts]),
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.ts for part in parts]),
        columns,
    )
