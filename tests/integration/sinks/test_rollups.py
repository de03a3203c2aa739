"""Rollups say what the rows say, whatever came in: repeats, late events, changes of customers and products, kills.

Every report is asked both ways on the same engine: from the rollups, once these have caught up, and from the rows.
"""

import datetime as dt
import random
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from queries import values
from queries.catalogue import Query, catalogue, find
from queries.database import EXACT, HttpDatabase, Table
from queries.runner import Runner
from schemas.settings import Settings
from sinks import statements
from tests.integration.queries.rolled import make_rollups, roll_up
from tests.support.engine import RunningEngine, start_engine
from tests.support.waiting import wait_for

DAY = dt.timedelta(days=1)
BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
CATEGORIES = ("Electronics", "Home", "Books")
SEGMENTS = ("VIP", "Premium", "Regular", "Basic", "New")
BOUGHT = ("transaction_id", "customer_id", "product_id", "amount", "quantity", "channel", "status", "refers_to", "ts")
ACTED = ("interaction_id", "customer_id", "product_id", "type", "duration_seconds", "device", "session_id", "ts")
BACKWARDS = ("product_id", "customer_id", "transaction_id", "amount", "quantity", "channel", "status", "ts")
SEEN_BY = ("product_id", "customer_id", "interaction_id", "type", "duration_seconds", "ts")

Row = tuple[Any, ...]


