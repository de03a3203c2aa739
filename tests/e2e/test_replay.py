"""Two foreign shops into a running stack: every report answers, and an export of it is the same again elsewhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from confluent_kafka import Producer

from ops.progress import Progress
from queries.runner import Runner
from schemas.clients import reader_client
from schemas.lag import lag
from schemas.topics import PRODUCTS
from tests.e2e.conftest import Stack, whole_stack
from tests.support.foreign import UCI_MAPPING, WEB_MAPPING, ledger, retail, shop, takings, user
from tests.support.waiting import GIVE_UP, wait_for

KEYS = {
    "customers": "customer_id",
    "products": "product_id",
    "transactions": "transaction_id",
    "interactions": "interaction_id",
    "external-ids": "text",
}


def command(stack: Stack, *words: object) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "ops.launcher.bound", "-m", *map(str, words), "--json"],
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=GIVE_UP,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    account: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return account


def guessed(stack: Stack, file: Path) -> None:
    """Replays a file by the mapping that is proposed for it, as it is."""
    words = [sys.executable, "-m", "ops.launcher.bound", "-m", "producers.replay", str(file), "--guess"]
    done = subprocess.run(words, env=stack.environment, capture_output=True, text=True, timeout=GIVE_UP, check=True)
    path = file.with_suffix(".toml")
    path.write_text(done.stdout, encoding="utf-8")
    account = command(stack, "producers.replay", file, "--mapping", path)
    assert (account["rejected"], account["made"]) == (0, {"customers": 17, "products": 1})


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that holds both shops and nothing else."""
    folder = tmp_path_factory.mktemp("shops")
    with whole_stack(folder) as stack:
        for files, mapping in ((retail(folder), UCI_MAPPING), (shop(folder), WEB_MAPPING)):
            path = folder / "mapping.toml"
            path.write_text(mapping, encoding="utf-8")
            command(stack, "producers.replay", *files, "--mapping", path)
        guessed(stack, takings(folder)[0])
        wait_for(Progress(stack.settings).done, "everything is stored, counted and published", seconds=120)
        yield stack


def test_money_is_exact_and_ids_can_be_read_back(shops: Stack) -> None:
    client = reader_client(shops.settings)
    retail_sum = sum(
        Decimal(row % 5 + 1) * (Decimal("-12.5") if row % 40 == 39 else Decimal(f"10{row % 90 + 10}.{row % 100:02}"))
        for row in range(400)
    )
    asked = "SELECT sum(amount) FROM transactions WHERE toYear(ts) = 2025"
    assert client.query(asked).result_rows[0][0] == retail_sum
    held = "SELECT text, name FROM customers JOIN external_ids(kind = 'customer') AS own ON own.number = customer_id"
    texts = client.query(held).result_rows
    assert {text for text, name in texts if name.startswith("C-")} == {f"C-{number:04}" for number in range(31)}
    assert {text: name for text, name in texts if name.startswith("Name ")} == {
        user(n): f"Name {n}" for n in range(300)
    }
    named = "SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM transactions) AND name LIKE 'C-%'"
    assert len(client.query(named).result_rows) == 31


def test_an_export_replayed_elsewhere_is_the_same_again(shops: Stack, tmp_path: Path) -> None:
    deleted = (
        '[[feed]]\nstream = "customers"\ncolumns = {customer_id = "id"}\nconstants = {version = 9, deleted = "true"}\n'
    )
    (tmp_path / "gone.csv").write_text("id\nC-0003\n", encoding="utf-8")
    (tmp_path / "gone.toml").write_text(deleted, encoding="utf-8")
    command(shops, "producers.replay", tmp_path / "gone.csv", "--mapping", tmp_path / "gone.toml")
    gone = "SELECT count() = 0 FROM customers WHERE name = 'C-0003'"
    wait_for(lambda: reader_client(shops.settings).query(gone).result_rows[0][0], "the customer is gone", seconds=60)
    command(shops, "ops.cli", "export", "--to", tmp_path / "one")
    other = replace(shops, environment={**shops.environment, "C360_TOPIC_PREFIX": "other."})
    account = command(other, "producers.replay", tmp_path / "one")
    assert (account["rejected"], account["made"], account["repeated"]) == (0, {}, 0)
    command(other, "ops.cli", "export", "--from", "topics", "--format", "csv", "--to", tmp_path / "two")
    third = replace(shops, environment={**shops.environment, "C360_TOPIC_PREFIX": "third."})
    command(third, "producers.replay", tmp_path / "two")
    command(third, "ops.cli", "export", "--from", "topics", "--to", tmp_path / "three")
    for stream, key in KEYS.items():
        one, three = (pl.read_parquet(tmp_path / name / stream / "*.parquet").sort(key) for name in ("one", "three"))
        assert one.cast(dict(three.schema)).equals(three), stream  # type: ignore[arg-type]  # names to types
    erased = pl.read_parquet(tmp_path / "three" / "customers" / "*.parquet").filter(pl.col("deleted").cast(pl.Boolean))
    assert erased["version"].to_list() == [9]
    refunds = pl.read_parquet(tmp_path / "three" / "transactions" / "*.parquet").filter(pl.col("amount") < 0)
    assert refunds["refers_to"].drop_nulls().len() == 60


def test_takings_without_products_and_quantities_are_one_product_s(shops: Stack, tmp_path: Path) -> None:
    _, total = takings(tmp_path)
    runner = Runner(shops.settings)

    def unknown() -> list[Any]:
        answer = runner.sql("product_performance", {"limit": "1000"})
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        return [
            (row["purchases"], row["buyers"], row["units"], row["revenue"]) for row in rows if row["name"] == "unknown"
        ]

    wait_for(lambda: unknown() == [(192, 17, 192, total)], "the takings are in the report", 90, every=0.5)
    spenders = runner.sql("top_customers", {"limit": "1000"})
    names = {str(row[spenders.columns.index("name")]) for row in spenders.rows}
    assert {f"K-{number:05}" for number in range(17)} <= names


def test_decades_are_stored_at_once(shops: Stack, tmp_path: Path) -> None:
    """More months than ClickHouse would take into one block by itself, and it would try again for ever."""
    account = command(shops, "producers.replay", ledger(tmp_path))
    assert (account["streams"]["transactions"], account["made"]) == (240, {"customers": 9, "products": 1})
    asked = "SELECT count(), sum(amount) FROM transactions WHERE toYear(ts) < 2021"
    client = reader_client(shops.settings)
    stored = [(240, Decimal(240 * 241 // 2 + 120))]
    wait_for(lambda: client.query(asked).result_rows == stored, "all of it is stored", seconds=60, every=0.5)


def test_a_record_without_a_value_leaves_nothing_to_wait_for(shops: Stack) -> None:
    """What compaction needs behind a deletion is read alone here, and stored nowhere."""
    producer = Producer(shops.settings.kafka_client)
    producer.produce(PRODUCTS.name(shops.settings), key=b"4000000000", value=None)
    assert producer.flush(30) == 0
    wait_for(Progress(shops.settings).done, "it is past", seconds=60)
    wait_for(lambda: not any(lag(shops.settings).values()), "all groups are past it", seconds=60, every=0.5)


@pytest.mark.parametrize("number", range(1, 16))
def test_every_report_answers(shops: Stack, number: int) -> None:
    """They answer from rollups, which follow the rows within their time: these tests come last."""
    wait_for(lambda: Runner(shops.settings).sql(str(number), {}).rows, f"report {number} has rows", 90, every=0.5)
