"""`c360 features` on an engine whose rows were made by the state that serves: right, and then spoilt field by field."""

import json
from collections.abc import Callable, Iterator

import pytest
from clickhouse_connect.driver.client import Client

from ops.cli import main as c360
from schemas.cli import exit_code
from schemas.records import schema
from schemas.settings import Settings, settings
from sinks import statements
from stream_processors.churn.model import churn_model
from stream_processors.recomputation.database import Reader
from stream_processors.recomputation.recompute import Ask
from stream_processors.recomputation.verify import SLICE_ROWS, Judged, Verification
from tests.integration.stream_processors.rows import CUSTOMERS, DAY, START, StoredShop
from tests.support.engine import RunningEngine, start_engine

ERASED = 5
VICTIM = 1
#: Something else for every type of column.
OTHERWISE = {
    "DateTime64": "{0} - INTERVAL 1 MILLISECOND",
    "LowCardinality": "'New'",
    "Decimal": "{0} + toDecimal64('0.01', 2)",
    "UInt": "{0} + 1",
    "Float64": "{0} + 2e-9 * greatest(1, abs({0}))",
}
#: What is compared of a row, its moment apart.
FIELDS = [
    field["name"]
    for field in schema("customer_feature")["fields"]
    if field["name"] not in {"customer_id", "as_of", "input_offsets", "computed_by"}
]


class Watched:
    """Takes what is told of progress."""

    def __init__(self) -> None:
        self.customers = self.times = 0

    def add(self, customers: int) -> None:
        self.customers += customers

    def again(self, customers: int) -> None:  # noqa: ARG002 - as Watcher's
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


def kinds(client: Client) -> dict[str, str]:
    """The types of the features' columns."""
    rows = client.query("SELECT name, type FROM system.columns WHERE table = 'customer_features'").result_rows
    return {name: kind for name, kind in rows}  # noqa: C416 - the driver's rows are of no length that mypy knows


def spoil(client: Client, field: str, expression: str) -> None:
    """Puts a row of the victim's in place of the stored one, with another value."""
    client.command(
        f"INSERT INTO customer_features SELECT * REPLACE ({expression} AS {field}) "
        f"FROM (SELECT * FROM customer_features FINAL WHERE customer_id = {VICTIM})"
    )


def verified(
    ask: Ask, wait: float = 0.0, pause: Callable[[float], None] = lambda _: None, slice_rows: int = SLICE_ROWS
) -> Judged:
    return Verification(ask, churn_model(), slice_rows).run(wait, Watched(), pause)


def test_what_the_state_says_is_what_the_raw_rows_say(ask: Ask) -> None:
    watched = Watched()
    verification = Verification(ask, churn_model(), slice_rows=400)
    judged = verification.run(0.0, watched)
    assert len(verification.slices) > 3
    assert watched.customers == verification.customers
    assert judged.first == ()
    assert (judged.mismatches, judged.waiting, judged.erased) == (0, 0, 1)
    assert judged.customers > CUSTOMERS / 2
    assert verified(ask) == judged


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_that_is_wrong_is_found(field: str, shop: StoredShop, client: Client, ask: Ask) -> None:
    kind = next(kind for kind in OTHERWISE if kind in kinds(client)[field])
    spoil(client, field, OTHERWISE[kind].format(field))
    judged = verified(ask)
    shop.publish([VICTIM])
    assert [(one.customer_id, one.field) for one in judged.first] == [(VICTIM, field)]
    assert (judged.mismatches, judged.wrong, judged.waiting) == (1, 1, 0)


def test_a_row_of_another_moment_is_another_row(shop: StoredShop, client: Client, ask: Ask) -> None:
    spoil(client, "as_of", "as_of + INTERVAL 40 DAY")
    judged = verified(ask)
    shop.publish([VICTIM])
    assert {"spend_30d", "interactions_24h"} <= {one.field for one in judged.first}


def test_a_float_may_be_off_by_a_billionth_and_a_band_then_too(shop: StoredShop, client: Client, ask: Ask) -> None:
    for field in ("engagement", "churn_score", "purchase_rate"):
        spoil(client, field, f"{field} + 5e-10")
    judged = verified(ask)
    shop.publish([VICTIM])
    assert judged.mismatches == 0


def test_a_row_without_events_and_events_without_a_row_are_mismatches(
    shop: StoredShop, client: Client, ask: Ask
) -> None:
    spoil(client, "customer_id", "toUInt32(999999)")
    client.command(f"DELETE FROM customer_features WHERE customer_id = {VICTIM}")
    judged = verified(ask)
    shop.publish([VICTIM])
    client.command("DELETE FROM customer_features WHERE customer_id = 999999")
    assert [tuple(one) for one in judged.first] == [
        (VICTIM, "row", "none", "has events"),
        (999_999, "row", "there", "no event"),
    ]
    assert verified(ask).mismatches == 0


