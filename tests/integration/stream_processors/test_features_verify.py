"""`c360 features` on an engine whose rows were made by the state that serves: right, and then spoilt field by field."""

import json
from collections.abc import Callable, Iterator

import pytest
from clickhouse_connect.driver.client import Client

from ops.cli import main as c360
from schemas.cli import exit_code
from schemas.settings import Settings, settings
from sinks import statements
from stream_processors.churn.model import churn_model
from stream_processors.recomputation.compare import NOT_COMPARED
from stream_processors.recomputation.database import Reader
from stream_processors.recomputation.recompute import Ask, sql
from stream_processors.recomputation.verify import Judged, Verification
from tests.integration.stream_processors.rows import CUSTOMERS, DAY, START, StoredShop
from tests.support.engine import RunningEngine, start_engine

ERASED = 5
#: Something else for every type of column.
OTHERWISE = {
    "DateTime64": "{0} - INTERVAL 1 MILLISECOND",
    "LowCardinality": "'New'",
    "Decimal": "{0} + 0.01",
    "UInt": "{0} + 1",
}


class Watched:
    """Takes what is told of progress."""

    def __init__(self) -> None:
        self.customers = self.times = 0

    def add(self, customers: int) -> None:
        self.customers += customers

    def again(self, slices: int) -> None:  # noqa: ARG002 - as Watcher's
        self.times += 1


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("verify")) as running:
        yield running


@pytest.fixture(scope="module")
def variables(engine: RunningEngine) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("C360_CLICKHOUSE_URL", engine.url)
        patch.setenv("C360_CLICKHOUSE_DATABASE", engine.database)
        patch.setenv("C360_CLICKHOUSE_READER_PASSWORD", engine.reader.password)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(scope="module")
def client(engine: RunningEngine) -> Client:
    client = engine.client()
    for statement in statements.tables(Settings()):
        client.command(statement)
    return client


@pytest.fixture(scope="module")
def shop(client: Client, variables: None) -> StoredShop:  # noqa: ARG001 - where commands look
    shop = StoredShop(client, 3)
    shop.customers()
    shop.products(1)
    shop.happen(1_500, START, START + 300 * DAY)
    shop.publish()
    shop.products(2, withdrawn=5)
    shop.happen(500, START + 299 * DAY, START + 301 * DAY)
    shop.erase(ERASED)
    shop.publish()
    return shop


@pytest.fixture(scope="module")
def ask(shop: StoredShop) -> Ask:  # noqa: ARG001 - what is asked about
    return Reader(settings()).ask


def verified(ask: Ask, wait: float = 0.0, pause: Callable[[float], None] | None = None) -> Judged:
    watched = Watched()
    verification = Verification(ask, churn_model(), slice_rows=200)
    judged = verification.run(wait, watched, pause or (lambda _: None))
    assert len(verification.slices) > 5
    assert watched.customers == verification.customers
    return judged


def test_what_the_state_says_is_what_the_raw_rows_say(ask: Ask) -> None:
    judged = verified(ask)
    assert judged.first == ()
    assert (judged.mismatches, judged.waiting, judged.erased) == (0, 0, 1)
    assert judged.customers > CUSTOMERS / 2


def fields() -> list[str]:
    text = statements.tables(Settings())
    (made,) = [one for one in text if one.startswith("-- The newest features") or "EXISTS customer_features" in one][:1]
    lines = made[made.index("(\n") + 2 : made.index("\n)")].splitlines()
    names = [line.split()[0] for line in lines]
    return [name for name in names if name not in (*NOT_COMPARED, "input_offsets", "as_of")]


@pytest.mark.parametrize("field", fields())
def test_each_field_that_is_wrong_is_found(field: str, shop: StoredShop, client: Client, ask: Ask) -> None:
    (kind,) = client.query(
        "SELECT type FROM system.columns WHERE table = 'customer_features' AND name = {name:String}",
        parameters={"name": field},
    ).first_row
    spoilt = next((text for start, text in OTHERWISE.items() if start in kind), "{0} + 2e-9 * greatest(1, abs({0}))")
    (victim,) = client.query(
        "SELECT customer_id FROM customer_features FINAL WHERE last_purchase IS NOT NULL AND segment = 'VIP' AND customer_id != 5 LIMIT 1"
    ).first_row
    client.command(
        f"INSERT INTO customer_features SELECT * REPLACE ({spoilt.format(field)} AS {field}, input_records + 1 AS input_records) "
        f"FROM customer_features FINAL WHERE customer_id = {victim}"
    )
    try:
        judged = verified(ask)
        assert [(one.customer_id, one.field) for one in judged.first] == [(victim, field)]
        assert (judged.mismatches, judged.wrong) == (1, 1)
    finally:
        client.command(
            f"DELETE FROM customer_features WHERE customer_id = {victim} AND input_records = (SELECT max(input_records) FROM customer_features)"
        )
    assert verified(ask).mismatches == 0


def test_sql_is_there() -> None:
    assert "FROM" in sql("stored")


def test_the_command_prints_what_it_found(shop: StoredShop, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ARG001 - what it finds
    assert exit_code(c360, ["features", "--verify", "--wait", "0"], "c360") == 0
    assert "\nmismatches: 0\n" in capsys.readouterr().out
    assert exit_code(c360, ["features", "--verify", "--json"], "c360") == 0
    assert json.loads(capsys.readouterr().out)["mismatches"] == 0
    assert exit_code(c360, ["features", "1"], "c360") == 0
    print(capsys.readouterr().out)
