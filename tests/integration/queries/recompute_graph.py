"""The 20 graph queries over plain rows, written apart from the Cypher: sets and dictionaries, customer by customer."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from tests.integration.queries.recompute import Ledger, Params, Rows, money
from tests.integration.queries.world import Product, Transaction


class Shop(Ledger):
    """Who bought what, by either end."""

    def product(self, number: int) -> Product | None:
        return self.world.products.get(number)

    def basket(self, customer: int) -> set[int]:
        return {row.product_id for row in self.of(customer)}

    def buyers(self, products: Iterable[int]) -> set[int]:
        wanted = set(products)
        return {row.customer_id for row in self.bought if row.product_id in wanted}

    def goods(self, category: str) -> set[int]:
        return {number for number, product in self.world.products.items() if product.category == category}

    def categories(self, customer: int) -> set[str]:
        return {product.category for number in self.basket(customer) if (product := self.product(number))}

    def segment(self, customer: int) -> str | None:
        found = self.world.customers.get(customer)
        return found.segment if found else None

    def members(self, segments: Iterable[str]) -> list[int]:
        wanted = set(segments)
        return [number for number, customer in self.world.customers.items() if customer.segment in wanted]


def cut(rows: Iterable[Any], params: Params, key: Callable[[Any], Any]) -> Rows:
    return sorted(rows, key=key)[: params.get("limit")]


def traits(shop: Shop, number: int, *names: str) -> tuple[Any, ...]:
    product = shop.product(number)
    return tuple(getattr(product, name) if product else None for name in names)


def customer_purchases(shop: Shop, params: Params) -> Rows:
    rows = []
    for row in shop.of(params["customer_id"]):
        own = (row.amount, row.quantity, row.channel, row.ts, row.transaction_id)
        rows.append((row.product_id, *traits(shop, row.product_id, "name", "category", "brand"), *own))
    return cut(sorted(rows, key=lambda row: row[-1], reverse=True), params, lambda row: -row[-2].timestamp())


def purchase_network(shop: Shop, params: Params) -> Rows:
    rows = []
    for customer in shop.members([params["segment"]]):
        for row in shop.of(customer):
            who = (customer, shop.world.customers[customer].name)
            what = (row.product_id, *traits(shop, row.product_id, "name", "category"))
            rows.append((*who, *what, row.amount, row.ts, row.transaction_id))
    return cut(rows, params, lambda row: (-row[-2].timestamp(), -row[-1]))


def catalog_exploration(shop: Shop, params: Params) -> Rows:
    found = [shop.world.products[number] for number in shop.goods(params["category"])]
    fitting = [product for product in found if params["min_price"] <= float(product.price) <= params["max_price"]]
    rows = [(one.product_id, one.name, one.brand, one.price, one.stock_quantity) for one in fitting]
    return cut(rows, params, lambda row: (row[3], row[0]))


def _popular(shop: Shop, customers: Iterable[int], without: set[int], params: Params, *names: str) -> Rows:
    """The products that most of the customers have."""
    counts = Counter(number for customer in customers for number in shop.basket(customer) - without)
    there = [(number, count) for number, count in counts.items() if shop.product(number)]
    rows = [(number, *traits(shop, number, *names), count) for number, count in there]
    return cut(rows, params, lambda row: (-row[-1], row[0]))


def collaborative_filtering(shop: Shop, params: Params) -> Rows:
    own = shop.basket(params["customer_id"])
    peers = shop.buyers(own) - {params["customer_id"]}
    return _popular(shop, peers, own, params, "name", "category", "price")


def product_affinity(shop: Shop, params: Params) -> Rows:
    number = params["product_id"]
    return _popular(shop, shop.buyers([number]), {number}, params, "name", "category", "brand")


def category_expansion(shop: Shop, params: Params) -> Rows:
    buyers = shop.buyers(shop.goods(params["category"]))
    counts = Counter(name for customer in buyers for name in shop.categories(customer) - {params["category"]})
    return cut(counts.items(), params, lambda row: (-row[1], row[0]))


def high_value_patterns(shop: Shop, params: Params) -> Rows:
    rows = []
    for customer in shop.members([params["segment"]]):
        own = shop.of(customer)
        if own:
            mean = float(money(own)) / len(own)
            name = shop.world.customers[customer].name
            rows.append((customer, name, len(own), len(shop.basket(customer)), money(own), mean))
    return cut(rows, params, lambda row: (-row[2], -row[4], row[0]))


def _sales(shop: Shop, trait: str, key: Callable[[Transaction], Any]) -> dict[tuple[Any, str], list[Transaction]]:
    groups: dict[tuple[Any, str], list[Transaction]] = defaultdict(list)
    for row in shop.bought:
        product = shop.product(row.product_id)
        if product is not None:
            groups[key(row), getattr(product, trait)].append(row)
    return groups


def brand_loyalty(shop: Shop, params: Params) -> Rows:
    rows = []
    for (customer, brand), own in _sales(shop, "brand", lambda row: row.customer_id).items():
        if len(own) >= params["min_purchases"]:
            known = shop.world.customers.get(customer)
            rows.append((customer, known.name if known else None, brand, len(own), money(own)))
    return cut(rows, params, lambda row: (-row[3], -row[4], row[0], row[2]))


def customer_journey(shop: Shop, params: Params) -> Rows:
    steps = [(row.ts, "purchase", row.product_id, row.amount) for row in shop.of(params["customer_id"])]
    acts = [act for act in shop.world.interactions if act.customer_id == params["customer_id"]]
    events = [*steps, *((act.ts, act.type, act.product_id, None) for act in acts)]
    rows = [(ts, step, number, *traits(shop, number, "name", "category"), paid) for ts, step, number, paid in events]
    return cut(rows, params, lambda row: row[:3])


def _valuable(shop: Shop, customers: Iterable[int], params: Params) -> Rows:
    rows = [
        (number, shop.world.customers[number].name, shop.segment(number), shop.value(number)) for number in customers
    ]
    return cut(rows, params, lambda row: (-row[3], row[0]))


def category_absence(shop: Shop, params: Params) -> Rows:
    members = shop.members(params["segments"])
    return _valuable(shop, [one for one in members if params["category"] not in shop.categories(one)], params)


def category_gap(shop: Shop, params: Params) -> Rows:
    buyers = shop.buyers(shop.goods(params["category"])) - shop.buyers(shop.goods(params["missing"]))
    return _valuable(shop, buyers & shop.world.customers.keys(), params)


def popular_by_segment(shop: Shop, params: Params) -> Rows:
    counts = Counter((shop.segment(row.customer_id), row.product_id) for row in shop.bought)
    rows = [
        (segment, number, *traits(shop, number, "name"), count)
        for (segment, number), count in counts.items()
        if segment is not None and shop.product(number)
    ]
    return cut(rows, params, lambda row: (-row[3], row[0], row[1]))


def _by_segment(shop: Shop, trait: str) -> Rows:
    groups = _sales(shop, trait, lambda row: shop.segment(row.customer_id))
    rows = [(segment, name, len(own), money(own)) for (segment, name), own in groups.items() if segment is not None]
    return sorted(rows, key=lambda row: (row[0], -row[3], row[1]))


def two_step_recommendation(shop: Shop, params: Params) -> Rows:
    me, own = params["customer_id"], shop.basket(params["customer_id"])
    peers = shop.buyers(own) - {me}
    bridges = {number for peer in peers for number in shop.basket(peer)} - own
    return _popular(shop, shop.buyers(bridges) - {me}, own, params, "name", "category", "price")


def complementary_products(shop: Shop, params: Params) -> Rows:
    number = params["product_id"]
    product = shop.product(number)
    same = shop.goods(product.category) if product else set()
    return _popular(shop, shop.buyers([number]), same | {number}, params, "name", "category", "brand")


def similar_customers(shop: Shop, params: Params) -> Rows:
    own = shop.basket(params["customer_id"])
    rows = []
    for number, customer in shop.world.customers.items():
        shared = len(own & shop.basket(number))
        if shared and number != params["customer_id"]:
            rows.append((number, customer.name, customer.segment, shared))
    return cut(rows, params, lambda row: (-row[3], row[0]))


def segment_density(shop: Shop, _: Params) -> Rows:
    rows = []
    for segment in sorted({customer.segment for customer in shop.world.customers.values()}):
        own = [row for member in shop.members([segment]) for row in shop.of(member)]
        if own:
            customers, products = len({row.customer_id for row in own}), len({row.product_id for row in own})
            rows.append((segment, customers, products, len(own), len(own) / (customers * products)))
    return rows


def low_engagement(shop: Shop, params: Params) -> Rows:
    members = [(number, len(shop.of(number))) for number in shop.members(params["segments"])]
    rows = []
    for number, count in members:
        if count < params["max_purchases"]:
            rows.append((number, shop.world.customers[number].name, shop.segment(number), shop.value(number), count))
    return cut(rows, params, lambda row: (row[4], -row[3], row[0]))


def category_diversity(shop: Shop, params: Params) -> Rows:
    counts = {number: len(shop.categories(number)) for number in shop.world.customers}
    rows = [
        (number, shop.world.customers[number].name, shop.segment(number), count)
        for number, count in counts.items()
        if count
    ]
    return cut(rows, params, lambda row: (-row[3], row[0]))


QUERIES: dict[str, Callable[[Shop, Params], Rows]] = {
    "customer_purchases": customer_purchases,
    "purchase_network": purchase_network,
    "catalog_exploration": catalog_exploration,
    "collaborative_filtering": collaborative_filtering,
    "product_affinity": product_affinity,
    "category_expansion": category_expansion,
    "high_value_patterns": high_value_patterns,
    "brand_loyalty": brand_loyalty,
    "customer_journey": customer_journey,
    "category_absence": category_absence,
    "category_gap": category_gap,
    "popular_by_segment": popular_by_segment,
    "category_by_segment": lambda shop, _: _by_segment(shop, "category"),
    "brand_by_segment": lambda shop, _: _by_segment(shop, "brand"),
    "two_step_recommendation": two_step_recommendation,
    "complementary_products": complementary_products,
    "similar_customers": similar_customers,
    "segment_density": segment_density,
    "low_engagement": low_engagement,
    "category_diversity": category_diversity,
}
