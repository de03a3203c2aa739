"""Use case 5, bundles: what is bought together more often than by chance, and at what price to sell it as one."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Any

from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted, dollars, money

#: Third products that are tried for a pair.
THIRDS = 5
COLUMNS = ("bundle", "product_ids", "customers", "support", "lift", "list_price", "bundle_price", "saving")


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the bundle with the most customers beyond chance first.

    Of the N customers with a purchase in the last `months`, n bought all items of a bundle and n_i the item i, whenever
    and whatever else they bought:

        support = 100 n / N                               percent
        lift    = (n / N) / ((n_1 / N) (n_2 / N) ...)     1 where the items have nothing to do with each other

    as Agrawal, Imielinski and Swami (1993) and Brin, Motwani, Ullman and Tsur (1997) define them. The order is by
    n / N less the product of the n_i / N (Piatetsky-Shapiro 1991), so that neither rare nor merely popular items win.
    A pair takes a third item, of those that Cypher 5 and 16 name for its first one, where at least `min_customers`
    bought all three; what is out of stock is in no bundle, and no item in two. Prices are USD.
    """
    months, least = given["months"], given["min_customers"]
    together = ask.sql(
        "What is bought within a week", "basket_analysis", months=months, min_customers=least, limit=given["pairs"]
    )
    pairs = [(row["product_a"], row["product_b"]) for row in together if row["lift"] > 1]
    if not pairs:
        return Conclusion(COLUMNS, [], f"No two products are bought together by {least} customers more than by chance.")
    thirds = {first: _thirds(ask, first) for first in dict.fromkeys(first for first, _ in pairs)}
    wanted = [*pairs, *(bundle for pair in pairs for bundle in _threes(pair, thirds[pair[0]]))]
    items = sorted({item for bundle in wanted for item in bundle})
    # Several pairs may grow into the same three.
    asked = [[item] for item in items] + [list(bundle) for bundle in {tuple(sorted(each)): 0 for each in wanted}]
    counts = ask.own("How many bought all of them", "bought_all", bundles=asked, months=months)
    buyers = {tuple(row["bundle"]): row["customers"] for row in counts}
    goods = {row["product_id"]: row for row in ask.own_of("What they cost", "items", items)}
    everybody = counts[0]["everybody"]
    chosen = _chosen(pairs, thirds, buyers, goods, everybody, least)[: given["size"]]
    rows = [_row(bundle, buyers, goods, everybody, given) for bundle in chosen]
    return Conclusion(COLUMNS, rows, _sentence(rows, given))


def _thirds(ask: Asking, product: int) -> list[int]:
    """Products that go with one: of other categories first, in the order of the answers."""
    other = ask.cypher(f"What completes product {product}", "complementary_products", product_id=product, limit=THIRDS)
    near = ask.cypher(f"What goes with product {product}", "product_affinity", product_id=product, limit=THIRDS)
    return list(dict.fromkeys(row["product_id"] for row in (*other, *near)))


def _threes(pair: tuple[int, int], thirds: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return ((*pair, third) for third in thirds if third not in pair)


def _beyond(bundle: Sequence[int], buyers: Mapping[tuple[int, ...], int], everybody: int) -> float:
    chance = prod(buyers[item,] / everybody for item in bundle)
    return buyers[tuple(sorted(bundle))] / everybody - chance


def _chosen(
    pairs: Sequence[tuple[int, int]],
    thirds: Mapping[int, Sequence[int]],
    buyers: Mapping[tuple[int, ...], int],
    goods: Mapping[int, Row],
    everybody: int,
    least: int,
) -> list[tuple[int, ...]]:
    """The bundles, the most beyond chance first, that have no item in common."""
    grown: list[tuple[int, ...]] = []
    for pair in pairs:
        threes = [
            three
            for three in _threes(pair, thirds[pair[0]])
            if _sold(three, goods)
            and buyers[tuple(sorted(three))] >= least
            # A third that goes with the pair by chance alone completes nothing.
            and _lift(three, buyers, everybody) > _lift(pair, buyers, everybody)
        ]
        best = max(threes, key=lambda three: (_beyond(three, buyers, everybody), three), default=pair)
        if _sold(best, goods) and _lift(best, buyers, everybody) > 1:
            grown.append(best)
    grown.sort(key=lambda bundle: (-_beyond(bundle, buyers, everybody), bundle))
    chosen: list[tuple[int, ...]] = []
    used: set[int] = set()
    for bundle in grown:
        if used.isdisjoint(bundle):
            chosen.append(bundle)
            used.update(bundle)
    return chosen


def _sold(bundle: Sequence[int], goods: Mapping[int, Row]) -> bool:
    return all(item in goods and goods[item]["sold"] for item in bundle)


def _lift(bundle: Sequence[int], buyers: Mapping[tuple[int, ...], int], everybody: int) -> float:
    chance = prod(buyers[item,] / everybody for item in bundle)
    return buyers[tuple(sorted(bundle))] / everybody / chance if chance else 0.0


def _row(
    bundle: tuple[int, ...],
    buyers: Mapping[tuple[int, ...], int],
    goods: Mapping[int, Row],
    everybody: int,
    given: Mapping[str, Any],
) -> tuple[Any, ...]:
    customers = buyers[tuple(sorted(bundle))]
    price = sum((goods[item]["price"] for item in bundle), Decimal(0))
    cheaper = money(price * (1 - Decimal(str(given["discount"])) / 100))
    return (
        " + ".join(goods[item]["name"] for item in bundle),
        ", ".join(map(str, bundle)),
        customers,
        round(100 * customers / everybody, 4),
        round(_lift(bundle, buyers, everybody), 2),
        money(price),
        cheaper,
        money(price) - cheaper,
    )


def _sentence(rows: Sequence[tuple[Any, ...]], given: Mapping[str, Any]) -> str:
    if not rows:
        return "What is bought together more than by chance is out of stock: fill the shelves first."
    name, _, customers, _, lift, price, cheaper, _ = rows[0]
    return (
        f"Offer {counted(len(rows), 'bundle')} at {given['discount']:g} % off when all items are bought together, "
        f"first '{name}' at {dollars(cheaper)} instead of {dollars(price)}: {counted(customers, 'customer')} bought "
        f"all of it already, {lift:g} times as many as by chance."
    )


CASE = UseCase(
    "5",
    "Product bundles",
    "merchandising",
    (
        Knob("months", "UInt16", 13, "calendar months looked at, the running one included", 1, 1200),
        Knob("min_customers", "UInt32", 3, "fewest customers who bought all of a bundle", 1),
        Knob("pairs", "UInt32", 12, "pairs that bundles are made from", 1, 50),
        Knob("discount", "Float64", 10.0, "percent off a bundle", 0, 90),
        Knob("size", "UInt32", 10, "bundles at most", 1, 50),
    ),
    conclude,
)