def test_events_that_are_not_counted_yet_are_waited_for(shop: StoredShop, ask: Ask) -> None:
    shop.happen(50, START + 302 * DAY, START + 303 * DAY)
    judged = verified(ask)
    assert judged.mismatches == 0  # each row is still true at its own moment
    shop.happen(50, START + 299 * DAY, START + 300 * DAY)  # late ones change what was true
    judged = verified(ask)
    assert judged.waiting > 0
    waited = []

    def caught_up(seconds: float) -> None:
        waited.append(seconds)
        shop.publish()

    judged = verified(ask, 60.0, caught_up, slice_rows=400)
    assert (judged.mismatches, judged.waiting, len(waited)) == (0, 0, 1)


def test_rows_that_are_behind_are_not_called_verified(
    shop: StoredShop, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.happen(50, START + 303 * DAY, START + 304 * DAY)
    spoil(client, "orders", "orders + 1")  # as if the row did not know of them all
    assert exit_code(c360, ["features", "--verify", "--wait", "0.1"], "c360") == 1
    said = capsys.readouterr().out.splitlines()
    shop.publish()
    assert said[-2] == "mismatches: 0"
    assert said[-1].startswith("not verified: 1 customers")


def test_a_row_that_changes_while_it_is_looked_at_is_not_judged(shop: StoredShop, client: Client, ask: Ask) -> None:
    spoil(client, "orders", "orders + 1")

    def another(_: float) -> None:
        spoil(client, "input_records", "input_records + 1")

    judged = verified(ask, 0.5, another)
    assert (judged.mismatches, judged.waiting) == (0, 1)
    judged = verified(ask, 0.5)
    shop.happen(20, START + 303 * DAY, START + 304 * DAY)
    shop.publish()
    assert (judged.mismatches, judged.waiting) == (1, 0)


def test_the_command_prints_what_it_found(shop: StoredShop, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(c360, ["features", "--verify"], "c360") == 0
    told = capsys.readouterr()
    assert told.out.endswith("\nmismatches: 0\n")
    assert "/s, 0 s left" in told.err
    spoil(client, "orders", "orders + 1")
    assert exit_code(c360, ["features", "--verify", "--wait", "0"], "c360") == 1
    assert "\nmismatches: 1 (of 1 customers)\n" in capsys.readouterr().out
    assert exit_code(c360, ["features", "--verify", "--wait", "0.1", "--json"], "c360") == 1
    found = json.loads(capsys.readouterr().out)
    shop.publish([VICTIM])
    assert (found["mismatches"], found["waiting"], found["first"][0]["customer_id"]) == (1, 0, VICTIM)


def test_who_was_erased_and_is_sent_again_has_all_they_did(
    shop: StoredShop, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    before = verified(ask).customers
    shop.send_again(ERASED)
    shop.publish()
    judged = verified(ask)
    assert (judged.mismatches, judged.erased, judged.customers) == (0, 0, before + 1)
    assert exit_code(c360, ["features", str(ERASED)], "c360") == 0
    capsys.readouterr()
    shop.erase(ERASED)
    assert verified(ask).erased == 1


def test_one_customer_is_shown_with_history_and_alerts(
    shop: StoredShop,  # noqa: ARG001 - whose rows they are
    client: Client,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client.command(
        "INSERT INTO churn_alerts (alert_id, customer_id, kind, reason, as_of) "
        f"VALUES ('a', {VICTIM}, 'raised', 'silent', '2024-01-05 00:00:00')"
    )
    assert exit_code(c360, ["features", str(VICTIM), "--json", "--history", "3"], "c360") == 0
    found = json.loads(capsys.readouterr().out)
    moments = [row[found["columns"].index("as_of")] for row in found["rows"]]
    assert moments[1:] == ["2024-08-31T23:59:59.999Z", "2024-07-31T23:59:59.999Z", "2024-06-30T23:59:59.999Z"]
    assert [alert["kind"] for alert in found["alerts"]] == ["raised"]
    assert exit_code(c360, ["features", str(VICTIM), "--as-of", moments[0], "--format", "json"], "c360") == 0
    (again,) = json.loads(capsys.readouterr().out)["rows"]
    stored = dict(zip(found["columns"], found["rows"][0], strict=True))
    assert dict(zip(found["columns"], again, strict=True)) == pytest.approx(stored)
    assert exit_code(c360, ["features", str(VICTIM)], "c360") == 0
    assert "2024-08-31 23:59:59.999" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([str(ERASED)], 1, f"Customer {ERASED} is erased"),
        (["424242"], 1, "There is no customer 424242"),
        (["424242", "--as-of", "2026-01-01"], 1, "There is no customer 424242"),
        ([str(CUSTOMERS - 1)], 1, f"Customer {CUSTOMERS - 1} has no event yet"),
        (
            [str(VICTIM), "--as-of", "2020-01-01T00:00:00Z"],
            1,
            f"Customer {VICTIM} had no event by 2020-01-01T00:00:00Z",
        ),
        ([str(VICTIM), "--as-of", "yesterday"], 2, "'yesterday' is no moment"),
        ([str(VICTIM), "--as-of", "1812-01-01"], 2, "'1812-01-01' is out of range"),
        (["seven"], 2, "'seven'"),
        (["0"], 2, "0 is not in the range"),
        ([], 2, "Whose features?"),
        (["7", "--verify"], 2, "leave ID and --as-of out"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    shop: StoredShop,  # noqa: ARG001 - whose rows they are
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert exit_code(c360, ["features", *arguments], "c360") == code
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.count("\n") == 1
