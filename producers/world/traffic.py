"""What a visit brings, on average: the events that are transactions, what is brought back, what stays paid."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from producers.world.draws import Floats, Integers
from producers.world.parameters import Parameters

EVENTS = 4
#: Of a visit that may bring a purchase back: the event that is the refund, and the event of the visit it refers to.
REFUND, REFUNDED = 3, 3
ROUNDS = 40


@dataclass(frozen=True)
class Traffic:
    """`buying`: the chance that each event of a visit is a purchase; `update`: that any is a customer's change;
    `returning`: the part of the visits that bring a purchase back."""

    buying: Floats
    update: float
    returning: float

    def limits(self) -> tuple[Integers, int]:
        """Of 65,536: purchases for each event of a visit, and customers' changes for all of them."""
        return np.rint(self.buying * 65536).astype(np.int64), round(self.update * 65536)

    def transactions(self) -> float:
        """A visit's transactions; the return is one, the first event of that visit is none."""
        back = self.buying.sum() - self.buying[0] - self.buying[REFUND] + 1
        return float((1 - self.returning) * self.buying.sum() + self.returning * back)

    def kept(self, parameters: Parameters) -> Floats:
        """How many prices of each event's product stay paid after a visit: bought, not cancelled, not brought back."""
        transactions = parameters["transactions"]
        bought: Floats = self.buying * (1 - transactions["cancelled"])
        bought[[0, REFUND]] *= 1 - self.returning
        bought[REFUNDED] -= self.returning * (1 + transactions["refunded_whole"]) / 2
        return bought


def traffic(parameters: Parameters, mix: Mapping[str, float]) -> Traffic:
    """Chances such that the parts of the events are the mix's, returns included, as near as the mix allows."""
    total = sum(mix.values())
    share, update = mix.get("transactions", 0) / total, mix.get("customers", 0) / total
    found, purchases = Traffic(np.zeros(EVENTS), update, 0.0), share
    for _ in range(ROUNDS if share else 0):
        buying = _buying(parameters, purchases, update)
        found = Traffic(buying, update, _returning(parameters, buying))
        purchases = min(max(purchases + share - found.transactions() / EVENTS, 0.0), 1 - update)
    return found


def _buying(parameters: Parameters, share: float, update: float) -> Floats:
    """The share of purchases in each event of a visit: steeper towards its end, as far as there is room."""
    steps = np.array(parameters["visits"]["buying"])
    steepness = min(1.0, ((1 - update) / share - 1) / (steps.max() - 1)) if share else 0.0
    found: Floats = share * (1 + steepness * (steps - 1))
    return found


def _returning(parameters: Parameters, buying: Floats) -> float:
    """Of visits: meant to return something, of a visit that was not, in which it was paid."""
    meant = parameters["visits"]["returns"]
    return float(meant * (1 - meant) * buying[REFUNDED] * (1 - parameters["transactions"]["cancelled"]))
