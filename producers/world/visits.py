"""Visits: four events of one customer about one product, side by side with as many others as the rate asks for.

Sequence numbers lie in `stride` lanes, lane = q mod stride, and in each lane one visit follows another. Lanes are out
of step with one another, so that at any time as many visits begin as end.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from producers.world.customers import Customers
from producers.world.draws import Bits, Integers, Stream, lookup
from producers.world.parameters import Parameters
from producers.world.products import Products
from producers.world.tastes import Tastes
from producers.world.timeline import Even, History
from producers.world.traffic import EVENTS, REFUNDED

#: A short run has that many blocks of one visit each, or longer ones, so that visits come to their end.
FEWEST_BLOCKS = 32
CHUNK_BITS = 12
#: Visits kept at hand; at least two blocks.
KEPT_BITS = 17


@dataclass(frozen=True)
class Layout:
    """How visits lie in the sequence; both are powers of two, given as exponents."""

    stride_bits: int
    #: A return belongs to a visit of the group of 2^group_bits visits before its own.
    group_bits: int

    def locate(self, sequence: Integers) -> tuple[Integers, Integers]:
        """The visit of each event, and which of its events it is."""
        lane = sequence & ((1 << self.stride_bits) - 1)
        step = (sequence >> self.stride_bits) + (lane & 3)
        return (step >> 2 << self.stride_bits) | lane, step & 3

    def sequence(self, visit: Integers, event: int) -> Integers:
        """The sequence number of one event of each visit; negative for those that a lane's first visit lacks."""
        lane = visit & ((1 << self.stride_bits) - 1)
        step = (visit >> self.stride_bits << 2) + event - (lane & 3)
        return (step << self.stride_bits) + lane

    def before(self, visit: Integers, stream: Stream) -> Integers:
        """The visit that a return would belong to: another one for each, negative where there is none."""
        mask = (1 << self.group_bits) - 1
        group = visit >> self.group_bits
        offset = stream.bits(group).view(np.int64) & mask
        return (group - 1 << self.group_bits) | ((visit & mask) * 0x9E37_79B1 + offset & mask)


