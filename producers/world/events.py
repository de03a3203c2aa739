"""Events: number q of a run is a pure function of world, timeline, mix and q, in whatever batches it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.customers import Customers
from producers.world.draws import Bits, Integers, lookup, normal_quantiles
from producers.world.parameters import Parameters
from producers.world.people import People
from producers.world.products import Products
from producers.world.tastes import Tastes
from producers.world.timeline import Even, History
from producers.world.traffic import REFUND, REFUNDED, traffic
from producers.world.visits import Visit, Visits
from schemas.codec.encode import Nullable
from schemas.ids import SEQUENCE_BITS
from schemas.records import symbols

COMPLETED, CANCELLED, REFUNDED_STATUS = (
    symbols("transaction", "status").index(name) for name in ("completed", "cancelled", "refunded")
)


@dataclass(frozen=True)
class Part:
    """Events of one stream, in order: their sequence numbers, customers' places and times (ms), and Avro columns."""

    sequence: Integers
    customer: Integers
    ts: Integers
    columns: dict[str, Any]


class Events:
    """Makes the events of one run."""

    def __init__(
        self,
        parameters: Parameters,
        seed: int,
        customers: Customers,
        products: Products,
        tastes: Tastes,
        people: People,
        timeline: Even | History,
        mix: Mapping[str, float],
        source: int,
    ) -> None:
        """`mix`: parts of interactions, transactions and customers; `source`: the run's source number."""
        self._transaction, self._update = traffic(parameters, mix).limits()
        self._visits = Visits(parameters, seed, customers, products, tastes, timeline, self._transaction)
        self._customers, self._products, self._people, self._timeline = customers, products, people, timeline
        self._source = source << SEQUENCE_BITS
        self._purchases = _Purchases(parameters, products)
        self._type = lookup((parameters["interactions"]["types"][name] for name in _types()), 65536) + np.uint8(1)
        self._seconds = _durations(parameters)

    def parts(
        self, first: int, last: int, streams: frozenset[str], share: npt.NDArray[np.bool_] | None = None
    ) -> dict[str, Part]:
        """Events first to last (exclusive, at most 65,536), by stream; `share`: only those of these customers."""
        sequence = np.arange(first, last, dtype=np.int64)
        number, event = self._visits.layout.locate(sequence)
        visit = self._visits.at(number)
        if share is not None:
            own = share[visit.customer]
            sequence, number, event = sequence[own], number[own], event[own]
            visit = Visit(visit.customer[own], visit.product[own], visit.base[own])
        bits = self._visits.events.bits(sequence)
        kinds = self._kinds(bits, event, visit.base >= 0)
        ts = self._timeline.times(sequence)
        makers = {"interactions": self._interactions, "transactions": self._transactions, "customers": self._updates}
        found = {}
        for code, (stream, make) in enumerate(makers.items()):
            where = np.flatnonzero(kinds == code) if stream in streams else ()
            if len(where):
                rows = _Rows(sequence[where], number[where], event[where], bits[where], ts[where])
                chosen = Visit(visit.customer[where], visit.product[where], visit.base[where])
                found[stream] = Part(rows.sequence, chosen.customer, rows.ts, make(rows, chosen))
        return found

    def _kinds(self, bits: Bits, event: Integers, returning: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        """0 for an interaction, 1 for a transaction, 2 for a customer's change."""
        low = bits & 0xFFFF
        limit = self._transaction[event]
        kinds = np.where(low < limit, np.uint8(1), np.where(low < limit + self._update, np.uint8(2), np.uint8(0)))
        kinds[returning & (event == 0)] = 0
        kinds[returning & (event == REFUND)] = 1
        return kinds

    def _product(self, rows: "_Rows", visit: Visit) -> Integers:
        chosen = self._visits.choices.product(visit.product, rows.event, rows.bits)
        return np.where((visit.base >= 0) & ((rows.event == 0) | (rows.event == REFUND)), visit.product, chosen)

    def _interactions(self, rows: "_Rows", visit: Visit) -> dict[str, Any]:
        kind = self._type.take((rows.bits >> np.uint64(32) & 0xFFFF).view(np.int64))
        return {
            "interaction_id": self._source | rows.sequence,
            "customer_id": visit.customer + 1,
            "product_id": self._product(rows, visit) + 1,
            "type": kind,
            "duration_seconds": self._seconds[kind, (rows.bits >> np.uint64(56)).view(np.int64)],
            "device": self._customers.device.take(visit.customer),
            "session_id": self._source | rows.visit,
            "ts": rows.ts,
        }

    def _transactions(self, rows: "_Rows", visit: Visit) -> dict[str, Any]:
        refund = (visit.base >= 0) & (rows.event == REFUND)
        product = self._product(rows, visit)
        bought = np.where(refund, self._visits.layout.sequence(visit.base, REFUNDED), rows.sequence)
        bits = rows.bits.copy()
        bits[refund] = self._visits.events.bits(bought[refund])
        amount, quantity = self._purchases.amounts(product, bits)
        back = self._purchases.refunds(amount, rows.bits)
        status = np.where(self._purchases.cancelled(bits), np.uint8(CANCELLED), np.uint8(COMPLETED))
        return {
            "transaction_id": self._source | rows.sequence,
            "customer_id": visit.customer + 1,
            "product_id": product + 1,
            "amount": np.where(refund, -back, amount),
            "quantity": quantity,
            "channel": self._customers.sales_channel.take(visit.customer),
            "status": np.where(refund, np.uint8(REFUNDED_STATUS), status),
            "refers_to": Nullable(self._source | bought, refund),
            "ts": rows.ts,
        }

    def _updates(self, rows: "_Rows", visit: Visit) -> dict[str, Any]:
        version = rows.ts * 1000 + rows.sequence % 1000
        return self._people.changed(visit.customer, rows.bits >> np.uint64(16), rows.ts, version)


@dataclass(frozen=True)
class _Rows:
    sequence: Integers
    visit: Integers
    event: Integers
    bits: Bits
    ts: Integers


class _Purchases:
    """What is paid, for how many, and what comes back; all by an event's bits."""

    def __init__(self, parameters: Parameters, products: Products) -> None:
        transactions = parameters["transactions"]
        self._cents = products.cents
        self._quantity = lookup(transactions["quantities"], 256) + np.int64(1)
        discounts = np.rint((1 - np.array(transactions["discounts"])) * 100).astype(np.int64)
        self._percent = discounts[np.arange(256) % len(discounts)]
        self._cancelled = int(transactions["cancelled"] * 65536)
        self._whole = int(transactions["refunded_whole"] * 65536)
        self._lowest, self._highest = (round(transactions[end] * 100) for end in ("lowest", "highest"))

    def amounts(self, product: Integers, bits: Bits) -> tuple[Integers, Integers]:
        """Cents of the whole line, and units."""
        price = self._cents.take(product)
        quantity = self._quantity.take((bits >> np.uint64(48) & 0xFF).view(np.int64))
        quantity = np.where(price * quantity > self._highest, 1, quantity)
        amount = price * quantity * self._percent.take((bits >> np.uint64(56)).view(np.int64)) // 100
        return np.maximum(amount, self._lowest), quantity

    def cancelled(self, bits: Bits) -> npt.NDArray[np.bool_]:
        """Whether a purchase is."""
        return (bits >> np.uint64(32) & 0xFFFF) < self._cancelled

    def refunds(self, amount: Integers, bits: Bits) -> Integers:
        """Cents given back of an amount."""
        return np.where((bits >> np.uint64(32) & 0xFFFF) < self._whole, amount, amount // 2)


def _types() -> list[str]:
    return symbols("interaction", "type")[1:]


def _durations(parameters: Parameters) -> npt.NDArray[np.int64]:
    """Seconds by type's code and eight random bits."""
    table = np.zeros((len(_types()) + 1, 256), np.int64)
    normal = normal_quantiles((np.arange(256) + 0.5) / 256)
    for code, name in enumerate(_types(), start=1):
        middle, sigma = parameters["interactions"]["durations"][name]
        table[code] = np.maximum(1, np.rint(middle * np.exp(sigma * normal)))
    return table
