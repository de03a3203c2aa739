"""Every access path is only a quicker way to the same rows, while the streams go on.

Blocks go through the views of the DDL as they come from Kafka: repeats among them, customers who change segment or are
erased, products that change category or are withdrawn. After each block every question is asked with all access paths,
with each left out, and with none.
"""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from queries.catalogue import catalogue
from queries.graph.binder import parameters
from queries.graph.compiler import Compiler
from queries.graph.reader import read
from queries.graph.view import View, load_view, make_view, read_files
from tests.integration.queries.cypher_grammar import random_query
from tests.integration.queries.engine import ChildDatabase, fed_database
from tests.integration.queries.values import VALUES
from tests.integration.queries.world import BRANDS, CATEGORIES, SEGMENTS

BLOCKS = 3
SCHEMA, ACCESS = read_files()
BUYERS = "MATCH (c:Customer)-[:PURCHASED]->(p:Product)"
TEXTS = [query.text for query in catalogue("cypher")] + [
    f"{BUYERS} WHERE c.segment = 'VIP' RETURN p.product_id AS i, count(DISTINCT c) AS n ORDER BY n DESC, i LIMIT 3",
    f"{BUYERS}-[:MANUFACTURED_BY]->(b) RETURN b.name AS b, count(DISTINCT c) AS n, count(DISTINCT c.segment) AS s",
    f"{BUYERS} RETURN c.country AS c, p.category AS k, count(*) AS n ORDER BY c, k",
    # Beside the count of distinct customers: a property of the relationship, another aggregate of the same property, a
    # condition that is decided after the reading, a property of a whole node that an aggregate reads.
    "MATCH (c:Customer)-[r:PURCHASED]->(p:Product) RETURN r.channel AS h, r.amount AS a, count(DISTINCT c) AS n",
    f"{BUYERS} RETURN p.product_id AS i, count(c.country) AS m, count(DISTINCT c.country) AS n, min(c.country) AS l",
    f"{BUYERS} WHERE p.name IS NULL RETURN p.product_id AS i, count(DISTINCT c) AS n ORDER BY n DESC, i LIMIT 3",
    f"{BUYERS} WHERE p.price > 5 OR p.name IS NULL RETURN p.product_id AS i, count(DISTINCT c) AS n ORDER BY n, i",
    f"{BUYERS} RETURN c, count(c.country) AS n, min(c.segment) AS m",
    # Sums of those who are known to have a row, of those who may have none, and of those who have nothing to add up.
    f"{BUYERS} WHERE c.name IS NOT NULL RETURN DISTINCT c.customer_id AS i, c.lifetime_value AS v ORDER BY v, i",
    f"{BUYERS} RETURN DISTINCT c.customer_id AS i, c.lifetime_value AS v ORDER BY v, i LIMIT 5",
    "MATCH (c:Customer) WHERE c.segment <> 'VIP' RETURN c.name AS n ORDER BY c.lifetime_value, n LIMIT 20",
    "MATCH (c:Customer) WHERE NOT (c)-[:PURCHASED]->(:Product {category: 'Home'}) RETURN c.name AS n",
    # Sets that hold any of many.
    f"MATCH (:Category)<--()<-[:PURCHASED]-(c) WITH DISTINCT c {BUYERS} WITH DISTINCT p RETURN p.name AS m",
    # Conditions that wait for the groups.
    f"{BUYERS} WHERE p.name IS NOT NULL AND c.name IS NOT NULL RETURN p.product_id AS i, c.segment AS s, count(*) AS n",
    # Aggregates of optional matches.
    f"MATCH (c:Customer) OPTIONAL {BUYERS} WHERE p.price > 300 RETURN c.name AS m, count(DISTINCT p.category) AS n",
    f"MATCH (p:Product) OPTIONAL {BUYERS} WITH p, count(DISTINCT c) AS n WHERE n < 3 RETURN p.name AS m, n",
    # The largest groups and sums, with fewer than are asked for, and with more.
    f"{BUYERS} RETURN c.customer_id AS i, count(*) AS n ORDER BY n DESC, i LIMIT 3",
    f"{BUYERS} WHERE c.segment <> 'VIP' AND p.price > 9 RETURN c AS i, count(p) AS n ORDER BY n DESC, i.name LIMIT 2",
    f"{BUYERS} RETURN c.segment AS s, p.product_id AS i, count(*) AS n ORDER BY n DESC, s, i SKIP 2 LIMIT 3",
    f"{BUYERS}-[:BELONGS_TO]->(k) RETURN c.customer_id AS i, count(DISTINCT k) AS n ORDER BY n DESC, i LIMIT 40",
    f"{BUYERS} WITH c, p, count(*) AS n WHERE n > 1 RETURN c.customer_id AS i ORDER BY n DESC, i, p.name LIMIT 4",
    f"{BUYERS} WITH c, count(*) AS n WHERE n < 6 RETURN c.customer_id AS i, n ORDER BY n DESC, i LIMIT 4",
    "MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS v ORDER BY v DESC, i LIMIT 3",
    "MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS v ORDER BY v DESC, i SKIP 12 LIMIT 30",
    f"{BUYERS} WHERE c.name IS NOT NULL RETURN p.name AS m, c.lifetime_value AS v ORDER BY v DESC, m LIMIT 9",
    # Those with few relationships.
    f"MATCH (c:Customer) OPTIONAL {BUYERS.replace('[', '[r')} WITH c, count(r) AS n WHERE n < 4 RETURN c.name AS m, n",
    f"MATCH (c:Customer) OPTIONAL {BUYERS.replace('[', '[r')} WITH c, count(r) AS n WHERE 4 >= n RETURN c.name AS m, n",
    # The newest first, with fewer than are asked for, and with more.
    "MATCH (c:Customer {segment: 'VIP'})-[r:PURCHASED]->(p) RETURN r.transaction_id AS i ORDER BY r.ts DESC, i LIMIT 4",
    "MATCH (c)-[r:INTERACTED]->(p) RETURN r.interaction_id AS i ORDER BY r.ts DESC, i SKIP 2 LIMIT 500",
]


