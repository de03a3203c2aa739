"""A server with the graph imported."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from tests.bench.peers.asking import Ask, RefusedError, Rows, SlowError, statements
from tests.bench.peers.export import Answer, export, path
from tests.support.neo4j.server import admin, start_neo4j

#: The columns of the files, as `neo4j-admin database import` wants to be told.
NODES = {
    "Customer": ("customers", "customer_id:ID(Customer){id-type:long},name,segment,lifetime_value:double"),
    "Product": (
        "products",
        "product_id:ID(Product){id-type:long},name,category,brand,price:double,stock_quantity:long",
    ),
    "Category": ("categories", "name:ID(Category)"),
    "Brand": ("brands", "name:ID(Brand)"),
}
BOUGHT = ":START_ID(Customer),:END_ID(Product),"
EDGES = {
    "PURCHASED": ("purchased", f"{BOUGHT}transaction_id:long,amount:double,quantity:long,channel,ts:long"),
    "INTERACTED": ("interacted", f"{BOUGHT}type,ts:long"),
    "BELONGS_TO": ("belongs_to", ":START_ID(Product),:END_ID(Category)"),
    "MANUFACTURED_BY": ("manufactured_by", ":START_ID(Product),:END_ID(Brand)"),
}
#: Heap and page cache by share: as much as its graph needs. Servers of this size use G1 and the second compiler.
SIZES = {1: ("6g", "4g"), 10: ("2g", "1g")}
TIMED_OUT = "TransactionTimedOut"


@contextmanager
def opened(
    answer: Answer, folder: Path, share: int, seconds: float, sizes: tuple[str, str] | None = None
) -> Iterator[Ask]:
    """See asking.Open."""
    files, home = folder / "files", folder / "home"
    export(answer, files, share, "CSV")
    heap, page_cache = sizes or SIZES[share]
    _import(files, home, heap)
    with start_neo4j(home, heap=heap, page_cache=page_cache, options=()) as server, server.driver() as driver:
        for statement in statements("neo4j", "indexes"):
            driver.execute_query(statement)
        with driver.session() as session:
            yield lambda text, given: _asked(session, text, given, seconds)


def _import(files: Path, home: Path, heap: str) -> None:
    words = ["database", "import", "full", "neo4j", f"--report-file={files}/report", "--max-off-heap-memory=2g"]
    for option, kinds in (("nodes", NODES), ("relationships", EDGES)):
        for kind, (name, columns) in kinds.items():
            header = files / f"{name}.header"
            header.write_text(f"{columns}\n", encoding="utf-8")
            words.append(f"--{option}={kind}={header},{path(files, name, 'CSV')}")
    admin(home, *words, heap=heap)


def _asked(session: neo4j.Session, text: str, given: Mapping[str, Any], seconds: float) -> tuple[tuple[str, ...], Rows]:
    # Not execute_query(): it would ask again and again when memory is short.
    try:
        result = session.run(neo4j.Query(text, timeout=seconds), dict(given))
        return tuple(result.keys()), [tuple(record.values()) for record in result]
    except (DriverError, Neo4jError) as error:
        slow = isinstance(error, Neo4jError) and TIMED_OUT in (error.code or "")
        raise (SlowError if slow else RefusedError)(str(error).partition("\n")[0]) from None
