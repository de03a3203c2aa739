"""Small random worlds: plain rows for the recomputation, and the same rows (with repeats and old versions) loaded."""

import datetime as dt
import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sinks import statements
from tests.integration.queries.engine import Engine

SEGMENTS = ("VIP", "Premium", "Regular", "Basic", "New")
CATEGORIES = ("Electronics", "Home", "Clothing", "Books")
BRANDS = ("Apple", "Samsung", "Ikea", "Nike", "Lego")
CHANNELS = ("organic", "social", "email")
TYPES = ("view", "cart", "wishlist", "review", "share")
BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
MILLISECONDS_A_DAY = 86_400_000


@dataclass(frozen=True)
class Customer:
    customer_id: int
    name: str
    segment: str
    registration_date: dt.date
    acquisition_channel: str
    version: int = 1
    deleted: int = 0


@dataclass(frozen=True)
class Product:
    product_id: int
    name: str
    category: str
    brand: str
    price: Decimal
    stock_quantity: int
    version: int = 1
    deleted: int = 0


@dataclass(frozen=True)
class Transaction:
    transaction_id: int
    customer_id: int
    product_id: int
    amount: Decimal
    quantity: int
    status: str
    ts: dt.datetime
    channel: str = "web"
    refers_to: int | None = None


@dataclass(frozen=True)
class Interaction:
    interaction_id: int
    customer_id: int
    product_id: int
    type: str
    duration_seconds: int
    ts: dt.datetime


@dataclass
class World:
    """What is true; deleted customers and withdrawn products are not in it, their events are."""

    customers: dict[int, Customer] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    transactions: list[Transaction] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    stale: list[Customer | Product] = field(default_factory=list)


def make_world(seed: int, customers: int = 40, products: int = 12, purchases: int = 400, acts: int = 300) -> World:
    """A world of 200 days with refunds, cancellations, people who never buy, products never sold, and deletions."""
    draw = random.Random(seed)
    world = World()
    for number in range(1, customers + 1):
        _add_customer(world, draw, number)
    for number in range(1, products + 1):
        _add_product(world, draw, number)
    for _ in range(purchases):
        _add_purchase(world, draw, customers, products)
    for number in range(1, acts + 1):
        moment = BEGIN + dt.timedelta(milliseconds=draw.randrange(200 * MILLISECONDS_A_DAY))
        customer, product = draw.randint(1, customers - 3), draw.randint(1, products)
        world.interactions.append(
            Interaction(number, customer, product, draw.choice(TYPES), draw.randint(0, 90), moment)
        )
    for number in draw.sample(sorted(world.customers), 2):
        world.stale.append(replace(world.customers.pop(number), version=9, deleted=1))
    number = draw.choice(sorted(world.products))
    world.stale.append(replace(world.products.pop(number), version=9, deleted=1))
    return world


def _add_customer(world: World, draw: random.Random, number: int) -> None:
    day = BEGIN.date() - dt.timedelta(days=draw.randint(-180, 400))
    customer = Customer(number, f"Name {number}", draw.choice(SEGMENTS), day, draw.choice(CHANNELS), version=2)
    world.customers[number] = customer
    world.stale.append(replace(customer, segment=draw.choice(SEGMENTS), version=1))


def _add_product(world: World, draw: random.Random, number: int) -> None:
    price = Decimal(draw.randint(1000, 90000)) / 100
    product = Product(number, f"Thing {number}", draw.choice(CATEGORIES), draw.choice(BRANDS), price, number, version=2)
    world.products[number] = product
    world.stale.append(replace(product, category=draw.choice(CATEGORIES), version=1))


def _add_purchase(world: World, draw: random.Random, customers: int, products: int) -> None:
    number = len(world.transactions) + 1
    moment = BEGIN + dt.timedelta(milliseconds=draw.randrange(180 * MILLISECONDS_A_DAY))
    # The last three customers and the last two products never trade; small numbers trade most.
    customer = min(draw.randint(1, customers - 3), draw.randint(1, customers - 3))
    product = min(draw.randint(1, products - 2), draw.randint(1, products - 2))
    amount = Decimal(draw.randint(999, 99999)) / 100
    status = draw.choices(("completed", "cancelled"), (9, 1))[0]
    bought = Transaction(number, customer, product, amount, draw.randint(1, 3), status, moment)
    world.transactions.append(bought)
    if status == "completed" and draw.random() < 0.1:
        later = moment + dt.timedelta(days=draw.randint(0, 40))
        refund = replace(
            bought, transaction_id=number + 1, amount=-amount, status="refunded", ts=later, refers_to=number
        )
        world.transactions.append(refund)


