"""The commands over the engine's own HTTP interface, as the reading user: what they ask is allowed and understood."""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from queries.use_cases import command
from queries.use_cases.cases import REPORTS, USE_CASES
from schemas.cli import exit_code
from schemas.settings import Settings
from sinks.migrate import migrate
from tests.integration.queries.engine import HttpEngine
from tests.integration.queries.use_cases.shop import Shop
from tests.integration.queries.world import load
from tests.support.engine import start_engine


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Two customers, one of whom has left something in the cart and runs a shelf empty; rollups may be behind."""
    shop = Shop()
    shop.product(1, "Electronics", "100.00", stock=1)
    shop.product(2, "Home", "19.99")
    for customer in (1, 2):
        shop.customer(customer, "VIP")
        shop.buys(customer, 2, 250)
        shop.buys(customer, 1, 20, quantity=3)
    shop.customer(3, "New", registered=10)
    shop.looks(1, 2, 5, "cart")
    shop.looks(3, 2, 0)
    with start_engine(tmp_path_factory.mktemp("http")) as engine:
        client = engine.client(autogenerate_session_id=False)
        settings = engine.settings(clickhouse_ingest="client")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
            migrate(client, settings)
            patch.setattr(command, "settings", lambda: settings)
            load(HttpEngine(client), shop.world)
            yield settings


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", USE_CASES)
def test_each_use_case_ends_well(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(command.use_case_command, [name, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sentence"]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("name", "words"),
    [("carts", "1 product worth $19.99"), ("stock", "1 product with sales of $600.00"), ("dormant", "No buyer")],
)
def test_each_report_concludes(name: str, words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert name in REPORTS
    file = tmp_path / "list.parquet"
    assert exit_code(command.report_command, [name, "--parquet", str(file)]) == 0
    assert words in capsys.readouterr().out
    assert pl.read_parquet(file).height == (0 if name == "dormant" else 1)


@pytest.mark.usefixtures("here")
def test_a_new_customer_and_one_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(command.onboard_command, ["3"]) == 0
    assert "Customer 3 (New, by organic) begins like these 2." in capsys.readouterr().out
    assert exit_code(command.onboard_command, ["99"]) == 1
    assert capsys.readouterr().err == "Error: There is no customer 99. Choose another: 'c360 sql 2' lists some.\n"
