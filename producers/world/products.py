"""The products: category, brand, price, stock, popularity by Zipf's law, and what goes with what.

Arrays are by place: product id less one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.draws import Floats, Integers, Stream, cumulative, normal_quantiles, pick
from producers.world.parameters import Parameters
from schemas.records import symbols

#: Products that go with each product.
COMPANIONS = 4


@dataclass(frozen=True)
class Products:
    """Tables of all products; `choice`: for each segment code in turn, its distribution over them, plus the code."""

    category: npt.NDArray[np.uint8]
    brand: npt.NDArray[np.uint8]
    cents: Integers
    stock: npt.NDArray[np.int32]
    popularity: Floats
    companions: npt.NDArray[np.int32]
    choice: Floats

    def pick(self, segment: npt.NDArray[np.uint8], unit: Floats) -> Integers:
        """The places of the products that customers of these segments turn to."""
        count = len(self.cents)
        found = np.searchsorted(self.choice, segment + unit, side="right") - segment.astype(np.int64) * count
        return np.asarray(np.minimum(found, count - 1), np.int64)


def brand_names(parameters: Parameters) -> list[str]:
    """All brands; products.brand points into it."""
    return [name for category in parameters["categories"].values() for name in category["brands"]]


def products(parameters: Parameters, seed: int, count: int) -> Products:
    """The tables of `count` products."""
    place = np.arange(count, dtype=np.int64)
    kinds = list(parameters["categories"].values())
    category = pick(cumulative(kind["share"] for kind in kinds), Stream(seed, "category").unit(place)).astype(np.uint8)
    brands = np.array([len(kind["brands"]) for kind in kinds])
    # The lesser of two draws: a category's first brands are its big ones.
    one, other = Stream(seed, "brand").unit(place), Stream(seed, "brand again").unit(place)
    within = np.floor(np.minimum(one, other) * brands[category]).astype(np.int64)
    brand = ((np.cumsum(brands) - brands)[category] + within).astype(np.uint8)
    cents = _prices(parameters, seed, place, category)
    rank = np.argsort(np.argsort(Stream(seed, "popularity").bits(place), kind="stable"), kind="stable") + 1.0
    popularity = rank ** -parameters["popularity"]["exponent"]
    companions = _companions(parameters, seed, category, popularity)
    stock = np.floor(Stream(seed, "stock").unit(place) * 1051).astype(np.int32) - 50
    choice = _choices(parameters, category, brand, cents, popularity, companions)
    return Products(category, brand, cents, np.clip(stock, 0, 1000), popularity, companions, choice)


def _prices(parameters: Parameters, seed: int, place: Integers, category: npt.NDArray[np.uint8]) -> Integers:
    """In cents, most of them ending in .99."""
    median, sigma = np.array([kind["price"] for kind in parameters["categories"].values()]).T
    dollars = median[category] * np.exp(sigma[category] * normal_quantiles(Stream(seed, "price").unit(place)))
    cents = np.floor(dollars).astype(np.int64) * 100 + 99
    low, high = (round(parameters["transactions"][end] * 100) for end in ("lowest", "highest"))
    return np.asarray(np.clip(cents, low, high), np.int64)


def _companions(
    parameters: Parameters, seed: int, category: npt.NDArray[np.uint8], popularity: Floats
) -> npt.NDArray[np.int32]:
    """For each product, others of the categories that go with its own, the popular ones more often."""
    names = list(parameters["categories"])
    order = np.argsort(category, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(popularity[order])])
    ends = np.searchsorted(category[order], np.arange(len(names) + 1))
    goes = np.array([[names.index(other) for other in kind["goes_with"]] for kind in parameters["categories"].values()])
    slot = np.arange(len(category) * COMPANIONS, dtype=np.int64).reshape(-1, COMPANIONS)
    which = (Stream(seed, "goes with").bits(slot) % np.uint64(goes.shape[1])).astype(np.int64)
    wanted = goes[category[:, None], which]
    wanted = np.where(ends[wanted + 1] > ends[wanted], wanted, category[:, None])
    low, high = total[ends[wanted]], total[ends[wanted + 1]]
    found = np.searchsorted(total, low + (high - low) * Stream(seed, "companion").unit(slot), side="right") - 1
    return np.asarray(order[np.clip(found, ends[wanted], ends[wanted + 1] - 1)], np.int32)


def _choices(
    parameters: Parameters,
    category: npt.NDArray[np.uint8],
    brand: npt.NDArray[np.uint8],
    cents: Integers,
    popularity: Floats,
    companions: npt.NDArray[np.int32],
) -> Floats:
    """Popularity, leaning by category and brand, and by price as far as the segment's mean purchase asks for."""
    paid = _paid(parameters, cents, companions)
    parts = []
    for code, name in enumerate(symbols("customer", "segment")):
        segment = parameters["segments"].get(name)
        if segment is None:
            parts.append(code + cumulative(popularity))
            continue
        leaning = _leaning(parameters["categories"], segment["categories"])[category]
        leaning *= _leaning(brand_names(parameters), segment["brands"])[brand]
        mean = segment["lifetime_value"] / (segment["orders"] * kept(parameters)) * 100
        parts.append(code + cumulative(_tilted(popularity * leaning, cents / 10_000.0, paid, mean)))
    return np.concatenate(parts)


def _leaning(names: Iterable[str], factors: dict[str, float]) -> npt.NDArray[Any]:
    return np.array([factors.get(name, 1.0) for name in names], np.float64)


def kept(parameters: Parameters) -> float:
    """Of what is ordered, the part that stays as lifetime value: neither cancelled nor refunded."""
    transactions, visits = parameters["transactions"], parameters["visits"]
    mix = parameters["mix"]
    share = mix["transactions"] / sum(mix.values())
    last = share * visits["buying"][-1] * (1 - transactions["cancelled"])
    refunds = visits["returns"] * (1 - visits["returns"]) * last
    back = refunds / (4 * share) * (1 + transactions["refunded_whole"]) / 2
    return float((1 - transactions["cancelled"]) - back)


def _paid(parameters: Parameters, cents: Integers, companions: npt.NDArray[np.int32]) -> Floats:
    """The mean amount of a purchase in a visit about each product, in cents."""
    visits, transactions = parameters["visits"], parameters["transactions"]
    chosen = np.average(np.array(visits["choices"]), axis=0, weights=visits["buying"])
    quantity = np.array(transactions["quantities"]) @ np.arange(1, len(transactions["quantities"]) + 1)
    discount = 1 - np.mean(transactions["discounts"])
    single = np.where(cents * 2 > transactions["highest"] * 100, 1.0, quantity) * cents * discount
    mean: Floats = chosen[0] * single + single[companions] @ chosen[1:]
    return mean


def _tilted(weights: Floats, price: Floats, paid: Floats, mean: float) -> Floats:
    """Weights times a power of the price such that the weighted mean of `paid` is `mean`, as near as can be."""
    low, high = -3.0, 3.0
    for _ in range(40):
        tilt = (low + high) / 2
        tilted = weights * price**tilt
        if tilted @ paid < mean * tilted.sum():
            low = tilt
        else:
            high = tilt
    return weights * price**low
