"""The five use cases over a simulated history: what they conclude is true of the rows, and of what the world hides."""

import csv
import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ops.progress import Progress
from queries.runner import Runner
from schemas.clients import reader_client
from tests.e2e.conftest import Stack, whole_stack
from tests.support.simulator import simulate
from tests.support.waiting import GIVE_UP, wait_for

WORLD = ("--customers", "3000", "--products", "300", "--seed", "21")
DAYS = 395
BEGIN = dt.datetime(2025, 10, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Shop:
    """A stack with thirteen months of history, and who has left by its end without coming back: hidden from it."""

    stack: Stack
    gone: frozenset[int]

    def call(self, *words: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *map(str, words)],
            env=self.stack.environment,
            capture_output=True,
            text=True,
            timeout=GIVE_UP,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def concluded(self, *words: object) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The conclusion of a command row by row, and the whole answer."""
        answer = json.loads(self.call("ops.cli", *words, "--json"))
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]], answer

    def ask(self, sql: str) -> list[Any]:
        client = reader_client(self.stack.settings)
        try:
            return list(client.query(sql).result_rows)
        finally:
            client.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("use_cases")
    labels = folder / "labels.csv"
    past = ("--start", f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}", "--duration", f"{DAYS}d", "--events", "105k", "--rate", "max")
    with whole_stack(folder) as stack:
        account = simulate(stack.environment, *WORLD, *past, "--labels", str(labels), seconds=GIVE_UP)
        assert account["failed"] == 0
        wait_for(Progress(stack.settings).done, "everything is stored, counted and published", seconds=240, every=0.5)
        wait_for(lambda: not Runner(stack.settings).behind(), "rollups have caught up", seconds=120, every=1.0)
        yield Shop(stack, frozenset(_gone(labels)))


def _gone(labels: Path) -> Iterator[int]:
    """Who dropped out ninety days before the end or earlier, and has not come back by then."""
    end = BEGIN + dt.timedelta(days=DAYS)
    with labels.open(newline="") as file:
        for row in csv.DictReader(file):
            back = row["comeback"]
            is_out = dt.datetime.fromisoformat(row["dropout"]) < end - dt.timedelta(days=90)
            if is_out and not (back and dt.datetime.fromisoformat(back) < end):
                yield int(row["customer_id"])


def test_retention_lists_those_who_have_left(shop: Shop) -> None:
    """The world hides who dropped out: they must be far more frequent on the list than among such customers."""
    rows, answer = shop.concluded("use-case", 1, "--param", "segments=VIP,Premium", "--param", "size=60")
    assert len(rows) == 60
    everybody = {row[0] for row in shop.ask("SELECT customer_id FROM customers WHERE segment IN ('VIP', 'Premium')")}
    listed = {row["customer_id"] for row in rows}
    assert len(listed) == 60
    assert listed <= everybody
    usual = len(shop.gone & everybody) / len(everybody)
    assert len(shop.gone & listed) / len(listed) > 1.5 * usual
    stakes = [Decimal(row["at_stake"]) for row in rows]
    assert stakes == sorted(stakes, reverse=True)
    assert all(row["why"] and row["favourite_category"] for row in rows if row["days_since_purchase"] is not None)
    assert any("alert: " in row["why"] for row in rows)
    assert "are at risk" in answer["sentence"]


def test_recommendations_are_new_to_the_customer_and_judged(shop: Shop) -> None:
    blended, before = shop.concluded("use-case", 2)
    assert "no refresh has a list" in before["sentence"]
    shop.call("queries.recommend", "refresh", "--json")
    rows, answer = shop.concluded("use-case", 2)
    assert "their own list of the last refresh" in answer["sentence"]
    customer = answer["steps"][0]["parameters"]["customer_id"]
    sql = f"SELECT product_id FROM transactions WHERE status = 'completed' AND customer_id = {customer}"
    bought = {row[0] for row in shop.ask(sql)}
    for found in (blended, rows):
        assert len({row["product_id"] for row in found}) == len(found) == 20
        assert bought.isdisjoint(row["product_id"] for row in found)
    (judged,) = [step for step in answer["steps"] if "recall_of_peers" in step["columns"]]
    ((customers, peers, popular),) = judged["rows"]
    assert customers == 40
    assert peers > 0
    assert popular > 0


def test_cross_sell_is_to_whoever_never_bought_it_once_each(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "campaign.parquet"
    rows, answer = shop.concluded("use-case", 3, "--param", "size=100", "--parquet", file)
    listed = [row["customer_id"] for row in rows]
    sql = (
        "SELECT customer_id FROM customers WHERE segment IN ('VIP', 'Premium') AND customer_id NOT IN "
        "(SELECT t.customer_id FROM transactions AS t INNER JOIN products AS p ON p.product_id = t.product_id "
        "WHERE t.status = 'completed' AND p.category = 'Electronics')"
    )
    targets = {row[0] for row in shop.ask(sql)}
    assert len(set(listed)) == len(listed) == min(100, len(targets))
    assert set(listed) <= targets
    total = sum(Decimal(row["expected_revenue"]) for row in rows)
    assert total > 0
    assert f"${total:,.2f}" in answer["sentence"]
    frame = pl.read_parquet(file)
    assert frame["customer_id"].to_list() == listed
    assert frame["expected_revenue"].sum() == total


def test_cohorts_add_up_to_all_revenue_and_are_in_order(shop: Shop) -> None:
    rows, answer = shop.concluded("use-case", 4)
    assert sum(row["customers"] for row in rows) == shop.ask("SELECT count() FROM customers")[0][0]
    revenue = sum(row["customers"] * Decimal(row["lifetime_value"]) for row in rows)
    ((paid,),) = shop.ask(
        "SELECT sum(t.amount) FROM transactions AS t INNER JOIN customers AS c ON c.customer_id = t.customer_id "
        "WHERE t.status IN ('completed', 'refunded')"
    )
    assert abs(revenue - paid) <= Decimal("0.01") * 3000
    monthly = [Decimal(row["monthly_value"]) for row in rows]
    assert monthly == sorted(monthly, reverse=True)
    for row in rows:
        quarters = [Decimal(row[f"quartile_{number}"]) for number in (1, 2, 3, 4)]
        assert quarters == sorted(quarters, reverse=True)
    assert [chart["unit"] for chart in answer["charts"]] == ["USD", "USD", "customers", "%"]
    assert rows[0]["acquisition_channel"] in answer["sentence"]


def test_bundles_are_bought_together_beyond_chance_as_counted_anew(shop: Shop) -> None:
    rows, _ = shop.concluded("use-case", 5)
    assert rows
    baskets: dict[int, set[int]] = {}
    for customer, product in shop.ask("SELECT customer_id, product_id FROM transactions WHERE status = 'completed'"):
        baskets.setdefault(customer, set()).add(product)
    prices = dict(shop.ask("SELECT product_id, price FROM products"))
    for row in rows:
        items = [int(item) for item in row["product_ids"].split(", ")]
        together = sum(basket.issuperset(items) for basket in baskets.values())
        chance = 1.0
        for item in items:
            chance *= sum(item in basket for basket in baskets.values()) / len(baskets)
        assert row["customers"] == together
        assert row["lift"] == pytest.approx(together / len(baskets) / chance, abs=0.01)
        assert row["lift"] > 1
        assert Decimal(row["list_price"]) == sum(prices[item] for item in items)
        assert abs(Decimal(row["bundle_price"]) - Decimal(row["list_price"]) * Decimal("0.9")) <= Decimal("0.005")


def test_onboarding_predicts_better_than_the_mean(shop: Shop) -> None:
    ((newest,),) = shop.ask("SELECT argMax(customer_id, (registration_date, customer_id)) FROM customers")
    rows, answer = shop.concluded("onboard", newest)
    assert len(rows) == 25
    (judged,) = [step for step in answer["steps"] if "mean_error" in step["columns"]]
    ((customers, error, of_mean),) = judged["rows"]
    assert customers == 200
    assert Decimal(error) < Decimal(of_mean)


def test_they_read_well_on_a_terminal(shop: Shop) -> None:
    for number in range(1, 6):
        text = shop.call("ops.cli", "use-case", number)
        assert "\nConclusion\n" in text
        assert max(map(len, text.rstrip().splitlines()[:-1])) < 400
