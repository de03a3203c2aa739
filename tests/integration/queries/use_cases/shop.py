"""Small shops of which it is known beforehand what each use case has to conclude."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from queries.recommend.known import NothingYetError
from queries.recommend.serving import Recommendations
from queries.runner import Runner
from queries.use_cases.asking import run
from queries.use_cases.cases import USE_CASES
from queries.use_cases.report import Report, Row
from schemas.settings import Settings
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.rolled import make_rollups, roll_up
from tests.integration.queries.world import Customer, Interaction, Product, Transaction, World, load

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


class Unrefreshed:
    """Recommendations before the first refresh."""

    def of(self, customer_id: int, limit: int = 20) -> Recommendations:
        raise NothingYetError(f"Nothing is recommended yet to {customer_id}, let alone {limit}.")


class Shop:
    """A world that is written down line by line; days count back from NOW."""

    def __init__(self) -> None:
        self.world = World()

    def customer(self, number: int, segment: str, channel: str = "organic", registered: int = 300) -> None:
        day = (NOW - dt.timedelta(days=registered)).date()
        self.world.customers[number] = Customer(number, f"Customer {number}", segment, day, channel)

    def product(self, number: int, category: str, price: str = "100.00", stock: int = 50) -> None:
        self.world.products[number] = Product(number, f"Thing {number}", category, "Acme", Decimal(price), stock)

    def buys(self, customer: int, product: int, days_ago: float, amount: str = "", quantity: int = 1) -> None:
        price = Decimal(amount) if amount else self.world.products[product].price
        at = NOW - dt.timedelta(days=days_ago)
        number = len(self.world.transactions) + 1
        self.world.transactions.append(Transaction(number, customer, product, price, quantity, "completed", at))

    def refunded(self, days_ago: float) -> None:
        """The last purchase comes back."""
        last = self.world.transactions[-1]
        at, number = NOW - dt.timedelta(days=days_ago), len(self.world.transactions) + 1
        back = replace(
            last, transaction_id=number, amount=-last.amount, status="refunded", ts=at, refers_to=last.transaction_id
        )
        self.world.transactions.append(back)

    def looks(self, customer: int, product: int, days_ago: float, kind: str = "view") -> None:
        at = NOW - dt.timedelta(days=days_ago)
        number = len(self.world.interactions) + 1
        self.world.interactions.append(Interaction(number, customer, product, kind, 30, at))

    def open(self, database: ChildDatabase) -> Runner:
        """The shop in the database, and nothing else."""
        load(database, self.world)
        for table in ("churn_alerts", "customer_features"):
            database.execute(f"TRUNCATE TABLE {table}")
        make_rollups(database)
        roll_up(database)
        return Runner(Settings(), database)


def alert(database: ChildDatabase, customer: int, kind: str, reason: str, days_ago: float) -> None:
    """An alert of the stream processors."""
    at = (NOW - dt.timedelta(days=days_ago)).strftime("%Y-%m-%d %H:%M:%S")
    database.execute(
        "INSERT INTO churn_alerts VALUES "
        f"('{customer}-{days_ago}', {customer}, '{kind}', 0.9, 0.2, '{reason}', 'VIP', 100, '{at}')"
    )


def score(database: ChildDatabase, customer: int, churn_score: float) -> None:
    """A customer's churn score of the stream processors."""
    database.execute(f"INSERT INTO customer_features (customer_id, churn_score) VALUES ({customer}, {churn_score})")


def concluded(runner: Runner, number: str, given: Mapping[str, object] | None = None) -> tuple[Report, list[Row]]:
    """A use case run without recommendations; its conclusion row by row."""
    report = run(USE_CASES[number], given or {}, runner, Unrefreshed())
    end = report.conclusion
    return report, [dict(zip(end.columns, row, strict=True)) for row in end.rows]
