"""A database file of Kuzu's (ladybug's), with the graph in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ladybug

from tests.bench.peers.asking import Ask, RefusedError, Rows, SlowError, statements
from tests.bench.peers.export import Answer, export, path

#: The memory that it may take, which hash tables of millions of rows need.
POOL = 8 << 30
TABLES = {
    "Customer": "customers",
    "Product": "products",
    "Category": "categories",
    "Brand": "brands",
    "PURCHASED": "purchased",
    "INTERACTED": "interacted",
    "BELONGS_TO": "belongs_to",
    "MANUFACTURED_BY": "manufactured_by",
}


@contextmanager
def opened(answer: Answer, folder: Path, share: int, seconds: float, pool: int = POOL) -> Iterator[Ask]:
    """See asking.Open."""
    export(answer, folder, share, "Parquet")
    database = ladybug.Database(folder / "graph", buffer_pool_size=pool)
    connection = ladybug.Connection(database)
    try:
        for statement in statements("kuzu", "schema"):
            connection.execute(statement)
        for table, name in TABLES.items():
            connection.execute(f"COPY {table} FROM '{path(folder, name, 'Parquet')}'")
        connection.set_query_timeout(round(1000 * seconds))
        yield lambda text, given: _asked(connection, text, given)
    finally:
        connection.close()
        database.close()


def _asked(connection: ladybug.Connection, text: str, given: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    try:
        result = connection.execute(text, dict(given))
        if isinstance(result, list):
            raise RefusedError("more than one statement")
        return tuple(result.get_column_names()), [tuple(row) for row in result.get_all()]
    except RuntimeError as error:
        first = str(error).partition("\n")[0]
        raise (SlowError if "Interrupted" in first else RefusedError)(first) from None
