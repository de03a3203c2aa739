"""Each number that a chaos run ends with is 0 of a stack that is well, and is not once something is spoilt."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from clickhouse_connect.driver.client import Client

from ops.progress import Progress
from schemas.clients import writer_client
from schemas.settings import Settings
from tests.chaos import alerts, tables
from tests.chaos.account import WRONG
from tests.chaos.kept import kept
from tests.chaos.sender import Sender
from tests.support.simulator import simulate
from tests.support.stack import own_settings, running
from tests.support.waiting import GIVE_UP, wait_for

PARTS = ("kafka", "registry", "clickhouse", "sinks", "stream_processors")
CUSTOMERS = 300
WORLD = ("--customers", str(CUSTOMERS), "--products", "500", "--seed", "5", "--rate", "max")
#: Thirteen months: some customers fall silent, and alerts are raised.
HISTORY = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "20000")
#: An ALTER answers when all parts have been written anew.
AT_ONCE = {"mutations_sync": 2}


@dataclass
class Place:
    """A small stack at rest with a history and some poison in it; `well`: what was wrong with it before any test."""

    settings: Settings
    sender: Sender
    client: Client
    well: dict[str, int]

    def found(self) -> dict[str, int]:
        """What is wrong with tables and with what they keep of Kafka's topics."""
        return found(self.settings, self.sender, patience=0)

    def spoil(self, *statements: str) -> None:
        for statement in statements:
            self.client.command(statement, settings=AT_ONCE)


def found(settings: Settings, sender: Sender, patience: float) -> dict[str, int]:
    return tables.apart(settings, print) | kept(settings, sender.poison, patience)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each test spoils something of its own, and looks at how much more is wrong: their order does not matter."""
    settings = own_settings(tmp_path_factory.mktemp("checks") / "home")
    with running(settings, PARTS) as environment:
        simulate(environment, *WORLD, *HISTORY, seconds=GIVE_UP)
        sender = Sender(settings, CUSTOMERS, seed=1)
        sender.send_poison(10, amid=True)
        progress = Progress(settings)
        wait_for(progress.done, "everything is stored, counted and published", GIVE_UP)
        alerts.quiet(settings)
        client = writer_client(settings)
        yield Place(settings, sender, client, found(settings, sender, GIVE_UP))
        client.close()


def test_nothing_is_wrong_with_a_stack_that_is_well(place: Place) -> None:
    assert place.well == dict.fromkeys(place.well, 0)
    assert place.well.keys() <= set(WRONG)
    for table in ("purchased_by_product", "interacted_by_product", "churn_alerts", "customer_features"):
        ((rows,),) = place.client.query(f"SELECT count() FROM {table} FINAL").result_rows
        assert rows > 0, table


SPOILT = {
    "an edge lost by product": (
        "edges_apart",
        "DELETE FROM interacted_by_product WHERE interaction_id = (SELECT min(interaction_id) FROM interactions)",
    ),
    "an edge lost by customer": (
        "edges_apart",
        "ALTER TABLE interactions DELETE WHERE interaction_id = (SELECT max(interaction_id) FROM interactions)",
    ),
    "another edge by product": (
        "edges_apart",
        "ALTER TABLE purchased_by_product UPDATE quantity = quantity + 1 WHERE customer_id = 3",
    ),
    "a buyer too many": (
        "buyers_apart",
        "INSERT INTO product_buyers SELECT min(product_id), groupBitmapState(toUInt32(999)), 1 FROM products FINAL",
    ),
    "a set of buyers lost": (
        "buyers_apart",
        "ALTER TABLE product_buyers DELETE WHERE product_id = (SELECT max(product_id) FROM purchased_by_product)",
    ),
    "purchases not counted": (
        "buyers_apart",
        "ALTER TABLE product_buyers UPDATE at_most = 0 WHERE product_id = (SELECT min(product_id) + 1 FROM products)",
    ),
    "a bit too many": ("bounds_apart", "INSERT INTO customer_bounds VALUES (11, 0, 18446744073709551615, 0)"),
    "bounds lost": ("bounds_apart", "ALTER TABLE customer_bounds DELETE WHERE customer_id = 12"),
    "money not counted": (
        "bounds_apart",
        "ALTER TABLE customer_bounds UPDATE value_at_most = 0 WHERE customer_id = 13",
    ),
    "bounds of nobody": ("bounds_apart", "INSERT INTO customer_bounds VALUES (4000000000, 1, 1, 1)"),
    "a customer lost": ("customers_apart", "ALTER TABLE customers DELETE WHERE customer_id = 21"),
    "a customer's older version": (
        "customers_apart",
        "ALTER TABLE customers UPDATE name = 'Somebody Else' WHERE customer_id = 22",
    ),
    "a product lost": ("products_apart", "ALTER TABLE products DELETE WHERE product_id = 31"),
    "a product's other price": (
        "products_apart",
        "ALTER TABLE products UPDATE price = price + 1 WHERE product_id = 32",
    ),
    "an alert lost": (
        "stored_alerts_apart",
        "ALTER TABLE churn_alerts DELETE WHERE alert_id = (SELECT min(alert_id) FROM churn_alerts)",
    ),
    "an alert's other score": (
        "stored_alerts_apart",
        "ALTER TABLE churn_alerts UPDATE score = score / 2 WHERE alert_id = (SELECT max(alert_id) FROM churn_alerts)",
    ),
    "features lost": (
        "stored_features_apart",
        "ALTER TABLE customer_features DELETE WHERE customer_id = (SELECT min(customer_id) FROM customer_features)",
    ),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_is_spoilt_is_counted(place: Place, what: str) -> None:
    name, statement = SPOILT[what]
    before = place.found()
    place.spoil(statement)
    assert place.found() == before | {name: before[name] + 1}
