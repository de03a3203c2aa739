"""How much of what is bought next a recommender guesses: recall@20 and nDCG@20, beside popularity and query 4."""

from typing import Any

import numpy as np
import numpy.typing as npt

from producers.world.world import World
from queries.recommend.blend import model
from queries.recommend.ranking import Ranking
from queries.recommend.shop import Floats, Ints, Rows, Shop
from tests.bench.recommend_world import Events, task, truth

TOP = 20
#: Of a ranking that is the same for many, so many are looked at: whoever has bought the first ones gets the next.
DEEP = 400
#: Customers of whom the plain 3-hop query is asked: it takes long, and fewer do not tell the difference from chance.
HOPPERS = 20_000
ROUNDS = 2_000


def quality(world: World, events: Events, seed: int = 0) -> dict[str, Any]:
    """The figures; `p_*`: the share of paired bootstrap samples in which ours is not above."""
    given = task(world, events)
    products = len(given.shop.products.ids)
    ours = Ranking(given.shop, model(given.shop)).of(given.customers).product[:, :TOP]
    popularity = np.bincount(given.shop.bought.indices, minlength=products).astype(np.float32)
    popular = _static(given.shop, given.customers, popularity)
    best = np.zeros_like(popular)
    rows = world.tastes.row[given.customers]
    for row, likely in truth(world):
        some = rows == row
        best[some] = _static(given.shop, given.customers[some], likely)
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.permutation(len(given.customers))[:HOPPERS])
    by_product = given.shop.bought.T.tocsr()
    hops = np.array([_three_hops(given.shop, by_product, customer) for customer in given.customers[chosen].tolist()])
    hit, (by_popularity, ceiling) = _hits(ours, given.held), (_hits(each, given.held) for each in (popular, best))
    by_hops = _hits(hops, given.held[chosen])
    recall, most, least = (float(each.any(axis=1).mean()) for each in (hit, ceiling, by_popularity))
    return {
        "recall_at_20": round(recall, 4),
        "recall_ratio": round(recall / least, 3),
        "ceiling_ratio": round(recall / most, 3),
        "ndcg_at_20": round(_gain(hit), 4),
        "popularity": {"recall_at_20": round(least, 4), "ndcg_at_20": round(_gain(by_popularity), 4)},
        "three_hops": {
            "customers": len(chosen),
            "recall_at_20": round(float(by_hops.any(axis=1).mean()), 4),
            "ours": round(float(hit[chosen].any(axis=1).mean()), 4),
        },
        "ceiling": {
            "recall_at_20": round(most, 4),
            "ndcg_at_20": round(_gain(ceiling), 4),
            "over_popularity": round(most / least, 3),
        },
        "coverage": {
            "ours": round(len(np.unique(ours[ours >= 0])) / products, 4),
            "popularity": round(len(np.unique(popular)) / products, 4),
        },
        "p_popularity": bootstrap(hit, by_popularity, rng),
        "p_three_hops": bootstrap(hit[chosen], by_hops, rng),
        "customers_tested": len(given.customers),
    }


def bootstrap(ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_], rng: np.random.Generator) -> float:
    """The share of samples with replacement of the same customers (rows) in which ours hits no more often than theirs.

    A sample's difference depends only on how many of it one alone hit, and how many the other alone.
    """
    size, one, other = len(ours), ours.sum(axis=1) > 0, theirs.sum(axis=1) > 0
    better, worse = int((one & ~other).sum()), int((other & ~one).sum())
    drawn = rng.multinomial(size, [better / size, worse / size, (size - better - worse) / size], ROUNDS)
    return float((drawn[:, 0] <= drawn[:, 1]).mean())


def _static(shop: Shop, customers: Ints, score: Floats) -> Ints:
    """The same ranking for all of them, of what can be bought, without what each has."""
    best = np.argsort(-np.where(shop.products.sold, score, -1), kind="stable")[:DEEP]
    place = np.full(len(score), -1, np.int64)
    place[best] = np.arange(len(best))
    found = np.zeros((len(customers), TOP), np.int64)
    for first in range(0, len(customers), 20_000):
        bought = shop.bought[customers[first : first + 20_000]]
        key = np.tile(np.arange(len(best)), (bought.shape[0], 1))
        at = place[bought.indices]
        owner = np.repeat(np.arange(bought.shape[0]), np.diff(bought.indptr))
        key[owner[at >= 0], at[at >= 0]] = len(best)
        key.partition(TOP - 1, axis=1)
        found[first : first + 20_000] = best[np.minimum(np.sort(key[:, :TOP], axis=1), len(best) - 1)]
    return found


def _three_hops(shop: Shop, by_product: Rows, customer: int) -> Ints:
    """Query 4: products by how many customers bought them who have a purchase in common, ties by id."""
    own = shop.bought[customer]
    peers = np.unique(by_product[own.indices].indices)
    score = np.bincount(shop.bought[peers[peers != customer]].indices, minlength=shop.bought.shape[1])
    score[own.indices] = 0
    return np.argsort(-np.where(shop.products.sold, score, -1), kind="stable")[:TOP]


def _hits(ranked: Ints, held: Ints) -> npt.NDArray[np.bool_]:
    return np.asarray(ranked == held[:, None], np.bool_)


def _gain(hit: npt.NDArray[np.bool_]) -> float:
    return float((hit / np.log2(np.arange(2, TOP + 2))).sum(axis=1).mean())
