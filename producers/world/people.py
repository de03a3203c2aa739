"""What a customer's and a product's records say beyond the tables: names, addresses, countries, dates."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.customers import Customers
from producers.world.draws import Bits, Integers, Stream, lookup
from producers.world.exposure import DAY_MS
from producers.world.parameters import Parameters
from producers.world.products import Products, brand_names
from schemas.codec.encode import Coded

FIRST_VERSION = 1


class People:
    """Writes customers' records, as they are laid and as they change."""

    def __init__(self, parameters: Parameters, seed: int, customers: Customers) -> None:
        self._people = parameters["people"]
        self._updates = parameters["updates"]
        self._customers = customers
        self._stream = Stream(seed, "person")
        self._first, self._last = self._people["first"], self._people["last"]
        self._names = [f"{first} {last}" for first in self._first for last in self._last]
        self._boxes = [f"{first}.{last}".lower() for first in self._first for last in self._last]
        self._countries = list(self._people["countries"])
        self._country = lookup(self._people["countries"].values(), 1024)
        self._channel = lookup(self._people["channels"].values(), 1024) + np.uint8(1)

    def laid(self, place: Integers) -> dict[str, Any]:
        """Columns of the customer record at its first version."""
        person = self._stream.bits(place)
        segment = self._customers.segment.take(place)
        country = self._country.take(person >> np.uint64(54))
        return self._columns(place, person, [""] * len(place), segment, country, FIRST_VERSION)

    def changed(self, place: Integers, bits: Bits, ts: Integers, version: Integers) -> dict[str, Any]:
        """Columns of a change: a new address; some move; the New become Basic in time, whatever came before."""
        person = self._stream.bits(place)
        tags = [f".{tag}" for tag in (bits & np.uint64(0xFFFF)).tolist()]
        moved = (bits >> np.uint64(16) & np.uint64(0xFF)) < self._updates["moved"] * 256
        country = self._country.take(np.where(moved, bits, person) >> np.uint64(54))
        return self._columns(place, person, tags, self.segment_at(place, ts), country, version)

    def segment_at(self, place: Integers, ts: Integers) -> npt.NDArray[np.uint8]:
        """The segment that a record of this time gives."""
        segment = self._customers.segment.take(place)
        grown = ts - self._customers.registered.take(place) >= self._updates["promoted_after_days"] * DAY_MS
        return np.where((segment == _NEW) & grown, np.uint8(_BASIC), segment)

    def _columns(
        self,
        place: Integers,
        person: Bits,
        tags: list[str],
        segment: npt.NDArray[np.uint8],
        country: npt.NDArray[np.uint8],
        version: Integers | int,
    ) -> dict[str, Any]:
        first = (person & np.uint64(0xFFFF)) % np.uint64(len(self._first))
        last = (person >> np.uint64(16) & np.uint64(0xFFFF)) % np.uint64(len(self._last))
        name = (first * np.uint64(len(self._last)) + last).astype(np.int64)
        boxes, hosts = self._boxes, self._people["mail"]
        several = len(hosts)
        emails = [
            f"{boxes[code]}.{number}{tag}@{hosts[number % several]}"
            for code, number, tag in zip(name.tolist(), (place + 1).tolist(), tags, strict=True)
        ]
        return {
            "customer_id": place + 1,
            "name": Coded(self._names, name),
            "email": emails,
            "segment": segment,
            "registration_date": self._customers.registered.take(place) // DAY_MS,
            "acquisition_channel": self._channel.take(person >> np.uint64(32) & np.uint64(1023)),
            "country": Coded(self._countries, country),
            "version": version,
            "deleted": False,
        }


_NEW, _BASIC = 5, 4


class Catalogue:
    """Writes products' records."""

    def __init__(self, parameters: Parameters, seed: int, products: Products, epoch: int) -> None:
        self._products = products
        self._categories: Mapping[str, Any] = parameters["categories"]
        self._brands = brand_names(parameters)
        self._stream = Stream(seed, "product")
        self._epoch_day = epoch // DAY_MS

    @functools.cached_property
    def _nouns(self) -> list[list[str]]:
        return [category["nouns"] for category in self._categories.values()]

    def laid(self, place: Integers) -> dict[str, Any]:
        """Columns of the product record at its first version."""
        table, bits = self._products, self._stream.bits(place)
        category, brand = table.category.take(place), table.brand.take(place)
        names = [
            f"{self._brands[maker]} {self._nouns[kind][word % len(self._nouns[kind])]} {number}"
            for maker, kind, word, number in zip(
                brand.tolist(), category.tolist(), (bits >> np.uint64(40)).tolist(), (place + 1).tolist(), strict=True
            )
        ]
        return {
            "product_id": place + 1,
            "name": names,
            "category": Coded(list(self._categories), category),
            "brand": Coded(self._brands, brand),
            "price": table.cents.take(place),
            "stock_quantity": table.stock.take(place),
            "launch_date": self._epoch_day - 30 - (bits % np.uint64(1500)).astype(np.int64),
            "version": FIRST_VERSION,
            "deleted": False,
        }
