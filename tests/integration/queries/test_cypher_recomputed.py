"""Each of the 20 graph queries has rows, and they are those that plain Python works out from the same events."""

from typing import Any

import pytest

from queries.catalogue import Query, catalogue
from queries.runner import Runner
from schemas.settings import Settings
from tests.integration.queries.answers import same, shown
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.recompute import ledger
from tests.integration.queries.recompute_graph import QUERIES, Shop
from tests.integration.queries.world import load, make_world


@pytest.fixture(scope="module", params=[9, 21])
def asked(database: ChildDatabase, request: pytest.FixtureRequest) -> tuple[Runner, Shop]:
    world = make_world(request.param, products=40, purchases=300)
    load(database, world)
    books = ledger(world, max(row.ts for row in world.transactions))
    return Runner(Settings(), database), Shop(world, books.as_of, books.bought, books.refunded)


@pytest.mark.parametrize("query", catalogue("cypher"), ids=lambda query: query.name)
def test_the_rows_are_those_of_plain_python(asked: tuple[Runner, Shop], query: Query) -> None:
    runner, shop = asked
    given: dict[str, Any] = {item.name: runner.default(item) for item in query.parameters}
    for name in ("limit", "min_price", "max_price", "min_purchases", "max_purchases"):
        given |= {name: float(given[name]) if "price" in name else int(given[name])} if name in given else {}
    result = runner.cypher(query.name)
    assert result.columns == tuple(query.columns)
    assert result.rows
    wanted = QUERIES[query.name](shop, given)
    assert same([shown(row) for row in result.rows], [shown(row) for row in wanted])


def test_every_query_is_recomputed() -> None:
    assert {query.name for query in catalogue("cypher")} == QUERIES.keys()
