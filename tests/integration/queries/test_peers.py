"""The peers answer each of the 20 questions, in the form that is best for them, as plain Python does."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from queries.catalogue import Query, catalogue
from queries.runner import Runner
from schemas.errors import C360Error
from schemas.settings import Settings
from tests.bench.peers.asking import Ask, RefusedError, form, parameters
from tests.bench.peers.export import NULLS, Answer, Format
from tests.bench.peers.kuzu import database as kuzu
from tests.bench.peers.neo4j import database as neo4j
from tests.bench.peers.rows import same
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.recompute import ledger
from tests.integration.queries.recompute_graph import QUERIES, Shop
from tests.integration.queries.world import load, make_world
from tests.support.neo4j.jars import fetched

# Neo4j's jars may have to be fetched first, and a loaded machine takes minutes to import and start.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def shop(database: ChildDatabase) -> Shop:
    world = make_world(9, products=40, purchases=300)
    load(database, world)
    books = ledger(world, max(row.ts for row in world.transactions))
    return Shop(world, books.as_of, books.bought, books.refunded)


@pytest.fixture(scope="module")
def answer(database: ChildDatabase, shop: Shop) -> Answer:
    assert shop.bought

    def answered(statement: str, share: int, form: Format) -> IO[bytes]:
        for name, value in {"final": 1, **NULLS}.items():
            database.execute(f"SET {name} = {value!r}")
        return io.BytesIO(database.execute(statement, form, {"share": str(share)}))

    return answered


@pytest.fixture(scope="module", params=["kuzu", "neo4j"])
def peer(answer: Answer, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("peer")
    name: str = request.param
    if name == "neo4j":
        try:
            fetched()
        except C360Error as error:
            pytest.skip(f"Neo4j's jars are not there: {error}")
    made = (
        kuzu.opened(answer, folder, 1, 60.0, pool=256 << 20)
        if name == "kuzu"
        else neo4j.opened(answer, folder, 1, 60.0, sizes=("512m", "64m"))
    )
    with made as ask:
        yield name, ask


@pytest.mark.parametrize("query", catalogue("cypher"), ids=lambda query: query.name)
def test_the_rows_are_those_of_plain_python(
    database: ChildDatabase, shop: Shop, peer: tuple[str, Ask], query: Query
) -> None:
    given = _given(Runner(Settings(), database), query)
    name, ask = peer
    text = form(name, query.number)
    columns, rows = ask(text, parameters(text, given))
    assert columns == tuple(query.columns)
    assert rows
    assert same(rows, QUERIES[query.name](shop, given))


def test_a_refusal_is_told(peer: tuple[str, Ask]) -> None:
    with pytest.raises(RefusedError):
        peer[1]("RETURN nonsense", {})


def test_a_share_has_its_customers_with_all_that_is_theirs(answer: Answer, shop: Shop, tmp_path: Path) -> None:
    with kuzu.opened(answer, tmp_path, 10, 60.0, pool=256 << 20) as ask:
        counted = ask("MATCH (c:Customer)-[r:PURCHASED]->(:Product) RETURN c.customer_id, count(r)", {})[1]
        products = ask("MATCH (p:Product) WHERE p.name IS NOT NULL RETURN count(*)", {})[1]
    own = {row.customer_id for row in shop.bought if row.customer_id % 10 == 0}
    assert same(counted, [(customer, len(shop.of(customer))) for customer in own])
    assert products == [(len(shop.world.products),)]


def _given(runner: Runner, query: Query) -> dict[str, Any]:
    given: dict[str, Any] = {item.name: runner.default(item) for item in query.parameters}
    for name in ("limit", "min_price", "max_price", "min_purchases", "max_purchases"):
        given |= {name: float(given[name]) if "price" in name else int(given[name])} if name in given else {}
    return given
