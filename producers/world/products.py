"""The products: category, brand, price, stock, popularity by Zipf's law, and what goes with what.

Arrays are by place: product id less one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from producers.world.draws import Floats, Integers, Stream, cumulative, normal_quantiles, pick
from producers.world.parameters import Parameters

#: Products that go with each product.
COMPANIONS = 4


@dataclass(frozen=True)
class Products:
    """Tables of all products; category and brand are codes into the parameters' lists."""

    category: npt.NDArray[np.uint8]
    brand: npt.NDArray[np.uint8]
    cents: Integers
    stock: npt.NDArray[np.int32]
    popularity: Floats
    companions: npt.NDArray[np.int32]


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
    appeal = popularity ** parameters["popularity"]["companions"]
    appeal *= brand_parts(parameters, brand, {})[brand] / np.bincount(brand, appeal)[brand]
    companions = _companions(parameters, seed, category, appeal)
    stock = np.floor(Stream(seed, "stock").unit(place) * 1051).astype(np.int32) - 50
    return Products(category, brand, cents, np.clip(stock, 0, 1000), popularity, companions)


def brand_parts(
    parameters: Parameters,
    brand: npt.NDArray[np.uint8],
    leanings: dict[str, float],
) -> Floats:
    """Each brand's part of its category, the first ones more, times its leaning; of the brands that have products."""
    usual = np.concatenate(
        [1 - (np.arange(several := len(kind["brands"])) + 0.5) / several for kind in parameters["categories"].values()]
    )
    home = np.repeat(
        np.arange(len(parameters["categories"])), [len(k["brands"]) for k in parameters["categories"].values()]
    )
    leaning = np.array([leanings.get(name, 1.0) for name in brand_names(parameters)])
    parts = usual * leaning * (np.bincount(brand, minlength=len(usual)) > 0)
    total = np.bincount(home, parts)[home]
    found: Floats = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return found


def _prices(parameters: Parameters, seed: int, place: Integers, category: npt.NDArray[np.uint8]) -> Integers:
    """In cents, most of them ending in .99."""
    median, sigma = np.array([kind["price"] for kind in parameters["categories"].values()]).T
    dollars = median[category] * np.exp(sigma[category] * normal_quantiles(Stream(seed, "price").unit(place)))
    cents = np.floor(dollars).astype(np.int64) * 100 + 99
    low, high = (round(parameters["transactions"][end] * 100) for end in ("lowest", "highest"))
    return np.asarray(np.clip(cents, low, high), np.int64)


def _companions(
    parameters: Parameters, seed: int, category: npt.NDArray[np.uint8], appeal: Floats
) -> npt.NDArray[np.int32]:
    """For each product, others of the categories that go with its own, the appealing ones more often."""
    names = list(parameters["categories"])
    order = np.argsort(category, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(appeal[order])])
    ends = np.searchsorted(category[order], np.arange(len(names) + 1))
    goes = np.array([[names.index(other) for other in kind["goes_with"]] for kind in parameters["categories"].values()])
    slot = np.arange(len(category) * COMPANIONS, dtype=np.int64).reshape(-1, COMPANIONS)
    which = (Stream(seed, "goes with").bits(slot) % np.uint64(goes.shape[1])).astype(np.int64)
    wanted = goes[category[:, None], which]
    wanted = np.where(ends[wanted + 1] > ends[wanted], wanted, category[:, None])
    low, high = total[ends[wanted]], total[ends[wanted + 1]]
    found = np.searchsorted(total, low + (high - low) * Stream(seed, "companion").unit(slot), side="right") - 1
    return np.asarray(order[np.clip(found, ends[wanted], ends[wanted + 1] - 1)], np.int32)
