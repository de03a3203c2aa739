"""A customer in the graph: what they bought, and who bought the same, as a picture."""

import math
from collections import defaultdict

from markupsafe import Markup

from queries.api.models import Customer
from queries.api.runners import Runners
from queries.console.asking import statement
from queries.console.drawings import GRAPH_HEIGHT, GRAPH_WIDTH, Dot, around, graph, placed
from queries.database import Table
from queries.runner import Runner

#: So many that names can still be read.
MOST_PRODUCTS, MOST_CUSTOMERS = 8, 8
INNER, OUTER = 0.5, 1.0


async def neighbourhood(runners: Runners, customer: Customer) -> Markup | None:
    """The picture; None where nobody bought the same. Raises as Runners.run() does."""

    def ask(runner: Runner) -> tuple[Table, Table]:
        mine = {"customer_id": customer.customer_id}
        similar = runner.cypher("similar_customers", {**mine, "limit": MOST_CUSTOMERS})
        others = [row["customer_id"] for row in similar.records()]
        if not others:
            return similar, similar
        return similar, runner.cypher_text(statement("cypher", "shared_products"), {**mine, "others": others})

    similar, shared = await runners.run(ask)
    return drawn(customer, similar, shared) if similar.rows else None


def drawn(customer: Customer, similar: Table, shared: Table) -> Markup:
    """`similar` are others by how much they share, `shared` each product with each who bought it."""
    buyers: dict[int, set[int]] = defaultdict(set)
    products: dict[int, tuple[str, str]] = {}
    for row in shared.records():
        buyers[row["product_id"]].add(row["customer_id"])
        # One that was withdrawn has neither.
        products[row["product_id"]] = (row["product"] or f"Product {row['product_id']}", row["category"] or "withdrawn")
    chosen = sorted(buyers, key=lambda product: (-len(buyers[product]), product))[:MOST_PRODUCTS]
    inner = around([f"p{product}" for product in chosen], INNER)
    me = customer.profile.name if customer.profile is not None else f"Customer {customer.customer_id}"
    dots = [Dot("me", me, "center", GRAPH_WIDTH / 2, GRAPH_HEIGHT / 2)]
    for product in chosen:
        name, category = products[product]
        title = f"{name}, {category}: bought by {len(buyers[product])} of those alike"
        dots.append(Dot(f"p{product}", name, "product", *inner[f"p{product}"], title=title))
    edges = [("me", f"p{product}", f"bought {products[product][0]}") for product in chosen]
    others = [row for row in similar.records() if any(row["customer_id"] in buyers[one] for one in chosen)]
    bought = {
        row["customer_id"]: [inner[f"p{one}"] for one in chosen if row["customer_id"] in buyers[one]] for row in others
    }
    angles = _spread([_toward(bought[row["customer_id"]]) for row in others])
    for row, angle in zip(others, angles, strict=True):
        number, key = row["customer_id"], f"c{row['customer_id']}"
        title = f"{row['name']}, {row['segment']}: {row['shared']} products in common"
        dots.append(Dot(key, row["name"], "customer", *placed(OUTER, angle), f"/customers/{number}", title))
        edges += [
            (key, f"p{one}", f"{row['name']} bought {products[one][0]}") for one in chosen if number in buyers[one]
        ]
    words = f"{me} and {len(others)} customers who bought the same: {', '.join(row['name'] for row in others)}"
    return graph(dots, edges, words)


def _toward(places: list[tuple[float, float]]) -> float:
    """The angle in which, from the middle, some places lie together."""
    x = sum(place[0] - GRAPH_WIDTH / 2 for place in places)
    y = sum(place[1] - GRAPH_HEIGHT / 2 for place in places)
    return math.atan2(y, x)


def _spread(angles: list[float]) -> list[float]:
    """The same order around the ring, at equal distances: names do not lie upon each other."""
    order = sorted(range(len(angles)), key=lambda at: angles[at])
    turn = 2 * math.pi / max(1, len(angles))
    first = angles[order[0]] if order else 0.0
    spread = [0.0] * len(angles)
    for place, at in enumerate(order):
        spread[at] = first + place * turn
    return spread
