"""A refresh on the embedded engine: what is stored, swapped, gone on with after a kill, and answered meanwhile."""

import datetime as dt
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships without types
import pytest
from clickhouse_connect.driver.client import Client

from queries.recommend.refresh import active, complete
from queries.recommend.serving import Recommendations, Recommender
from queries.recommend.store import BEGUN, DONE, Store
from schemas.errors import AbsentError, C360Error
from schemas.ids import LAST_VERSION
from schemas.settings import Settings
from sinks import statements
from sinks.erasure import erase
from sinks.migrate import migrate
from tests.support.engine import RunningEngine, start_engine
from tests.support.waiting import wait_for

HERE = Settings(clickhouse_ingest="client")
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
#: Ids lie in three slices; nobody is known of the last hundred.
CUSTOMERS = np.array([*range(1, 401), *range(40_001, 40_301), *range(80_001, 80_201)])
PRODUCTS = 90
STRANGER, NEWCOMER = 99_999, 80_151
#: Out of stock, not yet launched, withdrawn.
UNSOLD = (3, 5, 7)


def quiet(*_: object) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("recommend")) as running:
        yield running


@pytest.fixture(scope="module")
def filled(engine: RunningEngine) -> Client:
    """Customers who buy from 90 products, the first ones more, and look at as many."""
    client = engine.client(autogenerate_session_id=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sinks.migrate.refuse_readers", lambda *_: None)  # there is no Kafka, and nobody reads
        migrate(client, HERE)
    rng = np.random.default_rng(3)
    names = np.where(CUSTOMERS % 3 == 0, "VIP", "Basic")
    client.insert_arrow(
        "customers",
        pa.table({"customer_id": CUSTOMERS.astype(np.uint32), "segment": names, "version": np.ones(900, np.uint64)}),
    )
    number = np.arange(1, PRODUCTS + 1)
    later = dt.date(2100, 1, 1)
    client.insert_arrow(
        "products",
        pa.table(
            {
                "product_id": number.astype(np.uint32),
                "name": [f"Product {each}" for each in number],
                "category": [f"Category {each % 5}" for each in number],
                "brand": [f"Brand {each % 9}" for each in number],
                "stock_quantity": np.where(number == UNSOLD[0], 0, 4).astype(np.int32),
                "launch_date": pa.array([later if each == UNSOLD[1] else dt.date(2020, 1, 1) for each in number]),
                "version": np.ones(PRODUCTS, np.uint64),
                "deleted": (number == UNSOLD[2]).astype(np.uint8),
            }
        ),
    )
    who = rng.choice(CUSTOMERS[:800], 4000)
    weights = 1 / (number + 4)
    what = rng.choice(number, 4000, p=weights / weights.sum())
    client.insert_arrow("transactions", events(who, what, rng, "transaction_id", status=["completed"] * 4000))
    client.insert_arrow("interactions", events(who[::-1], what, rng, "interaction_id", type=["view"] * 4000))
    return client


def events(who: Any, what: Any, rng: np.random.Generator, name: str, **more: Any) -> pa.Table:
    moments = int(NOW.timestamp() * 1000) - rng.integers(1, 200 * 86_400_000, len(who))
    return pa.table(
        {
            name: np.arange(len(who), dtype=np.uint64),
            "customer_id": who.astype(np.uint32),
            "product_id": what.astype(np.uint32),
            "ts": pa.array(moments, pa.timestamp("ms", tz="UTC")),
            **more,
        }
    )


@pytest.fixture
def client(filled: Client) -> Client:
    """Without any recommendations."""
    for table in ("recommendation_lists", "recommendation_popular", "recommendation_builds"):
        filled.command(f"TRUNCATE TABLE {table} SYNC")
    return filled


@pytest.fixture
def store(client: Client) -> Store:
    return Store(client)


def asked(engine: RunningEngine) -> Recommender:
    return Recommender(engine.client(engine.reader, autogenerate_session_id=False))


def products(found: Recommendations) -> list[int]:
    return [item.product_id for item in found.items]


def bought(client: Client, customer: int) -> set[int]:
    rows = client.query(f"SELECT product_id FROM transactions WHERE customer_id = {customer}").result_rows
    return {int(product) for (product,) in rows}


def rows_of(client: Client, build: int) -> list[tuple[Any, ...]]:
    text = f"SELECT * EXCEPT build FROM recommendation_lists FINAL WHERE build = {build} ORDER BY customer_id"
    return [tuple(row) for row in client.query(text).result_rows]


def buys(client: Client, customer: int, product: int, number: int, ts: dt.datetime = NOW) -> None:
    names = ["transaction_id", "customer_id", "product_id", "status", "ts"]
    client.insert("transactions", [[number, customer, product, "completed", ts]], column_names=names)


def test_everybody_has_twenty_that_they_have_not_bought_and_can_buy(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    outcome = complete(store, NOW, quiet)
    known = client.query("SELECT uniqExact(customer_id) FROM transactions").result_rows[0][0]
    assert outcome.customers >= known
    recommender = asked(engine)
    for customer in (*CUSTOMERS[:40].tolist(), 40_007, 80_003):
        found = recommender.of(customer)
        assert found.source == "own"
        assert found.as_of == NOW
        assert len(set(products(found))) == 20
        assert not set(products(found)) & (bought(client, customer) | set(UNSOLD))
        assert all(item.reason and item.name == f"Product {item.product_id}" for item in found.items)
    view = "SELECT product_id FROM recommendations WHERE customer_id = 40007 ORDER BY rank LIMIT 20"
    assert [each for (each,) in client.query(view).result_rows] == products(recommender.of(40_007))


def test_who_is_new_gets_what_the_segment_buys_and_then_what_everybody_does(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    recommender = asked(engine)
    found = recommender.of(NEWCOMER)
    assert found.source == "segment"
    assert len(found.items) == 20
    text = """SELECT product_id, uniqExact(customer_id) AS buyers FROM transactions
    WHERE customer_id IN (SELECT customer_id FROM customers WHERE segment = 'VIP')
        AND product_id NOT IN (3, 5, 7) GROUP BY product_id ORDER BY buyers DESC, product_id LIMIT 20"""
    expected = client.query(text).result_rows
    assert products(found) == [product for product, _ in expected]
    assert found.items[0].reason == f"bought by {expected[0][1]:,} VIP customers"
    names = ["customer_id", "segment", "version"]
    client.insert("customers", [[90_001, "Premium", 1]], column_names=names)
    found = recommender.of(90_001)
    assert found.source == "popular"
    assert len(found.items) == 20
    client.command("DELETE FROM customers WHERE customer_id = 90001", settings={"lightweight_deletes_sync": 2})


def test_what_is_bought_or_sold_out_since_is_left_out_at_once(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    recommender = asked(engine)
    first, second, third = products(recommender.of(17))[:3]
    buys(client, 17, first, 1_000_001)
    found = products(recommender.of(17))
    assert found[0] == second
    assert first not in found
    assert len(found) == 20
    names = ["product_id", "name", "category", "brand", "stock_quantity", "launch_date", "version"]
    row = [second, f"Product {second}", f"Category {second % 5}", f"Brand {second % 9}", 0, dt.date(2020, 1, 1), 2]
    client.insert("products", [row], column_names=names)
    wait_for(lambda: products(recommender.of(17))[0] == third, "what is sold out is left out", 30)
    client.insert("products", [[*row[:4], 9, *row[5:6], 3]], column_names=names)
    wait_for(lambda: products(recommender.of(17))[0] == second, "what is in stock again is there again", 30)


def test_a_new_purchase_is_left_out_for_who_has_no_list_too(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    recommender = asked(engine)
    first = products(recommender.of(NEWCOMER - 3))[0]
    buys(client, NEWCOMER - 3, first, 1_000_002)
    assert first not in products(recommender.of(NEWCOMER - 3))


def test_nothing_that_was_ever_bought_is_offered_where_the_own_list_is_not_enough(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    recommender = asked(engine)
    for customer in CUSTOMERS[:40].tolist():
        found = recommender.of(customer, 80)
        assert found.source == "own"
        assert len(set(products(found))) == len(found.items) > 30
        assert not set(products(found)) & bought(client, customer)


def test_nothing_that_was_ever_bought_is_offered_to_who_has_no_list(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    recommender = asked(engine)
    first, second = products(recommender.of(NEWCOMER + 7))[:2]
    # It arrives long after it was made.
    buys(client, NEWCOMER + 7, first, 1_000_007, NOW - dt.timedelta(days=200))
    found = recommender.of(NEWCOMER + 7)
    assert found.source == "segment"
    assert products(found)[0] == second
    assert first not in products(found)


def test_a_reason_counts_the_buyers_of_the_segment_that_it_names(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    """Customer 17 was Basic at the refresh and has become VIP since: the own list counts Basics, what follows VIPs."""
    complete(store, NOW, quiet)
    names = ["customer_id", "segment", "version"]
    client.insert("customers", [[17, "VIP", 2]], column_names=names)
    items = asked(engine).of(17, 60).items
    client.insert("customers", [[17, "Basic", 3]], column_names=names)
    text = """SELECT t.product_id, c.segment, uniqExact(t.customer_id) FROM transactions AS t
    INNER JOIN customers AS c FINAL ON c.customer_id = t.customer_id WHERE t.ts < '2026-06-01' GROUP BY 1, 2"""
    buyers = {(product, segment): count for product, segment, count in client.query(text).result_rows}
    said = [(item.product_id, re.search(r"bought by ([\d,]+) (\w+) customers?$", item.reason)) for item in items]
    counted = {(product, words[2]): int(words[1].replace(",", "")) for product, words in said if words}
    assert {segment for _, segment in counted} == {"Basic", "VIP"}
    assert counted == {place: buyers.get(place, 0) for place in counted}


def test_a_list_that_does_not_say_whose_buyers_it_counts_names_no_segment(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    old = "concat(toString((products, scores, reasons, because, shared, peers)))"
    client.command("ALTER TABLE recommendation_lists DROP COLUMN as_text, DROP COLUMN segment")
    client.command(f"ALTER TABLE recommendation_lists ADD COLUMN as_text String MATERIALIZED {old}")
    client.command("ALTER TABLE recommendation_lists MATERIALIZE COLUMN as_text", settings={"mutations_sync": 2})
    for migration in statements.migrations(HERE):
        for statement in migration.statements:
            client.command(statement)
    items = asked(engine).of(17).items
    assert len(items) == 20
    assert any(re.search(r"bought by [\d,]+ customers?$", item.reason) for item in items)
    assert not any("Basic" in item.reason for item in items)


def test_lists_that_were_stored_before_their_text_was_are_answered_the_same(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    before = asked(engine).of(17)
    assert before.source == "own"
    client.command("ALTER TABLE recommendation_lists DROP COLUMN as_text", settings={"mutations_sync": 2})
    for migration in statements.migrations(HERE):
        for statement in migration.statements:
            client.command(statement)
    assert asked(engine).of(17) == before


def test_the_same_input_gives_the_same_rows(client: Client, store: Store) -> None:
    one, two = complete(store, NOW, quiet).build, complete(store, NOW, quiet).build
    assert one != two
    assert rows_of(client, one) == rows_of(client, two)


def test_the_old_build_answers_until_the_new_one_is_whole(engine: RunningEngine, client: Client, store: Store) -> None:
    first = complete(store, NOW - dt.timedelta(days=1), quiet).build
    recommender = asked(engine)
    seen: list[dt.datetime] = []

    def look(*_: object) -> None:
        seen.append(asked(engine).of(17).as_of)

    second = complete(store, NOW, look).build
    assert set(seen) == {NOW - dt.timedelta(days=1)}
    wait_for(lambda: recommender.of(17).as_of == NOW, "the new build answers", 30)
    complete(store, NOW + dt.timedelta(days=1), quiet)
    there = "SELECT DISTINCT build FROM recommendation_lists ORDER BY build"
    builds = [build for (build,) in client.query(there).result_rows]
    assert builds[0] == second
    assert len(builds) == 2
    assert first not in [build.number for build in store.builds()]


def test_a_refresh_that_was_killed_is_gone_on_with(engine: RunningEngine, client: Client, store: Store) -> None:
    whole = complete(store, NOW, quiet).build
    expected = rows_of(client, whole)
    for each in store.builds():
        store.drop(each)
    code = (
        "import datetime as dt, os, signal, sys, clickhouse_connect\n"
        "from queries.recommend.refresh import RANKING, complete\n"
        "from queries.recommend.store import Store\n"
        "def tell(doing, done, total):\n"
        "    if doing == RANKING and 0 < done < total:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "client = clickhouse_connect.get_client(dsn=sys.argv[1], username=sys.argv[2], password=sys.argv[3],\n"
        "    database='customer360', autogenerate_session_id=False)\n"
        "complete(Store(client), dt.datetime.fromisoformat(sys.argv[4]), tell)\n"
    )
    arguments = [engine.url, engine.writer.name, engine.writer.password, NOW.isoformat()]
    ended = subprocess.run([sys.executable, "-c", code, *arguments], env=dict(os.environ), check=False, timeout=120)
    assert ended.returncode == -signal.SIGKILL
    (begun,) = store.builds()
    assert begun.state == BEGUN
    assert len(store.stored(begun)) == 1
    with pytest.raises(C360Error, match=r"Nothing is recommended yet\. Run"):
        asked(engine).of(17)
    # What happened since is for the next build.
    buys(client, 40_001, 1, 1_000_003, NOW + dt.timedelta(minutes=5))
    outcome = complete(store, NOW + dt.timedelta(hours=1), quiet)
    assert outcome.resumed
    assert outcome.build == begun.number
    assert 0 < outcome.customers < len(expected)
    assert rows_of(client, outcome.build) == expected
    assert [build.state for build in store.builds()] == [DONE]


def test_one_that_was_begun_long_ago_is_not_gone_on_with(store: Store) -> None:
    begun = store.begin(NOW - dt.timedelta(days=2))
    outcome = complete(store, NOW, quiet)
    assert not outcome.resumed
    assert [build.number for build in store.builds()] == [outcome.build]
    assert begun.number != outcome.build


def test_active_customers_alone_are_refreshed_in_the_build_that_answers(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    build = complete(store, NOW, quiet).build
    before = {row[0]: row for row in rows_of(client, build)}
    later = NOW + dt.timedelta(hours=3)
    buys(client, 29, 11, 1_000_004, NOW + dt.timedelta(hours=1))
    buys(client, NEWCOMER + 1, 12, 1_000_005, NOW + dt.timedelta(hours=1.5))
    outcome = active(store, later, quiet)
    assert outcome.build == build
    after = {row[0]: row for row in rows_of(client, build)}
    changed = {customer for customer in after if after[customer] != before.get(customer)}
    assert {29, NEWCOMER + 1} <= changed
    assert outcome.customers == len(changed) < 10
    found = asked(engine).of(NEWCOMER + 1)
    assert (found.source, found.as_of) == ("own", later)
    assert active(store, later + dt.timedelta(hours=1), quiet).customers == 0


def test_what_is_stored_after_a_refresh_though_made_before_counts_in_the_next_active_one(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    complete(store, NOW, quiet)
    later = NOW + dt.timedelta(hours=6)
    active(store, later, quiet)
    buys(client, NEWCOMER + 9, 14, 1_000_008, later - dt.timedelta(seconds=2))
    assert active(store, later + dt.timedelta(hours=1), quiet).customers == 1
    assert asked(engine).of(NEWCOMER + 9).source == "own"


def test_active_alone_before_any_build_says_what_to_do(store: Store) -> None:
    with pytest.raises(C360Error, match=r"refresh' without --active first"):
        active(store, NOW, quiet)


def test_who_is_not_there_is_an_error(engine: RunningEngine, store: Store) -> None:
    complete(store, NOW, quiet)
    with pytest.raises(AbsentError, match=f"There is no customer {STRANGER}"):
        asked(engine).of(STRANGER)


def test_who_is_erased_loses_their_rows_and_no_refresh_brings_them_back(
    engine: RunningEngine, client: Client, store: Store
) -> None:
    gone = 31
    build = complete(store, NOW, quiet).build
    kept = {row[0] for row in rows_of(client, build)} - {gone}
    names = ["customer_id", "version", "deleted"]
    client.insert("customers", [[gone, LAST_VERSION, 1]], column_names=names)
    client.insert("erased_customers", [[gone]], column_names=["customer_id"])
    assert erase(client, HERE) == 1
    assert {row[0] for row in rows_of(client, build)} == kept
    with pytest.raises(AbsentError):
        asked(engine).of(gone)
    buys(client, gone, 2, 1_000_006, NOW + dt.timedelta(minutes=1))
    active(store, NOW + dt.timedelta(hours=1), quiet)
    again = complete(store, NOW + dt.timedelta(days=1), quiet).build
    stored = "SELECT count() FROM recommendation_lists WHERE customer_id = 31 SETTINGS final = 0"
    assert client.query(stored).result_rows == [(0,)]
    assert {row[0] for row in rows_of(client, again)} >= kept


def run(engine: RunningEngine, *words: str, module: str = "queries.recommend") -> subprocess.CompletedProcess[str]:
    """A command on this engine."""
    own = {
        "C360_HOME": str(engine.home),
        "C360_CLICKHOUSE_URL": engine.url,
        "C360_CLICKHOUSE_WRITER_PASSWORD": engine.writer.password,
        "C360_CLICKHOUSE_READER_PASSWORD": engine.reader.password,
    }
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.usefixtures("client")
def test_the_commands(engine: RunningEngine) -> None:
    early = run(engine, "recommend", "17", module="ops.cli")
    assert early.returncode == 1
    assert early.stderr == "Error: Nothing is recommended yet. Run 'python -m queries.recommend refresh'.\n"
    refreshed = run(engine, "refresh")
    assert refreshed.returncode == 0, refreshed.stderr
    assert re.fullmatch(r"recommendations of \d+ customers in [\d.]+ s\n", refreshed.stdout)
    assert re.search(r"customers: (\d+) of \1", refreshed.stderr)
    answer = json.loads(run(engine, "recommend", "17", "--limit", "7", "--json", module="ops.cli").stdout)
    assert answer["source"] == "own"
    assert answer["columns"] == ["rank", "product_id", "name", "category", "brand", "price", "score", "reason"]
    expected = asked(engine).of(17, 7)
    assert [row[1] for row in answer["rows"]] == products(expected)
    shown = run(engine, "recommend", "17", module="ops.cli").stdout
    assert expected.items[0].reason in shown
    unknown = run(engine, "recommend", str(STRANGER), module="ops.cli")
    assert unknown.returncode == 1
    assert unknown.stderr == f"Error: There is no customer {STRANGER}.\n"
    assert run(engine, "recommend", "seventeen", module="ops.cli").returncode == 2
    again = json.loads(run(engine, "refresh", "--active", "--json").stdout)
    assert again["customers"] == 0
    with (engine.home / "run" / "recommend.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = run(engine, "refresh")
    assert second.returncode == 1
    assert "Another refresh of recommendations is under way here" in second.stderr


def test_an_empty_shop_has_no_recommendations_but_a_build(tmp_path_factory: pytest.TempPathFactory) -> None:
    with start_engine(tmp_path_factory.mktemp("empty")) as engine:
        client = engine.client(autogenerate_session_id=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sinks.migrate.refuse_readers", lambda *_: None)
            migrate(client, HERE)
        assert complete(Store(client), NOW, quiet).customers == 0
        client.insert("customers", [[1, "VIP", 1]], column_names=["customer_id", "segment", "version"])
        assert asked(engine).of(1).items == []
        client.close()
