"""Use case 2, recommendations: what to show a customer next, where each product is from, and how good that is."""

from collections.abc import Mapping, Sequence
from typing import Any

from queries.recommend.known import NothingYetError
from queries.recommend.serving import Recommendations
from queries.use_cases.asking import Asking
from queries.use_cases.report import Conclusion, Knob, Row, UseCase, counted

COLUMNS = ("rank", "product_id", "name", "category", "price", "found_by")
PEERS, TOGETHER, EXPANSION = "customers like them", "goes with their last purchase", "a category new to them"
#: How often each source is taken from in turn: peers are the primary one.
TURNS = (PEERS, PEERS, TOGETHER, PEERS, EXPANSION)
#: Purchases held out that are judged by one statement: each has tens of thousands of customers like its buyer.
AT_ONCE = 40


def conclude(ask: Asking, given: Mapping[str, Any]) -> Conclusion:
    """Rows of COLUMNS, the best first.

    The list is the customer's own of the last refresh (queries.recommend), if there is one. Otherwise the graph's
    answers by turns, without what is sold out or not launched yet: three of five from customers like them, one that
    goes with their last purchase, one best seller of a category that is new to them. Of whom nothing is known gets
    what the last refresh found to be bought most.

    How good: of `sample` customers, chosen by a hash, the last product that they bought for the first time is held
    out, and Cypher 4's question asked as of just before it; recall is the percent whose held-out product is among the
    20 then answered, beside that of the 20 products with the most buyers then. Of the refresh's own lists it counts how
    many of the first purchases that were made after a list was computed were on it.
    """
    customer = given["customer_id"] or int(ask.default("cypher", "collaborative_filtering", "customer_id"))
    peers = ask.cypher("Customers like them also bought", "collaborative_filtering", customer_id=customer, limit=20)
    bought = ask.cypher("What they bought last", "customer_purchases", customer_id=customer, limit=1000)
    found = {PEERS: peers, **_besides(ask, customer, bought)}
    served = _served(ask, customer, given["size"])
    if served is not None and served.source == "own":
        rows, origin = _listed(served), "their own list of the last refresh"
    else:
        rows = _blended(found, _sold(ask, found), {row["product_id"] for row in bought}, given["size"])
        origin = "the graph's answers by turns, since no refresh has a list of theirs"
    if not rows and served is not None:
        rows, origin = _listed(served), "what others buy most, since nothing is known of theirs"
    return Conclusion(COLUMNS, rows, _sentence(customer, rows, origin, _quality(ask, given)))


def _besides(ask: Asking, customer: int, bought: Sequence[Row]) -> dict[str, list[Row]]:
    """What goes with the last purchase, and best sellers of categories that the customer has not bought from."""
    known = [row for row in bought if row["name"] is not None]
    if not known:
        return {}
    last = known[0]
    together = ask.cypher(
        f"What goes with product {last['product_id']}", "product_affinity", product_id=last["product_id"], limit=20
    )
    categories = [row["category"] for row in known]
    favourite = max(sorted(set(categories)), key=categories.count)
    near = ask.cypher(f"Buyers of {favourite} also buy from", "category_expansion", category=favourite, limit=20)
    fresh = [row["category"] for row in near if row["category"] not in categories]
    expansion = ask.own("What sells best there", "shelf", categories=fresh, customer=customer) if fresh else []
    return {TOGETHER: together, EXPANSION: expansion}


def _served(ask: Asking, customer: int, size: int) -> Recommendations | None:
    """The list of the last refresh; None where there was no refresh yet."""
    try:
        return ask.serving.of(customer, size)
    except NothingYetError as error:
        ask.note("Recommendations of the last refresh", "c360 recommend", ("none",), [(str(error),)])
        return None


def _listed(served: Recommendations) -> list[tuple[Any, ...]]:
    return [
        (rank, item.product_id, item.name, item.category, item.price, item.reason)
        for rank, item in enumerate(served.items, start=1)
    ]


def _sold(ask: Asking, found: Mapping[str, Sequence[Row]]) -> dict[int, Row]:
    """Those that can be bought, of what the graph found: it knows no stock."""
    ids = sorted({row["product_id"] for answers in found.values() for row in answers})
    items = ask.own_of("Which of these are sold", "items", ids)
    return {row["product_id"]: row for row in items if row["sold"]}


def _blended(
    found: Mapping[str, Sequence[Row]], sold: Mapping[int, Row], bought: set[int], size: int
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    seen = set(bought)
    left = {name: iter([row["product_id"] for row in answers]) for name, answers in found.items()}
    while left and len(rows) < size:
        for name in TURNS:
            if name not in left or len(rows) == size:
                continue
            product = next((each for each in left[name] if each in sold and each not in seen), None)
            if product is None:
                del left[name]
                continue
            seen.add(product)
            item = sold[product]
            rows.append((len(rows) + 1, product, item["name"], item["category"], item["price"], name))
    return rows


def _quality(ask: Asking, given: Mapping[str, Any]) -> str:
    held = ask.own("Last purchases that are held out", "held_out", sample=given["sample"])
    words = []
    if held:
        peers, popular = (
            100 * _found(ask, name, held) / len(held) for name in ("held_out_by_peers", "held_out_by_all")
        )
        ask.note(
            "How many of these are among the 20 answered just before",
            "use_cases/sql/held_out_by_peers.sql and held_out_by_all.sql",
            ("customers", "recall_of_peers", "recall_of_popularity"),
            [(len(held), round(peers, 1), round(popular, 1))],
        )
        words.append(
            f"Of {counted(len(held), 'last purchase')} held out, {peers:.0f} % were among the 20 that customers like "
            f"them had bought, {popular:.0f} % among the 20 most bought"
        )
    (since,) = ask.own("What was bought after the lists were computed", "hits", size=20)
    if since["purchases"]:
        share = 100 * since["hits"] / since["purchases"]
        words.append(
            f"{share:.0f} % of {counted(since['purchases'], 'first purchase')} made after the last refresh were on the "
            f"buyer's list of 20"
        )
    return ". ".join(words) or "Nobody has bought two products yet: how good they are cannot be told"


def _found(ask: Asking, name: str, held: Sequence[Row]) -> int:
    """How many of those that are held out are among what a statement answers."""
    columns = {"customers": "customer_id", "products": "product_id", "ats": "at"}
    parts = [held[first : first + AT_ONCE] for first in range(0, len(held), AT_ONCE)]
    return sum(
        len(ask.look(name, **{given: [row[column] for row in part] for given, column in columns.items()}))
        for part in parts
    )


def _sentence(customer: int, rows: Sequence[tuple[Any, ...]], origin: str, quality: str) -> str:
    if not rows:
        return f"There is nothing to recommend to customer {customer} yet: show what everybody buys. {quality}."
    return f"Show customer {customer} these {len(rows)}, from {origin}, the first of them {rows[0][2]}. {quality}."


CASE = UseCase(
    "2",
    "Recommendations",
    "whoever runs the home page and the mails",
    (
        Knob("customer_id", "UInt32", 0, "for whom; 0: one of the busiest this month"),
        Knob("sample", "UInt32", 40, "held-out purchases that it is judged by", 1, 2000),
        Knob("size", "UInt32", 20, "products", 1, 200),
    ),
    conclude,
)