def layout(parameters: Parameters, timeline: Even | History) -> Layout:
    """The layout for a timeline: events of a visit at most gap_seconds apart, returns some days later in a history."""
    visits = parameters["visits"]
    side_by_side = min(visits["in_progress"], max(1, int(timeline.rate * visits["gap_seconds"])))
    if timeline.events:
        side_by_side = min(side_by_side, timeline.events // FEWEST_BLOCKS or 1)
    stride_bits = side_by_side.bit_length() - 1
    if isinstance(timeline, Even):
        return Layout(stride_bits, stride_bits + 1)
    apart = timeline.rate * Fraction(visits["return_days"] * 86_400, EVENTS)
    return Layout(
        stride_bits, max(stride_bits, min(int(apart), timeline.events // FEWEST_BLOCKS or 1).bit_length() - 1, 0)
    )


@dataclass(frozen=True)
class Visit:
    """Columns of visits: customer's and product's places, and the visit whose purchase is brought back, or -1."""

    customer: Integers
    product: Integers
    base: Integers


class Visits:
    """Answers who visits about what; keeps what it has drawn for as long as the visits go on."""

    def __init__(
        self,
        parameters: Parameters,
        seed: int,
        customers: Customers,
        products: Products,
        tastes: Tastes,
        timeline: Even | History,
        transaction_share: Integers,
    ) -> None:
        """`transaction_share`: of 65,536, for each event of a visit."""
        self.layout = layout(parameters, timeline)
        self._timeline, self._customers, self._tastes = timeline, customers, tastes
        self._redraws = parameters["visits"]["redraws"]
        self._returns = int(parameters["visits"]["returns"] * 65536)
        self._cancelled = int(parameters["transactions"]["cancelled"] * 65536)
        self._shares = transaction_share
        self._who = [Stream(seed, f"customer {attempt}") for attempt in range(self._redraws)]
        self._what, self._why, self._offset = (Stream(seed, name) for name in ("about", "reason", "offset"))
        self.events = Stream(seed, "event")
        self.choices = Choices(parameters, products)
        kept = 1 << max(KEPT_BITS, self.layout.stride_bits + 1)
        self._kept = Visit(*(np.zeros(kept, np.int64) for _ in range(3)))
        self._chunks = np.full(kept >> CHUNK_BITS, -1, np.int64)

    def at(self, visit: Integers) -> Visit:
        """The visits asked for; they lie within two blocks or 2^17 of each other."""
        for chunk in range(int(visit.min()) >> CHUNK_BITS, (int(visit.max()) >> CHUNK_BITS) + 1):
            if self._chunks[chunk % len(self._chunks)] != chunk:
                self._draw(chunk)
        place = visit & (len(self._kept.base) - 1)
        return Visit(self._kept.customer[place], self._kept.product[place], self._kept.base[place])

    def _draw(self, chunk: int) -> None:
        visit = np.arange(chunk << CHUNK_BITS, (chunk + 1) << CHUNK_BITS, dtype=np.int64)
        customer, product = self._ordinary(visit)
        base = np.full(len(visit), -1, np.int64)
        returning = np.flatnonzero(self._returning(visit))
        earlier = self.layout.before(visit[returning], self._offset)
        whole = (earlier >= 0) & ~self._returning(np.maximum(earlier, 0))
        returning, earlier = returning[whole], earlier[whole]
        bought = self.layout.sequence(earlier, REFUNDED)
        bits = self.events.bits(bought)
        paid = ((bits & 0xFFFF) < self._shares[REFUNDED]) & ((bits >> np.uint64(32) & 0xFFFF) >= self._cancelled)
        returning, earlier, bits = returning[paid], earlier[paid], bits[paid]
        if len(earlier):
            who, about = self._ordinary(earlier)
            again = self._customers.active(who, self._begins(visit[returning]))
            returning, earlier = returning[again], earlier[again]
            customer[returning] = who[again]
            product[returning] = self.choices.product(about[again], REFUNDED, bits[again])
            base[returning] = earlier
        kept = slice((place := (chunk << CHUNK_BITS) % len(self._kept.base)), place + len(visit))
        self._kept.customer[kept], self._kept.product[kept], self._kept.base[kept] = customer, product, base
        self._chunks[chunk % len(self._chunks)] = chunk

    def _begins(self, visit: Integers) -> Integers:
        return self._timeline.times(np.maximum(self.layout.sequence(visit, 0), 0))

    def _returning(self, visit: Integers) -> npt.NDArray[np.bool_]:
        return (self._why.bits(visit) & 0xFFFF) < self._returns

    def _ordinary(self, visit: Integers) -> tuple[Integers, Integers]:
        """Customers by weight among those active at the time, and the products they turn to."""
        begins = self._begins(visit)
        last = len(self._customers.visits) - 1
        customer = np.zeros(len(visit), np.int64)
        waiting = np.arange(len(visit))
        for stream in self._who:
            drawn = np.searchsorted(self._customers.visits, stream.unit(visit[waiting]), side="right")
            drawn = np.minimum(drawn, last)
            customer[waiting] = drawn
            waiting = waiting[~self._customers.active(drawn, begins[waiting])]
            if not len(waiting):
                break
        return customer, self._tastes.pick(customer, self._what.bits(visit))


class Choices:
    """Which product an event of a visit is about: the visit's own or one that goes with it."""

    def __init__(self, parameters: Parameters, products: Products) -> None:
        self._table = np.stack([lookup(weights, 4096) for weights in parameters["visits"]["choices"]])
        own = np.arange(len(products.cents), dtype=np.int32)
        self._related = np.column_stack([own, products.companions])

    def product(self, about: Integers, event: Integers | int, bits: Bits) -> Integers:
        """The products' places; `about` are the visits' products, `bits` the events'."""
        which = self._table[event, (bits >> np.uint64(16) & np.uint64(4095)).view(np.int64)]
        return np.asarray(self._related[about, which], np.int64)
