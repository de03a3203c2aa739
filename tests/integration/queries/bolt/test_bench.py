"""The graph bench on a small world: the same rows by Cypher, by the SQL an analyst would write, and by a peer."""

import csv
import functools
import io
from collections.abc import Iterator

import pytest

from queries.catalogue import catalogue
from schemas.clients import reader_client
from schemas.settings import Settings
from tests.bench.files import sql
from tests.bench.graph import EQUIVALENT, Bench
from tests.bench.peers import comparison
from tests.bench.peers.export import answers_of
from tests.bench.peers.kuzu import database as kuzu
from tests.integration.queries.bolt.server import RunningBolt


@pytest.fixture(scope="module")
def settings(bolt: RunningBolt) -> Settings:
    return bolt.engine.settings(bolt_port=bolt.port, bolt_password=bolt.auth[1])


@pytest.fixture(scope="module")
def bench(settings: Settings) -> Iterator[Bench]:
    with Bench.opened(settings) as bench:
        yield bench


def test_plain_sql_gives_the_rows_of_the_cypher(bench: Bench) -> None:
    figures = bench.equivalents()
    assert figures["sql_equivalent_differ"] == []
    assert figures["sql_equivalent_ms"].keys() == {str(number) for number in EQUIVALENT}


def test_files_say_by_nothing_that_there_is_no_value(settings: Settings, bolt: RunningBolt) -> None:
    with answers_of(reader_client(settings))(sql("tests.bench.peers", "products"), 1, "CSV") as answer:
        rows = {int(row[0]): row[1] for row in csv.reader(io.StringIO(answer.read().decode()))}
    known = {number: product.name for number, product in bolt.world.products.items()}
    assert {number: name for number, name in rows.items() if name} == known
    assert rows.keys() > known.keys()


def test_a_peer_with_all_customers_is_held_against_us(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    small = functools.partial(kuzu.opened, pool=256 << 20)
    monkeypatch.setattr(comparison, "PEERS", {"kuzu": ("small", small)})
    monkeypatch.setattr(comparison, "BUDGETS", {1: (0.0, 60.0)})
    questions = {str(query.number): bench.question(query) for query in catalogue("cypher")}
    figures = bench.peers(1, questions)
    assert figures["peers_agree"] == {"with": "ours", "kuzu": {"compared": 20, "same": 20, "differ": []}}
    assert figures["peers_scale"] == 1.0
    assert figures["geomean_ratio"] > 0
    assert all(one["kuzu_p50_ms"] > 0 for one in questions.values())
