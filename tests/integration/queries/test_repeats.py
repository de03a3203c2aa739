"""What is stored twice is there once: counts of each label and type, while no part is merged and 1 % came again.

Events come again as they were, as after a death between insert and commit; customers and products as new versions.
"""

from collections.abc import Iterator

import pytest

from queries.graph.compiler import Compiler
from queries.graph.view import View, load_view
from tests.integration.queries.engine import ChildDatabase, fed_database
from tests.integration.queries.world import BRANDS, CATEGORIES

CUSTOMERS, PRODUCTS, EVENTS = 500, 300, 20_000
#: Every hundredth comes again.
AGAIN = 100
#: The rows of each stream.
MADE = {"customers": CUSTOMERS, "products": PRODUCTS, "transactions": EVENTS, "interactions": EVENTS}
ROWS = {
    "customers": "number, 'Name', 'e', 'VIP', '2024-05-01', 'social', 'DE', {version}, 0, ''",
    "products": f"number, 'Thing', {[*CATEGORIES]}[1 + number % 4], {[*BRANDS]}[1 + number % 5], 9.5, 3, '2024-01-01', "
    "{version}, 0, ''",
    "transactions": "number, 1 + number % 500, 1 + number % 300, 5, 1, 'web', 'completed', NULL, {ts}, ''",
    "interactions": "number, 1 + number % 500, 1 + number % 300, 'view', 5, 'web', 1, {ts}, ''",
}
TIME = "toDateTime64('2025-01-01', 3, 'UTC') + number * 600"
LABELS = {"Customer": CUSTOMERS, "Product": PRODUCTS, "Category": len(CATEGORIES), "Brand": len(BRANDS)}
TYPES = {"PURCHASED": EVENTS, "INTERACTED": EVENTS, "BELONGS_TO": PRODUCTS, "MANUFACTURED_BY": PRODUCTS}


@pytest.fixture(scope="module")
def repeated() -> Iterator[ChildDatabase]:
    with fed_database() as database:
        database.execute("SYSTEM STOP MERGES")
        for stream, count in MADE.items():
            for version, some in ((1, "1"), (2, f"number % {AGAIN} = 0")):
                row = ROWS[stream].format(version=version, ts=TIME)
                database.execute(f"INSERT INTO stream_{stream} SELECT {row} FROM numbers(1, {count}) WHERE {some}")
        yield database


@pytest.mark.parametrize("view", [load_view(), load_view(access=False)], ids=["every access path", "none"])
@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        *((f"(x:{label})", count) for label, count in LABELS.items()),
        *((f"()-[x:{name}]->()", count) for name, count in TYPES.items()),
        *((f"()<-[x:{name}]-()", count) for name, count in TYPES.items()),
    ],
)
def test_counts_are_those_of_distinct_ids(repeated: ChildDatabase, view: View, pattern: str, wanted: int) -> None:
    compiler = Compiler(view)
    for asked in ("count(*)", "count(x)", "count(DISTINCT x)"):
        made = compiler.compile(f"MATCH {pattern} RETURN {asked} AS n", {})
        assert repeated.query(made.sql, made.parameters, made.settings).rows == [(wanted,)], made.sql


def test_each_table_has_what_came_again(repeated: ChildDatabase) -> None:
    """Or the counts would say nothing."""
    stored = {**MADE, "purchased_by_product": EVENTS, "interacted_by_product": EVENTS}
    for table, count in stored.items():
        rows = repeated.query(f"SELECT count() FROM {table}", {}, {"final": 0}).rows
        assert rows == [(count + count // AGAIN,)], table
