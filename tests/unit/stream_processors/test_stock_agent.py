"""The stock agent that ours is measured against keeps the same features, or the comparison would mean nothing."""

import asyncio
from typing import Any

import numpy as np

from schemas import records, wire
from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.stock_agent import StockFeatures, bare, counting
from tests.unit.stream_processors.features.brute import Event, recompute

START = 1_700_000_000_000
HOUR = 3_600_000


async def stream(values: list[bytes]) -> Any:
    for value in values:
        yield value


async def fed(features: StockFeatures, events: list[Event]) -> None:
    common = {"product_id": 1, "device": "mobile", "session_id": 1, "duration_seconds": 1, "quantity": 1}
    for event in events:
        record: dict[str, Any] = {**common, "customer_id": event.customer, "ts": event.ts}
        if event.type:
            record |= {"interaction_id": event.number, "type": event.type}
            value = wire.encode(record, records.schema("interaction"), 1)
            await counting(bare(INTERACTIONS), features.interaction)(stream([value]))
        else:
            size = (abs(event.cents).bit_length() + 8) // 8
            amount = event.cents.to_bytes(size, "big", signed=True)
            record |= {"transaction_id": event.number, "status": event.status, "channel": "web", "refers_to": None}
            value = wire.encode(record | {"amount": amount}, bare(TRANSACTIONS), 1)
            await counting(bare(TRANSACTIONS), features.transaction)(stream([value]))


async def check() -> None:
    random, features, events = np.random.default_rng(1), StockFeatures(), []
    for number in range(400):
        at, customer = START + int(random.integers(0, 100 * 24 * HOUR)), int(random.integers(1, 6))
        if random.random() < 0.4:
            status = str(random.choice(["completed", "cancelled", "refunded"]))
            events.append(Event(number, customer, at, status=status, cents=int(random.integers(-500, 9_000))))
        else:
            events.append(Event(number, customer, at, type=str(random.choice(["view", "cart", "share"]))))
    await fed(features, events + events[:50])
    for customer, held in features.customers.items():
        expected = recompute(events, customer, features.clock, {})
        assert {**held.features(features.clock), "categories": 0} == expected


def test_it_is_right() -> None:
    asyncio.run(check())
