"""A world's purchases in memory: what a recommender may know, what it must guess, and what the simulator itself knows.

Each customer's last purchase is held out with all that they did in the day before it, as a refresh at night does not
know the visit that it is part of. What the world is drawn from says how likely each product is to be the next one:
whoever ranks by these true probabilities gets the ceiling.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from producers.backfill.history import CUSTOMERS, PRODUCTS, Request
from producers.plan import Plan
from producers.sender import batches
from producers.world.events import COMPLETED
from producers.world.products import COMPANIONS
from producers.world.traffic import traffic
from producers.world.world import World
from queries.recommend.shop import Customers, Floats, Ints, Products, Shop, purchases

DAY_MS = 86_400_000


@dataclass(frozen=True)
class Events:
    """Columns of places (customers, products) and times (ms): of all transactions with their status' code, and of all
    interactions."""

    buyer: npt.NDArray[np.int32]
    bought: npt.NDArray[np.int32]
    status: npt.NDArray[np.uint8]
    bought_at: Ints
    looker: npt.NDArray[np.int32]
    looked: npt.NDArray[np.int32]
    looked_at: Ints


def plan_of(scale: float) -> Plan:
    """The plan of that share of the client's history."""
    request = Request(42, round(CUSTOMERS * scale), round(PRODUCTS * scale) if scale > 1 else PRODUCTS)
    return request.plan(int(time.time() * 1000))


def drawn(plan: Plan, world: World) -> Events:
    """All events of a plan."""
    found: dict[str, list[list[npt.NDArray[np.generic]]]] = {"transactions": [], "interactions": []}
    events = plan.drawn(world)
    for first, last in batches(0, plan.events):
        for stream, part in events.parts(first, last, frozenset(found)).items():
            who, what = (part.columns[name].astype(np.int32) - 1 for name in ("customer_id", "product_id"))
            status = [part.columns["status"]] if stream == "transactions" else []
            found[stream].append([who, what, *status, part.ts])
    columns = [np.concatenate(column) for stream in found.values() for column in zip(*stream, strict=True)]
    return Events(*columns)


@dataclass(frozen=True)
class Task:
    """What may be known, and for each of `customers` the product that was bought next."""

    shop: Shop
    customers: Ints
    held: Ints


def task(world: World, events: Events) -> Task:
    """Everybody who bought something before the day of their last purchase."""
    count, products = len(world.customers.segment), world.products
    paid = events.status == COMPLETED
    who, what, when = events.buyer[paid], events.bought[paid], events.bought_at[paid]
    order = np.lexsort((when, who))
    who, what, when = who[order], what[order], when[order]
    end = np.flatnonzero(np.diff(who, append=-1))
    held, until = np.full(count, -1, np.int64), np.full(count, np.iinfo(np.int64).max)
    held[who[end]], until[who[end]] = what[end], when[end] - DAY_MS
    before = when < until[who]
    places = np.arange(count)
    bought, last = purchases(places, np.arange(len(products.cents)), who[before], what[before], when[before] // 1000)
    kinds = int(products.category.max()) + 1
    seen = events.looked_at < until[events.looker]
    cell = events.looker[seen].astype(np.int64) * kinds + products.category[events.looked[seen]]
    looked = np.bincount(cell, minlength=count * kinds).reshape(count, kinds).astype(np.float32)
    names = tuple(map(str, range(kinds)))
    goods = Products(
        np.arange(len(products.cents)), products.category.astype(np.int32), products.brand.astype(np.int32),
        products.stock > 0, names,
    )  # fmt: skip
    segments = tuple(map(str, range(int(world.customers.segment.max()) + 1)))
    people = Customers(places, world.customers.segment.astype(np.int32), segments)
    known = np.flatnonzero((np.diff(bought.indptr) > 0) & (held >= 0))
    return Task(Shop(goods, people, bought, looked, last), known, held[known])


def truth(world: World) -> Iterator[tuple[int, Floats]]:
    """For each kind of customer (a row of the world's tastes) how likely each product is the next purchase's."""
    tastes, products = world.tastes, world.products
    buying = traffic(world.parameters, world.parameters["mix"]).buying
    choice = buying / buying.sum() @ np.array(world.parameters["visits"]["choices"])
    size = len(tastes.product)
    category = products.category[tastes.product].astype(np.int64)
    starts = np.diff(category, prepend=-1) != 0
    for row in np.unique(tastes.row).tolist():
        segment = row // tastes.kinds
        upto = tastes.choice[segment * size : (segment + 1) * size] - (segment * tastes.kinds + category)
        part = np.where(starts, upto, np.diff(upto, prepend=0))
        turned = np.bincount(tastes.category[row], minlength=tastes.kinds) / tastes.category.shape[1]
        visit = np.zeros(size)
        visit[tastes.product] = part * turned[category]
        found = choice[0] * visit
        for place in range(COMPANIONS):
            found += choice[place + 1] * np.bincount(products.companions[:, place], visit, size)
        yield row, found.astype(np.float32)
