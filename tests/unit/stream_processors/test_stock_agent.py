"""The peers that ours is measured against keep the same features, or the comparison would mean nothing."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from schemas import records, wire
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.quix.features import QuixFeatures, held
from tests.bench.stock_agent import StockFeatures, bare, counting
from tests.unit.stream_processors.features.brute import Event, recompute

START = 1_700_000_000_000
#: Stock agents know nothing of products.
NO_CATEGORIES = {"categories": 0}
HOUR = 3_600_000

Count = Callable[[dict[str, Any]], None]


async def stream(values: list[bytes]) -> Any:
    for value in values:
        yield value


async def fed(transaction: Count, interaction: Count, events: list[Event]) -> None:
    common = {"product_id": 1, "device": "mobile", "session_id": 1, "duration_seconds": 1, "quantity": 1}
    for event in events:
        record: dict[str, Any] = {**common, "customer_id": event.customer, "ts": event.ts}
        if event.type:
            record |= {"interaction_id": event.number, "type": event.type}
            value = wire.encode(record, records.schema("interaction"), 1)
            await counting(bare(INTERACTIONS), interaction)(stream([value]))
        else:
            size = (abs(event.cents).bit_length() + 8) // 8
            amount = event.cents.to_bytes(size, "big", signed=True)
            record |= {"transaction_id": event.number, "status": event.status, "channel": "web", "refers_to": None}
            value = wire.encode(record | {"amount": amount}, bare(TRANSACTIONS), 1)
            await counting(bare(TRANSACTIONS), transaction)(stream([value]))


def events() -> list[Event]:
    """A hundred days of five customers, with repeats at their end."""
    random, out = np.random.default_rng(1), []
    for number in range(400):
        at, customer = START + int(random.integers(0, 100 * 24 * HOUR)), int(random.integers(1, 6))
        if random.random() < 0.4:
            status = str(random.choice(["completed", "cancelled", "refunded"]))
            out.append(Event(number, customer, at, status=status, cents=int(random.integers(-500, 9_000))))
        else:
            out.append(Event(number, customer, at, type=str(random.choice(["view", "cart", "share"]))))
    return out + out[:50]


def test_stock_faust_s_are_right() -> None:
    features, made = StockFeatures(), events()
    asyncio.run(fed(features.transaction, features.interaction, made))
    for customer, one in features.customers.items():
        assert {**one.features(features.clock), **NO_CATEGORIES} == recompute(made[:400], customer, features.clock, {})


class State(dict[str, bytes]):
    """A customer's state as Quix Streams has it."""

    exists = dict.__contains__
    get_bytes = dict.get
    set_bytes = dict.__setitem__


def test_quix_streams_are_right() -> None:
    features, made, states = QuixFeatures(), events(), defaultdict[int, State](State)

    def count(record: dict[str, Any]) -> None:
        features.count_in(states[record["customer_id"]], record)

    asyncio.run(fed(count, count, made))
    assert len(states) == 5
    for customer, state in states.items():
        found = held(state).features(features.clock)
        assert {**found, **NO_CATEGORIES} == recompute(made[:400], customer, features.clock, {})