class Database:
    """A running engine as the helpers see it, who write, and as the runner does, who asks as the reader."""

    def __init__(self, engine: RunningEngine) -> None:
        self.client = engine.client()
        self._reader = HttpDatabase(engine.settings())

    def execute(self, sql: str) -> object:
        return self.client.command(sql)

    def query(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
        if settings:
            return self._reader.query(sql, parameters, settings)
        result = self.client.query(sql)
        return Table(tuple(result.column_names), [tuple(row) for row in result.result_rows])

    def insert(self, table: str, names: tuple[str, ...], rows: list[Row]) -> None:
        if rows:
            self.client.insert(table, rows, column_names=names)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A small world. Tests only add to it, each with numbers of its own, so their order does not matter."""
    with start_engine(tmp_path_factory.mktemp("rollups")) as engine:
        database = Database(engine)
        lay_down(database)
        draw = random.Random(5)
        put_people(database, [customer(number, draw.choice(SEGMENTS)) for number in range(1, 31)])
        put_goods(database, [product(number, draw.choice(CATEGORIES)) for number in range(1, 11)])
        put_events(database, 1, 300)
        yield database


def lay_down(database: Database) -> None:
    for statement in statements.tables(Settings()):
        database.execute(statement)
    make_rollups(database)


def customer(number: int, segment: str, version: int = 1, deleted: int = 0) -> Row:
    return (number, f"Name {number}", "e", segment, dt.date(2024, 12, 1), "organic", "DE", version, deleted)


def product(number: int, category: str, version: int = 1, deleted: int = 0) -> Row:
    return (number, f"Thing {number}", category, f"Brand {number % 3}", 10, 5, dt.date(2024, 1, 1), version, deleted)


def purchase(draw: random.Random, number: int, days: tuple[int, int] = (0, 100)) -> Row:
    ts = BEGIN + draw.randrange(days[0] * 86_400_000, days[1] * 86_400_000) * dt.timedelta(milliseconds=1)
    status = draw.choices(("completed", "cancelled", "refunded"), (8, 1, 1))[0]
    amount = draw.randint(100, 9999) * (-1 if status == "refunded" else 1) / 100
    return (number, draw.randint(1, 28), draw.randint(1, 9), amount, draw.randint(1, 3), "web", status, None, ts)


def act(draw: random.Random, number: int, days: tuple[int, int] = (0, 105)) -> Row:
    ts = BEGIN + draw.randrange(days[0] * 86_400_000, days[1] * 86_400_000) * dt.timedelta(milliseconds=1)
    kind = draw.choice(("view", "cart", "wishlist", "review", "share", "UNKNOWN"))
    return (number, draw.randint(1, 29), draw.randint(1, 10), kind, draw.randint(0, 90), "web", 1, ts)


def put_people(database: Database, rows: list[Row]) -> None:
    names = (
        "customer_id",
        "name",
        "email",
        "segment",
        "registration_date",
        "acquisition_channel",
        "country",
        "version",
        "deleted",
    )
    database.insert("customers", names, rows)


def put_goods(database: Database, rows: list[Row]) -> None:
    names = ("product_id", "name", "category", "brand", "price", "stock_quantity", "launch_date", "version", "deleted")
    database.insert("products", names, rows)


def put_purchases(database: Database, rows: list[Row]) -> None:
    database.insert("transactions", BOUGHT, rows)
    pick = [BOUGHT.index(name) for name in BACKWARDS]
    backwards = [tuple(row[place] for place in pick) for row in rows if row[6] == "completed"]
    database.insert("purchased_by_product", BACKWARDS, backwards)


def put_acts(database: Database, rows: list[Row]) -> None:
    database.insert("interactions", ACTED, rows)
    pick = [ACTED.index(name) for name in SEEN_BY]
    database.insert("interacted_by_product", SEEN_BY, [tuple(row[place] for place in pick) for row in rows])


def put_events(database: Database, first: int, last: int) -> None:
    """Always the same for the same numbers."""
    put_purchases(database, [purchase(random.Random(number), number) for number in range(first, last + 1)])
    put_acts(database, [act(random.Random(-number), number) for number in range(first, last + 1)])


def both(database: Database, query: Query, given: dict[str, Any]) -> tuple[list[Row], list[Row]]:
    """The rows of a report from the rollups, and from the rows."""
    runner = Runner(Settings(), database)
    rolled = runner.sql(query.name, given)
    assert rolled.source == "rollups"
    params = {item.name: given.get(item.name, runner.default(item)) for item in query.parameters}
    bound = {item.name: values.text(values.read(item.name, item.type, params[item.name])) for item in query.parameters}
    return rolled.rows, database.query(query.plain, bound, EXACT).rows


def check(database: Database) -> None:
    """Every report says the same both ways."""
    roll_up(database)
    for query in catalogue("sql"):
        rolled, plain = both(database, query, {})
        assert rolled == plain, query.name
        # In a small world nobody may be without a category, or away for long.
        assert plain or query.name in {"category_gaps", "churn_risk"}, query.name


def test_everything_sent_twice_and_late_events_in_every_month(database: Database) -> None:
    roll_up(database)
    before = {query.name: both(database, query, {})[0] for query in catalogue("sql")}
    put_events(database, 1, 300)
    check(database)
    assert before == {query.name: both(database, query, {})[0] for query in catalogue("sql")}
    put_events(database, 1001, 1030)
    check(database)
    assert before["monthly_revenue"] != both(database, find("sql", "monthly_revenue"), {})[0]


def test_a_newer_month_moves_the_older_ones_into_the_totals(database: Database) -> None:
    draw = random.Random(6)
    for month in (110, 145):
        put_purchases(database, [purchase(draw, 2000 + month * 30 + n, (month, month + 30)) for n in range(25)])
        check(database)


def test_customers_and_products_change_and_go(database: Database) -> None:
    put_people(database, [customer(number, "VIP", 2) for number in range(1, 8)])
    put_goods(database, [product(number, "Garden", 2) for number in range(1, 4)])
    check(database)
    put_people(database, [customer(3, "VIP", 3, 1), customer(31, "New")])
    put_goods(database, [product(5, "Home", 3, 1)])
    check(database)


def test_months_that_are_built_together_come_one_after_the_other(database: Database) -> None:
    """Totals that were made between two months of one build had its time, so the later month never came into them."""
    roll_up(database)
    ((moment,),) = database.query("SELECT toString(now64(3, 'UTC'))", {}, {}).rows
    months = ("rollup_customer_months", "rollup_product_months", "rollup_sales")
    again = (
        "INSERT INTO {} SELECT * REPLACE (toDateTime64('{}', 3, 'UTC') AS built) FROM {} FINAL WHERE month = {} "
        "SETTINGS do_not_merge_across_partitions_select_final = 1"
    )
    made_of_months = {"customer_totals", "product_totals", "sales_totals", "cohorts", "customers", "cohorts_running"}
    for month in (202501, 202502):
        database.execute("SYSTEM STOP VIEWS")
        try:
            for table in months:
                database.execute(again.format(table, moment, table, month))
            behind = database.query(statements.sql("rollups_behind"), {}, {}).rows
        finally:
            database.execute("SYSTEM START VIEWS")
        assert {name for name, _ in behind} == made_of_months
        roll_up(database)


def test_a_month_whose_rows_are_gone_keeps_nobody_building(tmp_path: Path) -> None:
    """Torn parts, until they are read again: what is made of months was behind for ever."""
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        put_people(database, [customer(number, "New") for number in range(1, 31)])
        put_events(database, 1, 300)
        roll_up(database)
        database.execute("ALTER TABLE transactions DROP PARTITION 202501")
        put_purchases(database, [purchase(random.Random(number), number, (32, 58)) for number in range(301, 331)])
        roll_up(database)
        assert database.query("SELECT count() FROM rollup_sealed", {}, {}).rows == [(3,)]


def test_a_pair_that_is_none_any_more(tmp_path: Path) -> None:
    """Two months were built together, then one of them alone: what the first build had of it stayed."""
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        put_people(database, [customer(1, "New")])
        put_goods(database, [product(number, "Home") for number in range(1, 4)])
        january, february = BEGIN, BEGIN + 31 * DAY

        def bought(number: int, product_id: int, at: dt.datetime) -> Row:
            return (number, 1, product_id, 9, 1, "web", "completed", None, at)

        def pairs() -> set[tuple[int, int]]:
            roll_up(database)
            rolled, plain = both(database, find("sql", "basket_analysis"), {"min_customers": 1})
            assert rolled == plain
            return {(row[0], row[2]) for row in rolled}

        minutes = [february + number * dt.timedelta(minutes=1) for number in range(52)]
        between = [bought(number, 2, minutes[number]) for number in range(1, 50)]
        ends = [bought(100, 1, minutes[0]), bought(101, 3, minutes[51])]
        put_purchases(database, [bought(200, 1, january), bought(201, 2, january + DAY), *ends, *between])
        assert pairs() == {(1, 2), (1, 3), (2, 3)}
        put_purchases(database, [bought(50, 2, minutes[50])])
        assert pairs() == {(1, 2), (2, 3)}


VARIED: dict[str, dict[str, Any]] = {
    "top_customers": {"segments": ["VIP", "New"], "limit": 3},
    "registration_trends": {"months": 7, "channel": "social"},
    "monthly_revenue": {"months": 2},
    "purchase_behavior": {"min_purchases": 0, "limit": 7},
    "product_performance": {"category": "Home", "limit": 2},
    "interaction_patterns": {"days": 40},
    "engagement_score": {"months": 1, "view_weight": 7, "purchase_weight": 0, "limit": 9},
    "brand_by_segment": {"top": 2},
    "cohort_retention": {"months": 1},
    "category_gaps": {
        "segments": ["Basic", "New", "VIP"],
        "categories": ["Books", "Home", "Books", "None"],
        "limit": 8,
    },
    "basket_analysis": {"months": 2, "min_customers": 1, "limit": 6},
    "churn_risk": {"days": 25, "segments": ["VIP", "Regular", "Basic"], "limit": 5},
}


@pytest.mark.parametrize("name", VARIED)
def test_other_values(database: Database, name: str) -> None:
    roll_up(database)
    rolled, plain = both(database, find("sql", name), VARIED[name])
    assert rolled == plain


def test_another_window_of_baskets_is_answered_from_the_rows(database: Database) -> None:
    runner = Runner(Settings(), database)
    assert runner.sql("basket_analysis", {"window_days": 2}).source == "rows"
    assert runner.sql("monthly_revenue", {"as_of": BEGIN + 40 * DAY}).source == "rows"
    assert "Answered from the rows" in runner.explain("sql", "14", {"window_days": 2})


def test_decades_that_come_at_once(tmp_path: Path) -> None:
    """One block has more months than the engine would take into a table that is partitioned by them.

    Nobody is VIP or Premium: the reports that look at these by themselves look at all.
    """
    draw, decades = random.Random(9), [(month * 30, month * 30 + 30) for month in range(-170, 0)]
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        put_people(database, [customer(number, draw.choice(("Regular", "New"))) for number in range(1, 31)])
        put_goods(database, [product(number, draw.choice(CATEGORIES)) for number in range(1, 11)])
        put_purchases(database, [purchase(draw, number, days) for number, days in enumerate(decades)])
        put_acts(database, [act(draw, number, days) for number, days in enumerate(decades)])
        roll_up(database)
        for query in catalogue("sql"):
            rolled, plain = both(database, query, {})
            assert rolled == plain, query.name
            assert plain or query.name in {"basket_analysis", "churn_risk"}, query.name
        assert len(both(database, find("sql", "monthly_revenue"), {"months": 300})[0]) > 100


def test_builds_of_a_busy_month_wait_longer_while_clickhouse_is_behind(tmp_path: Path) -> None:
    """A source that is always half a minute late is not behind; one that was on time and no longer is, is."""
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        put_purchases(database, [(1, 1, 1, 9, 1, "web", "completed", None, dt.datetime.now(dt.UTC))])
        put_blocks(database, {1: [30.2, 30.0, 30.9], 2: [0.4, 0.7, 3.0]})
        in_time = paces(database)
        put_blocks(database, {2: [20.0]})
        behind = paces(database)
        assert {name: pace / in_time[name] for name, pace in behind.items()} == dict.fromkeys(in_time, 10)
        assert {"customer_months", "product_months", "sales", "pairs"} == set(in_time)
        put_blocks(database, {2: [0.9]})
        assert paces(database) == in_time


def test_a_moments_silence_begins_no_long_build(tmp_path: Path) -> None:
    """A network that was cut for six seconds, or a Kafka that was killed, amid a month of eight million purchases: what
    is stored first is the backlog. A month's pairs go with those of the month before."""
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        every = {"customer_months", "product_months", "sales", "pairs"}
        assert quiet(database, (202511, 8_000_000, 13)) == set()
        assert quiet(database, (202511, 8_000_000, 14)) == every - {"pairs"}
        assert quiet(database, (202511, 8_000_000, 30)) == every
        assert quiet(database, (202511, 80_000, 6)) == every
        assert quiet(database, (202511, 80_000, 5)) == set()
        assert quiet(database, (202511, 80_000, 30), (202510, 8_000_000, 30)) == every
        assert quiet(database, (202511, 80_000, 6), (202510, 8_000_000, 6)) == every - {"pairs"}
        assert quiet(database, (202511, 80_000, 30), (202510, 80_000, 5)) == every - {"pairs"}


def test_a_silence_after_a_broker_was_lost_says_nothing_for_a_while(tmp_path: Path) -> None:
    """All of a month was due at once when Kafka had been killed, and what came with its return waited for it."""
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        lay_down(database)
        put_purchases(database, [(1, 1, 1, 9, 1, "web", "completed", None, dt.datetime.now(dt.UTC))])

        def silence() -> int:
            return int(database.query("SELECT silence FROM rollup_raw", {}, {}).rows[0][0])

        assert silence() == 5
        database.execute(
            "CREATE TABLE lost (a UInt8) ENGINE = Kafka SETTINGS kafka_broker_list = '127.0.0.1:1', "
            "kafka_topic_list = 'none', kafka_group_name = 'none', kafka_format = 'JSONEachRow'"
        )
        database.execute("CREATE MATERIALIZED VIEW take_lost ENGINE = Null AS SELECT a FROM lost")
        wait_for(lambda: silence() == 30, "its client says that the broker is down", 60)
        for name in ("take_lost", "lost"):
            database.execute(f"DROP TABLE {name}")
        assert silence() == 5


def quiet(database: Database, *months: tuple[int, int, int]) -> set[str]:
    """Rollups for which the first of these months is quiet: of each, its rows and the seconds since the last one."""
    rows = ", ".join(f"({month}, {stored}, {idle})" for month, stored, idle in months)
    database.execute(
        "CREATE OR REPLACE VIEW rollup_raw AS SELECT 'transactions' AS table, toUInt32(month) AS month, "
        "toUInt64(stored) AS mark, toUInt64(stored) AS stored, now64(3) AS since, toInt64(idle) AS idle, "
        f"1 AS patience, 5 AS silence FROM values('month UInt32, stored UInt64, idle Int64', {rows})"
    )
    found = database.query(f"SELECT name, quiet FROM rollup_months_wanted WHERE month = {months[0][0]}", {}, {}).rows
    return {str(name) for name, is_quiet in found if is_quiet}


def put_blocks(database: Database, ages: dict[int, list[float]]) -> None:
    """Notes blocks of transactions: by partition, how old the newest event of each was when it was stored."""
    names = ("stored_at", "topic", "partition", "records", "max_offset", "max_ts")
    for partition, seconds in ages.items():
        for age in seconds:
            now = dt.datetime.now(dt.UTC)
            database.insert(
                "ingest_log", names, [(now, "transactions", partition, 1, 0, now - age * dt.timedelta(seconds=1))]
            )


def paces(database: Database) -> dict[str, int]:
    """By rollup, how many seconds the running month waits for each million of its rows."""
    rows = database.query("SELECT name, pace FROM rollup_months_wanted", {}, {}).rows
    return {str(name): int(pace) for name, pace in rows}


def test_an_engine_killed_while_rows_come_in_and_rollups_are_made(tmp_path: Path) -> None:
    """The engine is killed again and again in the middle of it; what it holds at the end is rolled up whole."""
    draw = random.Random(8)
    with start_engine(tmp_path) as first:
        lay_down(Database(first))
        put_people(Database(first), [customer(number, draw.choice(SEGMENTS)) for number in range(1, 31)])
        put_goods(Database(first), [product(number, draw.choice(CATEGORIES)) for number in range(1, 11)])
    for attempt in range(2):
        with start_engine(tmp_path) as engine:
            _stream_until_killed(engine, draw, 10_000 * attempt)
    with start_engine(tmp_path) as engine:
        database = Database(engine)
        stored = database.query("SELECT count() FROM transactions", {}, EXACT).rows[0][0]
        assert stored > 0
        check(database)


def _stream_until_killed(engine: RunningEngine, draw: random.Random, first: int) -> None:
    views = [name for name in statements.rollup_objects() if name.startswith("refresh_")]
    builds = 0

    def refresh() -> None:
        nonlocal builds
        database = Database(engine)
        try:
            while True:
                for view in views:
                    database.execute(f"SYSTEM REFRESH VIEW {view}")
                builds += 1
        except Exception:  # noqa: BLE001 - the engine is gone, which is what is waited for
            return

    thread = threading.Thread(target=refresh)
    thread.start()
    database = Database(engine)
    for part in range(12):
        numbers = range(first + part * 20, first + part * 20 + 20)
        put_purchases(database, [purchase(draw, number) for number in numbers])
        put_acts(database, [act(draw, number) for number in numbers])
    wait_for(lambda: builds > 2, "refreshes are under way", 30)
    psutil.Process(engine.pid).kill()
    thread.join(timeout=60)
    assert not thread.is_alive()
