"""Each report equals its recomputation from the raw rows, all the way from Kafka: to the cent, in every row, in order.

The worlds: a simulated history; another one after late events in every month, a repeat of everything, and changed and
deleted customers and products; everything that seldom happens, by hand; one in which groups lose all they had; and next
to nothing.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from queries import values
from queries.catalogue import Query, catalogue, find
from queries.runner import Runner
from schemas.settings import Settings
from tests.oracle import moves
from tests.oracle.compare import differences
from tests.oracle.edges import edges
from tests.oracle.records import Records
from tests.oracle.reports import REPORTS, recompute
from tests.oracle.reports.facts import Facts, Params
from tests.oracle.reports.gaps import high_value_categories, high_value_segments
from tests.oracle.topics import facts_of
from tests.oracle.turmoil import changes, repeats
from tests.support.installation import Installation, Sent, installed
from tests.support.simulator import simulate
from tests.support.stack import own_settings, running

#: Longer than any report looks back by itself, and with so few products that pairs have many customers.
HISTORY = ("--customers", "2000", "--products", "60", "--mix", "interactions=60,transactions=40", "--events", "40k",
           "--epoch", "2025-07-01", "--start", "2025-07-01", "--duration", "500d", "--rate", "max")  # fmt: skip
SPARSE = ("--customers", "2000", "--products", "300", "--start", "2025-10-01", "--duration", "395d", "--rate", "max")
WORLDS = ("history-1", "turmoil-2", "edges-1", "moved", "unsold", "empty")

#: Other values than the defaults, twice, so that every parameter is seen to do what it says.
VARIED: dict[str, tuple[Params, Params]] = {
    "customer_segmentation": ({}, {}),
    "top_customers": ({"segments": ["VIP", "New"], "limit": 3}, {"segments": ["Nobody"], "limit": 100_000}),
    "registration_trends": ({"months": 1, "channel": "social"}, {"months": 30_000}),
    "monthly_revenue": ({"months": 2}, {"months": 300}),
    "purchase_behavior": ({"min_purchases": 0, "limit": 100_000}, {"min_purchases": 6, "limit": 7}),
    "product_performance": ({"category": "Home", "limit": 100_000}, {"limit": 1}),
    "interaction_patterns": ({"days": 30}, {"days": 0}),
    "engagement_score": (
        {"months": 1, "view_weight": 7, "purchase_weight": 0, "limit": 100_000},
        {"months": 300, "cart_weight": 0, "wishlist_weight": 9, "review_weight": 1, "share_weight": 8, "limit": 9},
    ),
    "category_by_segment": ({}, {}),
    "brand_by_segment": ({"top": 2}, {"top": 1000}),
    "cohort_retention": ({"months": 0}, {"months": 1000}),
    "ltv_quartiles": ({}, {}),
    "category_gaps": (
        {"segments": ["Basic", "New", "VIP"], "categories": ["Books", "Home", "Books", "Nothing"], "limit": 100_000},
        {"segments": ["UNKNOWN", "Regular"], "categories": ["Clothing", ""], "limit": 8},
    ),
    "basket_analysis": (
        {"window_days": 2, "months": 2, "max_before": 4, "min_customers": 1},
        {"months": 4, "min_customers": 1, "limit": 100_000},
    ),
    "churn_risk": ({"days": 25, "segments": ["VIP", "Basic"], "limit": 5}, {"days": 0, "limit": 100_000}),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A world: who answers, and what is true."""

    runner: Runner
    facts: Facts

    def moment(self, share: float) -> dt.datetime:
        """A moment at this share of the time from the first event to the newest, in whole milliseconds."""
        times = [self.facts.transactions["ts"].min(), self.facts.interactions["ts"].min()]
        first = min((time for time in times if isinstance(time, dt.datetime)), default=self.facts.newest)
        span = self.facts.newest - first
        return first + dt.timedelta(milliseconds=span / dt.timedelta(milliseconds=1) * share // 1)

    def asked(self, name: str) -> Iterator[Params]:
        """What the report is asked: as it is, with other values, at moments in the past, and after the end."""
        first, second = VARIED[name]
        begin_of_month = self.moment(0.7).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        yield {}
        yield first
        yield second
        yield {"as_of": self.moment(0.6)}
        yield {**second, "as_of": begin_of_month}
        yield {**first, "as_of": self.facts.newest + dt.timedelta(days=60)}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, dict[str, str]]]:
    own = own_settings(tmp_path_factory.mktemp("stack") / "home", topic_partitions=2, producers_metrics_port=0)
    with running(own, parts=("kafka", "registry", "clickhouse")) as environment:
        yield own, environment