def load(database: Engine, world: World, seed: int = 0) -> None:
    """Replaces the rows of the database by the world's, some of them twice and in several parts."""
    draw = random.Random(seed)
    for table in (
        "customers",
        "products",
        "transactions",
        "purchased_by_product",
        "product_buyers",
        "customer_bounds",
        "interactions",
        "interacted_by_product",
    ):
        database.execute(f"TRUNCATE TABLE {table}")
    old_customers = [row for row in world.stale if isinstance(row, Customer)]
    old_products = [row for row in world.stale if isinstance(row, Product)]
    for people in (old_customers, [*world.customers.values()], old_customers[:5]):
        _insert(database, "customers", map(_customer, people))
    for goods in (old_products, [*world.products.values()], old_products[:3]):
        _insert(database, "products", map(_product, goods))
    for repeat in (1.0, 0.2):
        bought = [row for row in world.transactions if draw.random() < repeat]
        _insert(database, "transactions", map(_transaction, bought))
        completed = [row for row in bought if row.status == "completed"]
        _insert(database, "purchased_by_product", map(_by_product, completed))
        _insert_sets(database, completed)
        _insert_bounds(database, bought)
        acts = [row for row in world.interactions if draw.random() < repeat]
        _insert(database, "interactions", map(_interaction, acts))
        _insert(database, "interacted_by_product", map(_act_by_product, acts))


def _insert(database: Engine, table: str, rows: "map[str]") -> None:
    text = ", ".join(rows)
    if text:
        database.execute(f"INSERT INTO {table} VALUES {text}")


def _insert_sets(database: Engine, rows: "list[Transaction]") -> None:
    """Sets as the view on the stream makes them of a block."""
    pairs = ", ".join(f"({row.product_id}, {row.customer_id})" for row in rows)
    if pairs:
        database.execute(
            "INSERT INTO product_buyers SELECT product_id, groupBitmapState(customer_id), count() "
            f"FROM VALUES('product_id UInt32, customer_id UInt32', {pairs}) GROUP BY product_id"
        )


def _insert_bounds(database: Engine, rows: "list[Transaction]") -> None:
    """Bounds as the view on the stream makes them of a block."""
    values = ", ".join(f"({row.customer_id}, {row.transaction_id}, {row.amount}, '{row.status}')" for row in rows)
    if values:
        columns = "customer_id UInt32, transaction_id UInt64, amount Decimal(12, 2), status String"
        fill = statements.sql("fill_customer_bounds")
        database.execute(fill.replace("FROM transactions", f"FROM VALUES('{columns}', {values})"))


def _moment(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _customer(row: Customer) -> str:
    return (
        f"({row.customer_id}, '{row.name}', 'e', '{row.segment}', '{row.registration_date}', "
        f"'{row.acquisition_channel}', 'DE', {row.version}, {row.deleted})"
    )


def _product(row: Product) -> str:
    return (
        f"({row.product_id}, '{row.name}', '{row.category}', '{row.brand}', {row.price}, {row.stock_quantity}, "
        f"'2024-01-01', {row.version}, {row.deleted})"
    )


def _transaction(row: Transaction) -> str:
    refers = "NULL" if row.refers_to is None else row.refers_to
    return (
        f"({row.transaction_id}, {row.customer_id}, {row.product_id}, {row.amount}, {row.quantity}, "
        f"'{row.channel}', '{row.status}', {refers}, '{_moment(row.ts)}')"
    )


def _by_product(row: Transaction) -> str:
    return (
        f"({row.product_id}, {row.customer_id}, {row.transaction_id}, {row.amount}, {row.quantity}, "
        f"'{row.channel}', '{row.status}', '{_moment(row.ts)}')"
    )


def _interaction(row: Interaction) -> str:
    return (
        f"({row.interaction_id}, {row.customer_id}, {row.product_id}, '{row.type}', {row.duration_seconds}, "
        f"'web', 1, '{_moment(row.ts)}')"
    )


def _act_by_product(row: Interaction) -> str:
    return (
        f"({row.product_id}, {row.customer_id}, {row.interaction_id}, '{row.type}', {row.duration_seconds}, "
        f"'{_moment(row.ts)}')"
    )
