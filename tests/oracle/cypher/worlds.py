"""Small worlds with what makes queries go wrong: ties, names in many scripts, repeats; and how they come into Neo4j."""

import random
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import neo4j

from tests.integration.queries.brute import Graph
from tests.integration.queries.brute_values import Node, Relation
from tests.integration.queries.world import Customer, Product, World, make_world

NAMES = ("Žofie", "žofie", "日本 太郎", "😀 Ann", "ﬁn", "naïve", "Straße", "", " x ", "Name 1", "Name 10", "a\u0301b")
KEYS = {"Customer": "customer_id", "Product": "product_id", "Category": "name", "Brand": "name"}
MONEY = ("amount", "price", "lifetime_value")


def small_world(seed: int, *, whole: bool) -> World:
    """A world; in a `whole` one every customer and product that an event names has a row."""
    draw = random.Random(seed)
    world = make_world(seed, customers=11, products=8, purchases=48, acts=32)
    if whole:
        world.customers |= {row.customer_id: revived(row) for row in gone(world, Customer)}
        world.products |= {row.product_id: revived(row) for row in gone(world, Product)}
        world.stale = [row for row in world.stale if not row.deleted]
    for number, person in world.customers.items():
        if draw.random() < 0.6:
            world.customers[number] = replace(person, name=draw.choice(NAMES))
    for number, thing in world.products.items():
        stock = draw.choice((0, 1, 3, 3, 7))
        world.products[number] = replace(thing, price=quarters(thing.price), stock_quantity=stock)
    world.transactions = [
        replace(bought, amount=quarters(bought.amount), product_id=bought.product_id) for bought in world.transactions
    ]
    return world


def quarters(amount: Decimal) -> Decimal:
    """Money that a binary float holds exactly, in few values: sums of it are the same in any order, and tie."""
    return Decimal(round(amount / 40) * 40) + Decimal("0.25") * (int(amount) % 3)


def gone(world: World, kind: type) -> list[Any]:
    """The rows of a kind that were deleted."""
    return [row for row in world.stale if isinstance(row, kind) and isinstance(row, Customer | Product) and row.deleted]


def revived(row: Any) -> Any:
    """The row as it was before its deletion."""
    return replace(row, deleted=0, version=10)


#: From Neo4j's element ids to what our elementId() says.
Ids = dict[str, str]


def load(driver: neo4j.Driver, world: World) -> Ids:
    """Replaces Neo4j's graph by the world's. A node that only events name has its key and nothing else."""
    graph = Graph(world)
    with driver.session() as session:
        session.run("MATCH (n) DETACH DELETE n").consume()
        nodes: dict[Node, str] = {}
        for label, some in groupby(sorted(_nodes(graph), key=_label), key=_label):
            batch = list(some)
            made = session.run(
                f"UNWIND $rows AS row CREATE (n:{label}) SET n = row.own RETURN row.place AS place, elementId(n) AS id",
                rows=[{"place": place, "own": _own(graph, node)} for place, node in enumerate(batch)],
            )
            nodes |= {batch[row["place"]]: row["id"] for row in made}
        ids = {found: f"{node.label}:{node.key}" for node, found in nodes.items()}
        for type_name, several in groupby(sorted(graph.relations, key=_type), key=_type):
            rows = [{"key": r.key, "a": nodes[r.source], "b": nodes[r.target], "own": _own(graph, r)} for r in several]
            made = session.run(
                "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.a MATCH (b) WHERE elementId(b) = row.b "
                f"CREATE (a)-[r:{type_name}]->(b) SET r = row.own RETURN row.key AS key, elementId(r) AS id",
                rows=rows,
            )
            ids |= {row["id"]: f"{type_name}:{row['key']}" for row in made}
    return ids


def _nodes(graph: Graph) -> Iterator[Node]:
    found = {element for element in graph.properties if isinstance(element, Node)}
    yield from found | {end for relation in graph.relations for end in (relation.source, relation.target)}


def _label(node: Node) -> str:
    return node.label


def _type(relation: Relation) -> str:
    return relation.type


def _own(graph: Graph, element: Node | Relation) -> dict[str, Any]:
    own = graph.keys(element)
    if not own and isinstance(element, Node):
        own = {KEYS[element.label]: element.key}
    # Money is a decimal with us; Neo4j has none.
    return {key: float(value) if key in MONEY else value for key, value in own.items()}
