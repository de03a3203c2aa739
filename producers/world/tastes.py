"""What customers turn to: first a category, by segment and personal favourite, then a product of it.

Inside a category brands have fixed parts by segment; inside a brand products have theirs by popularity and, so that the
segment's mean lifetime value comes out, by a power of the price.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from producers.world.customers import Customers
from producers.world.draws import Bits, Floats, Integers, cumulative, lookup
from producers.world.parameters import Parameters
from producers.world.products import Products, brand_parts
from producers.world.traffic import EVENTS, traffic
from schemas.records import symbols

#: Places of a category lookup, and the bits that choose one.
PLACES_BITS = 11
STEEPEST = 3.0


@dataclass(frozen=True)
class Tastes:
    """`row`: each customer's, segment times categories plus favourite; `category`: by row and bits; `choice`: for each
    segment and category the distribution over its products, which stand in `product`, plus the row's number."""

    row: npt.NDArray[np.uint8]
    category: npt.NDArray[np.uint8]
    choice: Floats
    product: npt.NDArray[np.int32]
    kinds: int

    def pick(self, customer: Integers, bits: Bits) -> Integers:
        """The products' places that customers turn to, by 64 bits each."""
        row = self.row.take(customer).astype(np.int64)
        place = (bits & np.uint64((1 << PLACES_BITS) - 1)).view(np.int64)
        segment = row // self.kinds
        key = segment * self.kinds + self.category[row, place] + (bits >> np.uint64(24)) * 2.0**-40
        found = np.searchsorted(self.choice, key, side="right") - segment * len(self.product)
        return np.asarray(self.product.take(found), np.int64)


def tastes(parameters: Parameters, customers: Customers, products: Products) -> Tastes:
    """Tastes such that a customer of each segment is worth what its parameters say, on average over the calendar."""
    kinds, names = len(parameters["categories"]), symbols("customer", "segment")
    there = np.bincount(products.category, minlength=kinds) > 0
    order = np.argsort(products.category, kind="stable").astype(np.int32)
    category = np.zeros((len(names) * kinds, 1 << PLACES_BITS), np.uint8)
    visit = _worth(parameters, products)
    parts = []
    for code, name in enumerate(names):
        segment = parameters["segments"].get(name) or parameters["segments"]["Regular"]
        rows = slice(code * kinds, (code + 1) * kinds)
        category[rows] = _categories(parameters, segment["categories"], there)
        turned = _turned(category[rows], customers.exposure[code])
        brands = brand_parts(parameters, products.brand, segment["brands"])
        mean = (
            segment["lifetime_value"] * 100 * (customers.segment == code).sum() / _visits(parameters, customers, code)
        )
        weights = _tilted(products, brands, turned, visit, mean)[order]
        parts.append(_distributions(weights, products.category[order], code * kinds, kinds))
    row = customers.segment * np.uint8(kinds) + customers.favourite
    return Tastes(row, category, np.concatenate(parts), order, kinds)


def _categories(
    parameters: Parameters, weights: dict[str, float], there: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """Lookups of a segment's category for each favourite; only categories that have products."""
    loyalty = parameters["visits"]["favourite"]
    usual = np.array([weights[name] for name in parameters["categories"]]) * there
    usual = (usual if usual.any() else there) / (usual if usual.any() else there).sum()
    own = np.eye(len(there)) * there
    return np.stack([lookup(loyalty * one + (1 - loyalty) * usual, 1 << PLACES_BITS) for one in own])


def _turned(category: npt.NDArray[np.uint8], exposure: Floats) -> Floats:
    """The part of a segment's visits about each category, given how many there are by favourite."""
    places = np.stack([np.bincount(row, minlength=len(category)) for row in category]) / category.shape[1]
    weights = exposure if exposure.any() else np.ones(len(category))
    turned: Floats = weights @ places / weights.sum()
    return turned


def _visits(parameters: Parameters, customers: Customers, code: int) -> float:
    """The visits of a segment in the calendar at its reference volume; 1 where nobody is."""
    events = sum(parameters["mix"].values()) * len(customers.segment)
    return float(customers.exposure[code].sum() * events / EVENTS) or 1.0


def _worth(parameters: Parameters, products: Products) -> Floats:
    """What stays paid, on average, of a visit about each product, in cents."""
    kept = traffic(parameters, parameters["mix"]).kept(parameters)
    chosen = kept @ np.array(parameters["visits"]["choices"])
    line = _line(parameters, products.cents)
    worth: Floats = chosen[0] * line + line[products.companions] @ chosen[1:]
    return worth


def _line(parameters: Parameters, cents: Integers) -> Floats:
    """The mean amount of a line of each product, over quantities and discounts."""
    transactions = parameters["transactions"]
    total = np.zeros(len(cents))
    for units, part in enumerate(transactions["quantities"], start=1):
        price = np.where(cents * units > transactions["highest"] * 100, cents, cents * units)
        for discount in transactions["discounts"]:
            amount = np.maximum(price * (1 - discount), transactions["lowest"] * 100)
            total += part / len(transactions["discounts"]) * amount
    return np.asarray(total / sum(transactions["quantities"]), np.float64)


def _tilted(products: Products, brands: Floats, turned: Floats, worth: Floats, mean: float) -> Floats:
    """Parts of each category's products such that a visit is worth `mean`, as near as a power of the price gets."""
    price, low, high = products.cents / 10_000.0, -STEEPEST, STEEPEST
    weight = turned[products.category] * worth
    for _ in range(40):
        tilt = (low + high) / 2
        if _within(products, brands, price**tilt) @ weight < mean:
            low = tilt
        else:
            high = tilt
    return _within(products, brands, price**low)


def _within(products: Products, brands: Floats, factor: Floats) -> Floats:
    """Each product's part of its category: its brand's, times its own part of the brand."""
    weight = products.popularity * factor
    found: Floats = weight / np.bincount(products.brand, weight)[products.brand] * brands[products.brand]
    return found


def _distributions(weights: Floats, category: npt.NDArray[np.uint8], first: int, kinds: int) -> Floats:
    """The distribution of each category in turn, plus `first` and the category's number."""
    ends = np.searchsorted(category, np.arange(kinds + 1))
    pieces = [weights[begin:end] for begin, end in itertools.pairwise(ends)]
    return np.concatenate([first + kind + cumulative(piece) for kind, piece in enumerate(pieces) if len(piece)])
