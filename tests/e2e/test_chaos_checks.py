"""Each number that a chaos run ends with is 0 of a stack that is well, and is not once something is spoilt."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client

from ops.progress import Progress
from schemas.clients import writer_client
from schemas.settings import Settings
from schemas.topics import CUSTOMERS, PRODUCTS, TRANSACTIONS
from tests.chaos import alerts, checks, tables
from tests.chaos.account import WRONG
from tests.chaos.acknowledged import Simulated
from tests.chaos.kept import kept
from tests.chaos.sender import Sender
from tests.support.simulator import simulate
from tests.support.stack import own_settings, running
from tests.support.waiting import GIVE_UP, wait_for

PARTS = ("kafka", "registry", "clickhouse", "sinks", "stream_processors")
LAID = {CUSTOMERS: 300, PRODUCTS: 500}
WORLD = ("--customers", str(LAID[CUSTOMERS]), "--products", str(LAID[PRODUCTS]), "--seed", "5", "--rate", "max")
#: Thirteen months: some customers fall silent, and alerts are raised.
HISTORY = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "20000")
#: An ALTER answers when all parts have been written anew.
AT_ONCE = {"mutations_sync": 2}


@dataclass
class Place:
    """A small stack at rest with a history and some poison in it; `well`: what was wrong with it before any test."""

    settings: Settings
    sender: Sender
    ids: checks.Ids
    client: Client
    well: dict[str, int] = field(default_factory=dict)

    def found(self, patience: float = 0) -> dict[str, int]:
        """What is wrong with tables, with what they keep of Kafka's topics, and with the dead letters."""
        return {
            **checks.audited(self.settings, self.ids),
            **tables.apart(self.settings, print),
            **kept(self.settings, {one.place for one in self.sender.poison}, LAID, patience),
            **checks.dead_letters(self.settings, self.sender.poison, patience),
        }

    def spoil(self, *statements: str) -> None:
        for statement in statements:
            self.client.command(statement, settings=AT_ONCE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each test spoils something of its own, and looks at how much more is wrong: their order does not matter."""
    folder = tmp_path_factory.mktemp("checks")
    settings, acked = own_settings(folder / "home"), folder / "history.npz"
    with running(settings, PARTS) as environment:
        account = simulate(environment, *WORLD, *HISTORY, "--acked", str(acked), seconds=GIVE_UP)
        sender = Sender(settings, LAID[CUSTOMERS], seed=1)
        sender.send_poison(18, amid=True)
        progress = Progress(settings)
        wait_for(progress.done, "everything is stored, counted and published", GIVE_UP)
        alerts.quiet(settings)
        ids = Simulated(acked, account).ids()
        ids[TRANSACTIONS.stream] = np.concatenate([ids[TRANSACTIONS.stream], sender.acknowledged])
        with contextlib.closing(writer_client(settings)) as client:
            made = Place(settings, sender, ids, client)
            made.well = {**made.found(GIVE_UP), **checks.rollups(settings, print)}
            yield made


def test_nothing_is_wrong_with_a_stack_that_is_well(place: Place) -> None:
    assert place.well == dict.fromkeys(place.well, 0)
    assert place.well.keys() <= set(WRONG)
    for table in ("purchased_by_product", "interacted_by_product", "churn_alerts", "customer_features"):
        ((rows,),) = place.client.query(f"SELECT count() FROM {table} FINAL").result_rows
        assert rows > 0, table


PLACES = "SELECT {}((topic, partition, offset)) FROM dead_letters WHERE topic LIKE '%.transactions'"
FIRST, LAST = (f"(topic, partition, offset) = ({PLACES.format(which)})" for which in ("min", "max"))
SPOILT: dict[str, tuple[dict[str, int], str]] = {
    "an edge lost by product": (
        {"edges_apart": 1},
        "DELETE FROM interacted_by_product WHERE interaction_id = (SELECT min(interaction_id) FROM interactions)",
    ),
    "an event lost": (
        {"lost": 1, "edges_apart": 1},
        "ALTER TABLE interactions DELETE WHERE interaction_id = (SELECT max(interaction_id) FROM interactions)",
    ),
    "an event seen twice": (
        {"duplicates": 1, "edges_apart": 1},
        "INSERT INTO interactions SELECT * REPLACE (customer_id + 1 AS customer_id) FROM interactions LIMIT 1",
    ),
    "another edge by product": (
        {"edges_apart": 1},
        "ALTER TABLE purchased_by_product UPDATE quantity = quantity + 1 WHERE customer_id = 3",
    ),
    "a buyer too many": (
        {"buyers_apart": 1},
        "INSERT INTO product_buyers SELECT min(product_id), groupBitmapState(toUInt32(999)), 1 FROM products FINAL",
    ),
    "a set of buyers lost": (
        {"buyers_apart": 1},
        "ALTER TABLE product_buyers DELETE WHERE product_id = (SELECT max(product_id) FROM purchased_by_product)",
    ),
    "purchases not counted": (
        {"buyers_apart": 1},
        "ALTER TABLE product_buyers UPDATE at_most = 0 WHERE product_id = (SELECT min(product_id) + 1 FROM products)",
    ),
    "a bit too many": ({"bounds_apart": 1}, "INSERT INTO customer_bounds VALUES (11, 0, 18446744073709551615, 0)"),
    "bounds lost": ({"bounds_apart": 1}, "ALTER TABLE customer_bounds DELETE WHERE customer_id = 12"),
    "money not counted": (
        {"bounds_apart": 1},
        "ALTER TABLE customer_bounds UPDATE value_at_most = 0 WHERE customer_id = 13",
    ),
    "bounds of nobody": ({"bounds_apart": 1}, "INSERT INTO customer_bounds VALUES (4000000000, 1, 1, 1)"),
    "a customer lost": ({"customers_apart": 1}, "ALTER TABLE customers DELETE WHERE customer_id = 21"),
    "a customer's older version": (
        {"customers_apart": 1},
        "ALTER TABLE customers UPDATE name = 'Somebody Else' WHERE customer_id = 22",
    ),
    "a product lost": ({"products_apart": 1}, "ALTER TABLE products DELETE WHERE product_id = 31"),
    "a product's other price": (
        {"products_apart": 1},
        "ALTER TABLE products UPDATE price = price + 1 WHERE product_id = 32",
    ),
    "an alert lost": (
        {"stored_alerts_apart": 1},
        "ALTER TABLE churn_alerts DELETE WHERE alert_id = (SELECT min(alert_id) FROM churn_alerts)",
    ),
    "an alert's other score": (
        {"stored_alerts_apart": 1},
        "ALTER TABLE churn_alerts UPDATE score = score / 2 WHERE alert_id = (SELECT max(alert_id) FROM churn_alerts)",
    ),
    "features lost": (
        {"stored_features_apart": 1},
        "ALTER TABLE customer_features DELETE WHERE customer_id = (SELECT min(customer_id) FROM customer_features)",
    ),
    # What differs is a letter of no poison, and poison that has no letter.
    "a letter's other bytes": (
        {"dead_letters_wrong": 2},
        f"ALTER TABLE dead_letters UPDATE value = concat(value, 'x') WHERE {FIRST}",
    ),
    "a letter's reason lost": (
        {"dead_letters_wrong": 2},
        f"ALTER TABLE dead_letter_reasons DELETE WHERE stage = 'stream_processors' AND {LAST}",
    ),
}


def _cases() -> Iterator[object]:
    """The first for each check; what else one counts, the long runs see."""
    seen: set[str] = set()
    for what, (more, _) in SPOILT.items():
        yield pytest.param(what, marks=[pytest.mark.soak] if more.keys() <= seen else [])
        seen |= more.keys()


@pytest.mark.parametrize("what", list(_cases()))
def test_what_is_spoilt_is_counted(place: Place, what: str) -> None:
    more, statement = SPOILT[what]
    before = place.found()
    place.spoil(statement)
    assert place.found() == before | {name: before[name] + count for name, count in more.items()}


def test_a_rollup_that_is_spoilt_is_counted(place: Place) -> None:
    """Nothing else here changes what was paid, of which one report speaks."""
    before = checks.rollups(place.settings, print)
    place.spoil("ALTER TABLE rollup_sales UPDATE value = value + 1, paid = paid + 1 WHERE 1")
    assert checks.rollups(place.settings, print)["rollup_mismatches"] > before["rollup_mismatches"]
