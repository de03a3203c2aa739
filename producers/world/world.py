"""One world: its customers and products, and the events of any run in it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import numpy as np

from producers.world.customers import customers
from producers.world.events import Events
from producers.world.parameters import Parameters, parameters
from producers.world.people import Catalogue, People
from producers.world.products import products
from producers.world.tastes import tastes
from producers.world.timeline import Even, History


def day_ms(day: date) -> int:
    """Midnight UTC of a day, in ms."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


class World:
    """Tables of a world; the same for the same arguments and parameters."""

    def __init__(self, seed: int, customer_count: int, product_count: int, epoch: date) -> None:
        self.parameters: Parameters = parameters()
        self.seed = seed
        self.epoch = day_ms(epoch)
        self.customers = customers(self.parameters, seed, customer_count, self.epoch)
        self.products = products(self.parameters, seed, product_count)
        self.tastes = tastes(self.parameters, self.customers, self.products)
        self.people = People(self.parameters, seed, self.customers)
        self.catalogue = Catalogue(self.parameters, seed, self.products, self.epoch)

    def events(self, timeline: Even | History, mix: Mapping[str, float], source: int) -> Events:
        """The events of a run: when they happen, in which mix, under which source number."""
        tables = (self.customers, self.products, self.tastes, self.people)
        return Events(self.parameters, self.seed, *tables, timeline, mix, source)

    def labels(self) -> list[tuple[int, int, int | None]]:
        """The hidden truth of churn: customer id, time of dropout and of coming back (ms), by customer."""
        rows = zip(self.customers.dropout.tolist(), self.customers.comeback.tolist(), strict=True)
        never = np.iinfo(np.int64).max
        return [(place + 1, gone, None if back == never else back) for place, (gone, back) in enumerate(rows)]