@pytest.fixture(scope="module", params=WORLDS)
def case(stack: tuple[Settings, dict[str, str]], request: pytest.FixtureRequest) -> Iterator[Case]:
    settings, environment = stack
    name = str(request.param)
    with installed(settings, name.replace("-", "_")) as installation:
        sent = fill(installation, environment, name)
        installation.settle()
        yield Case(installation.runner(), facts_of(installation.settings, sent))


def fill(installation: Installation, environment: dict[str, str], name: str) -> list[Sent]:
    """Makes the world of that name; what was sent by hand."""
    kind, _, number = name.partition("-")
    records = Records(installation.ids)
    world = {**environment, "C360_TOPIC_PREFIX": installation.settings.topic_prefix}
    if kind == "history":
        simulate(world, *HISTORY, "--seed", number)
    elif kind == "turmoil":
        _stir(installation, world, number, records)
    elif kind == "edges":
        edges(records, int(number))
        installation.send(records.sent)
    elif kind == "moved":
        moves.before(records)
        installation.send(records.sent)
        installation.settle()
        first = len(records.sent)
        moves.after(records)
        installation.send(records.sent[first:])
    elif kind == "unsold":
        for each, segment in enumerate(("VIP", "New", "Regular", "Basic", "Premium", "UNKNOWN"), 1):
            records.customer(each, segment)
            records.product(each, category=segment)
        installation.send(records.sent)
    return records.sent


def _stir(installation: Installation, world: dict[str, str], seed: str, records: Records) -> None:
    """What was counted already changes: events come late into every month, and again, and dimensions are updated."""
    draw = random.Random(seed)
    simulate(world, *SPARSE, "--seed", seed, "--events", "40k")
    again = repeats(installation, draw)
    installation.settle()
    simulate(world, *SPARSE, "--seed", seed, "--events", "20k", "--mix", "interactions=60,transactions=40")
    records.sent += [*again, *changes(installation, draw)]
    installation.send(records.sent)


def resolved(query: Query, runner: Runner, given: Params) -> Params:
    """Every parameter's value."""
    params = {}
    for item in query.parameters:
        written = given[item.name] if item.name in given else runner.default(item)
        params[item.name] = values.read(item.name, item.type, written)
    return params


def test_every_report_is_recomputed() -> None:
    assert list(REPORTS) == [query.name for query in catalogue("sql")]
    assert list(VARIED) == list(REPORTS)


def test_defaults_are_found_in_the_data(case: Case) -> None:
    query = find("sql", "category_gaps")
    assert case.runner.default(query.parameter("as_of")) == case.facts.newest
    assert case.runner.default(query.parameter("categories")) == high_value_categories(case.facts)
    assert case.runner.default(query.parameter("segments")) == high_value_segments(case.facts)


@pytest.mark.parametrize("name", REPORTS)
def test_report(case: Case, name: str) -> None:
    """By the rollups where they serve, and by the rows themselves."""
    query = find("sql", name)
    for given in case.asked(name):
        params = resolved(query, case.runner, given)
        expected = recompute(name, case.facts, params)
        answers = [case.runner.sql(name, given)]
        if "as_of" not in given:
            answers.append(case.runner.sql_text(query.plain, params))
        for answer in answers:
            assert differences(answer.columns or expected.columns, answer.rows, expected) == [], given