def _without(change: Any) -> View:
    access = copy.deepcopy(ACCESS)
    change(access)
    return make_view(SCHEMA, access)


def _unbounded(access: Any) -> None:
    access.pop("bounds")
    for way in access["sums"]["Customer"]:
        way.pop("bound")


VIEWS = {
    "all": load_view(),
    "no sets": _without(lambda access: access.pop("members")),
    "no sums": _without(lambda access: access.pop("sums")),
    "no bounds": _without(_unbounded),
    "no reverse edges": _without(lambda access: access.pop("edges")),
    "no newest": _without(lambda access: [table.pop("newest", None) for table in access["tables"].values()]),
    "no codes": _without(lambda access: [table.pop("few", None) for table in access["tables"].values()]),
    "none": load_view(access=False),
}
COMPILERS = {name: Compiler(view) for name, view in VIEWS.items()}


@pytest.fixture(scope="module")
def streams() -> Iterator[ChildDatabase]:
    with fed_database() as database:
        yield database


def test_access_paths_change_no_answer_while_events_come_in(streams: ChildDatabase) -> None:
    draw = random.Random(11)
    for block in range(BLOCKS):
        _people(streams, draw, block)
        _goods(streams, draw, block)
        _events(streams, draw, 1 + block * 100)
        for text in [*TEXTS, *(random_query(draw) for _ in range(4))]:
            _same_by_every_way(streams, text)


def _same_by_every_way(database: ChildDatabase, text: str) -> None:
    given = {name: VALUES[name] for name in parameters(read(text))}
    answers = {}
    for name, compiler in COMPILERS.items():
        made = compiler.compile(text, given)
        rows = list(made.rows(database.query(made.sql, made.parameters, made.settings).rows))
        answers[name] = sorted(repr(_plain(row)) for row in rows)
    assert all(rows == answers["none"] for rows in answers.values()), f"{text}\n{answers}"


def _plain(value: Any) -> Any:
    """Lists as bags, since they are collected in no order, and floats as far as their sums are certain."""
    if isinstance(value, (list, tuple)):
        return sorted(map(_plain, value), key=repr)
    return round(value, 9) if isinstance(value, float) else value


def _people(database: ChildDatabase, draw: random.Random, block: int) -> None:
    chosen = range(1, 16) if block == 0 else draw.sample(range(1, 16), 4)
    rows = [
        f"({number}, 'Name {number}', 'e', '{draw.choice(SEGMENTS)}', '2024-05-01', 'social', "
        f"'{draw.choice(('DE', 'FR'))}', {block + 1}, {int(block > 0 and draw.random() < 0.2)}, '')"
        for number in chosen
    ]
    database.execute(f"INSERT INTO stream_customers VALUES {', '.join(rows)}")


def _goods(database: ChildDatabase, draw: random.Random, block: int) -> None:
    chosen = range(1, 11) if block == 0 else draw.sample(range(1, 11), 3)
    rows = [
        f"({number}, 'Thing {number}', '{draw.choice(CATEGORIES)}', '{draw.choice(BRANDS)}', "
        f"{draw.randint(1, 800)}, 3, '2024-01-01', {block + 1}, {int(block > 0 and draw.random() < 0.2)}, '')"
        for number in chosen
    ]
    database.execute(f"INSERT INTO stream_products VALUES {', '.join(rows)}")


def _events(database: ChildDatabase, draw: random.Random, first: int) -> None:
    """A block of purchases and interactions, and a part of it again: as after a death between insert and commit."""
    bought = [
        f"({first + number}, {draw.randint(1, 17)}, {draw.randint(1, 11)}, {draw.randint(1, 99)}, 1, 'web', "
        f"'{draw.choices(('completed', 'cancelled', 'refunded'), (8, 1, 1))[0]}', NULL, "
        f"'2025-0{draw.randint(1, 9)}-11 10:00:00.{number:03}', '')"
        for number in range(60)
    ]
    acts = [
        f"({first + number}, {draw.randint(1, 17)}, {draw.randint(1, 11)}, 'view', 5, 'web', 1, "
        f"'2025-0{draw.randint(1, 9)}-12 10:00:00.{number:03}', '')"
        for number in range(30)
    ]
    for share in (1.0, 0.3):
        for stream, rows in (("transactions", bought), ("interactions", acts)):
            again = [row for row in rows if draw.random() < share]
            if again:
                database.execute(f"INSERT INTO stream_{stream} VALUES {', '.join(again)}")


def test_a_scalar_subquery_is_one_value_throughout_a_statement(streams: ChildDatabase) -> None:
    """What codes rely on (queries/graph/sql_codes.py), and true even of random numbers."""
    scalar = "(SELECT groupArray(x) FROM (SELECT rand64() AS x FROM numbers(3)))"
    found = streams.query(
        f"SELECT {scalar} = x AS same FROM (SELECT x FROM (SELECT 1 AS k, {scalar} AS x) AS a "
        f"LEFT ANY JOIN (SELECT 1 AS j, {scalar} AS y) AS b ON k = j WHERE x = y)",
        {},
        {},
    )
    assert found.rows == [(1,)]
