"""What is counted of a history's events: arrays by customer, segment and time that add up in any order and pieces."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from producers.world.draws import Integers
from producers.world.events import CANCELLED, COMPLETED, Part
from producers.world.exposure import DAY_MS
from producers.world.products import brand_names
from producers.world.world import World
from schemas.records import symbols

#: So many of the most popular products, and what goes with them, are watched: their purchases are kept one by one.
WATCHED = 40
NO_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Span:
    """A span of event time in ms."""

    start: int
    end: int

    @property
    def months(self) -> Integers:
        """Where the UTC months that it touches begin, and where the last one ends."""
        first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (self.start, self.end - 1))
        numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month + 1)
        begins = [datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC) for number in numbers]
        return np.array([int(begin.timestamp()) * 1000 for begin in begins], np.int64)

    def full(self) -> npt.NDArray[np.bool_]:
        """Which of its months lie in it from beginning to end."""
        months = self.months
        return (months[:-1] >= self.start) & (months[1:] <= self.end)


@dataclass
class Counts:
    """Arrays that are added when tallies are merged, but for `months`, `categories` (bits) and `latest` (times)."""

    #: By customer: cents completed and refunded, transactions, completed ones, interactions.
    value: Integers
    transactions: Integers
    purchases: Integers
    interactions: Integers
    #: By customer: months with a completed purchase and categories of them, as bits; time of the last one.
    months: Integers
    categories: Integers
    latest: Integers
    #: Cents by segment and category, by segment and brand, and by month.
    by_category: Integers
    by_brand: Integers
    by_month: Integers
    #: Interactions by type, events by hour and by weekday; customers' changes.
    types: Integers
    hours: Integers
    weekdays: Integers
    changes: Integers

    def merge(self, other: "Counts") -> None:
        """Takes in what others are."""
        self.latest = np.maximum(self.latest, other.latest)
        self.months |= other.months
        self.categories |= other.categories
        for name in {one.name for one in fields(self)} - {"latest", "months", "categories"}:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def _zeros(world: World, months: int) -> Counts:
    customers, segments = len(world.customers.segment), len(symbols("customer", "segment"))
    shapes: dict[str, int | tuple[int, int]] = {one.name: customers for one in fields(Counts)}
    shapes |= {"by_category": (segments, len(world.parameters["categories"]))}
    shapes |= {"by_brand": (segments, len(brand_names(world.parameters))), "by_month": months}
    shapes |= {"types": len(symbols("interaction", "type")), "hours": 24, "weekdays": 7, "changes": 1}
    counts = Counts(**{name: np.zeros(shape, np.int64) for name, shape in shapes.items()})
    counts.latest += NO_TIME
    return counts


class Tally:
    """Counts the events of one history of a world; pieces counted apart are merged, in any order, to the same."""

    def __init__(self, world: World, span: Span) -> None:
        self.span = span
        self.counts = _zeros(world, len(span.months) - 1)
        self._months = span.months
        self._segment = world.customers.segment
        self._category, self._brand = world.products.category, world.products.brand
        self._watched = watched(world)
        self._bought: list[Integers] = []

    def add(self, parts: Mapping[str, Part]) -> None:
        """Counts events, by stream."""
        for stream, part in parts.items():
            self.counts.hours += np.bincount(part.ts // (DAY_MS // 24) % 24, minlength=24)
            self.counts.weekdays += np.bincount((part.ts // DAY_MS + 3) % 7, minlength=7)
            {"interactions": self._interacted, "transactions": self._transacted, "customers": self._changed}[stream](
                part
            )

    def merge(self, other: "Tally") -> None:
        """Takes in what another one has counted of the same history.

        Raises:
            ValueError: it is a tally of another span or number of customers.
        """
        if self.span != other.span or len(self.counts.value) != len(other.counts.value):
            raise ValueError("Tallies of different histories cannot be merged.")
        self.counts.merge(other.counts)
        self._bought += other._bought  # noqa: SLF001  # of its own class

    def bought(self) -> Integers:
        """Purchases of the watched products, in order: customers, times and products, a row each."""
        rows = np.concatenate([np.empty((3, 0), np.int64), *self._bought], axis=1)
        return np.asarray(rows[:, np.lexsort(rows[::-1])], np.int64)

    def _changed(self, part: Part) -> None:
        self.counts.changes += len(part.ts)

    def _interacted(self, part: Part) -> None:
        np.add.at(self.counts.interactions, part.customer, 1)
        self.counts.types += np.bincount(part.columns["type"], minlength=len(self.counts.types))

    def _transacted(self, part: Part) -> None:
        counts, columns = self.counts, part.columns
        np.add.at(counts.transactions, part.customer, 1)
        counted = columns["status"] != CANCELLED
        customer, product, amount = (
            part.customer[counted],
            columns["product_id"][counted] - 1,
            columns["amount"][counted],
        )
        month, segment = np.searchsorted(self._months, part.ts[counted], side="right") - 1, self._segment[customer]
        np.add.at(counts.value, customer, amount)
        np.add.at(counts.by_month, month, amount)
        np.add.at(counts.by_category, (segment, self._category[product]), amount)
        np.add.at(counts.by_brand, (segment, self._brand[product]), amount)
        own = columns["status"][counted] == COMPLETED
        self._purchased(customer[own], part.ts[counted][own], product[own], month[own])

    def _purchased(self, customer: Integers, ts: Integers, product: Integers, month: Integers) -> None:
        counts = self.counts
        np.add.at(counts.purchases, customer, 1)
        np.bitwise_or.at(counts.months, customer, np.left_shift(1, month))
        np.bitwise_or.at(counts.categories, customer, np.left_shift(1, self._category[product].astype(np.int64)))
        np.maximum.at(counts.latest, customer, ts)
        own = self._watched[product]
        self._bought.append(np.stack([customer[own], ts[own], product[own]]))


def watched(world: World) -> npt.NDArray[np.bool_]:
    """Which products are among the most popular, or go with one of them."""
    best = np.argsort(-world.products.popularity, kind="stable")[:WATCHED]
    found = np.zeros(len(world.products.popularity), np.bool_)
    found[best] = True
    found[world.products.companions[best]] = True
    return found
