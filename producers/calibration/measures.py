"""The figures of a tally about who is worth what: segments, revenue, categories, brands, volumes, the catalogue."""

import numpy as np

from producers.calibration.tally import Tally
from producers.world.draws import Floats, Integers
from producers.world.products import brand_names
from producers.world.world import World
from schemas.records import symbols

Measures = dict[str, float | str]
SEGMENTS = tuple(symbols("customer", "segment")[1:])
#: Revenue is measured in USD, counted in cents.
CENTS = 100


def ratio(one: float, other: float) -> float:
    """Their quotient, nan where there is none."""
    return float(one) / float(other) if other else float("nan")


def worth(world: World, tally: Tally) -> Measures:
    """Shares and lifetime values of the segments, and how concentrated revenue is."""
    segment, value = world.customers.segment, tally.counts.value
    found: Measures = {}
    for code, name in enumerate(SEGMENTS, start=1):
        own = segment == code
        found[f"segment share {name}"] = 100 * own.mean()
        found[f"lifetime value {name}"] = ratio(value[own].sum() / CENTS, own.sum())
    total = value.sum()
    ranked = np.sort(value)[::-1]
    found["revenue of the top 20 %"] = 100 * ratio(ranked[: len(ranked) // 5].sum(), total)
    found["revenue of the VIPs"] = 100 * ratio(value[segment == SEGMENTS.index("VIP") + 1].sum(), total)
    found["VIP quartiles, top over bottom"] = _quartiles(value[segment == SEGMENTS.index("VIP") + 1])
    found["best customer's lifetime value"] = float(ranked[0]) / CENTS
    found["lifetime value at rank 50 in a million"] = float(ranked[len(ranked) * 50 // 1_000_000]) / CENTS
    return found


def _quartiles(value: Integers) -> float:
    ranked = np.sort(value)[::-1]
    quarter = len(ranked) // 4
    return ratio(ranked[:quarter].sum(), ranked[len(ranked) - quarter :].sum())


def leanings(world: World, tally: Tally) -> Measures:
    """What segments spend on: an index of 1 is the share that a category has in all revenue."""
    by_category = tally.counts.by_category
    categories = list(world.parameters["categories"])
    index = _index(by_category)
    found: Measures = {"VIPs in the revenue of Electronics": _vips(by_category, categories.index("Electronics"))}
    for segment, category in (("VIP", "Electronics"), ("VIP", "Home"), ("Premium", "Electronics"), ("Premium", "Home")):
        row = SEGMENTS.index(segment) + 1
        found[f"{category} index of {segment}"] = float(index[row, categories.index(category)])
    found["first category of Basic"] = categories[int(by_category[SEGMENTS.index("Basic") + 1].argmax())]
    brands = brand_names(world.parameters)
    for segment in ("VIP", "Premium"):
        row = tally.counts.by_brand[SEGMENTS.index(segment) + 1]
        ranked = np.sort(row)[::-1]
        found[f"first brand of {segment}"] = brands[int(row.argmax())]
        found[f"first brand over second, {segment}"] = ratio(ranked[0], ranked[1])
    return found


def _index(by_category: Integers) -> Floats:
    rows = by_category / np.maximum(by_category.sum(axis=1, keepdims=True), 1)
    index: Floats = rows / np.maximum(by_category.sum(axis=0) / max(by_category.sum(), 1), 1e-12)
    return index


def _vips(by_category: Integers, category: int) -> float:
    return 100 * ratio(by_category[SEGMENTS.index("VIP") + 1, category], by_category[:, category].sum())


def volumes(world: World, tally: Tally) -> Measures:
    """How much happens: types of interactions, events a customer."""
    counts, customers = tally.counts, len(world.customers.segment)
    found: Measures = {}
    for code, name in enumerate(symbols("interaction", "type")[1:], start=1):
        found[f"{name}s among interactions"] = 100 * ratio(counts.types[code], counts.types.sum())
    found["interactions a customer"] = ratio(counts.interactions.sum(), customers)
    found["interactions of the busiest customer"] = float(counts.interactions.max())
    found["transactions a customer"] = ratio(counts.transactions.sum(), customers)
    found["transactions a buyer"] = ratio(counts.transactions.sum(), (counts.purchases > 0).sum())
    found["most purchases of a customer"] = float(counts.purchases.max())
    events = counts.interactions.sum() + counts.transactions.sum() + counts.changes[0]
    found["records a customer, products aside"] = ratio(events + customers, customers)
    return found


def catalogue(world: World, _tally: Tally) -> Measures:
    """What is for sale."""
    products = world.products
    brands = [len(np.unique(products.brand[products.category == code])) for code in np.unique(products.category)]
    return {
        "categories": float(len(brands)),
        "brands of a category, fewest": float(min(brands)),
        "lowest price": float(products.cents.min()) / CENTS,
        "highest price": float(products.cents.max()) / CENTS,
        "lowest stock": float(products.stock.min()),
        "highest stock": float(products.stock.max()),
    }
