"""What is asked while blocks come in is answered of one moment: never fewer rows than are asked for, and no count that
there never was. A block's rows and what it does to the bounds are there one after the other, in no certain order.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from queries.graph.compiler import Compiler
from queries.graph.view import load_view
from schemas.settings import Settings
from sinks.statements import tables
from tests.integration.queries.engine import feeding
from tests.support.engine import RunningEngine, start_engine
from tests.support.waiting import GIVE_UP, wait_for

ROUNDS, LIMIT, CUSTOMERS, BLOCK = 15, 5, 200, 997
QUICK, PLAIN = Compiler(load_view()), Compiler(load_view(access=False))
COUNTED = "MATCH (c:Customer)-[:PURCHASED]->(p) RETURN c.customer_id AS i, count(*) AS n ORDER BY n DESC, i"
SUMMED = "MATCH (c:Customer) RETURN c.customer_id AS i, c.lifetime_value AS n ORDER BY n DESC, i"
NEWEST = "MATCH (c:Customer)-[r:PURCHASED]->(p) RETURN r.transaction_id AS i, r.ts AS t ORDER BY t DESC, i"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
    with start_engine(tmp_path_factory.mktemp("inserting")) as running:
        client = running.client()
        for statement in (*tables(Settings()), *feeding()):
            client.command(statement)
        client.command(
            "INSERT INTO stream_customers "
            f"SELECT number, 'N', 'e', 'VIP', '2024-05-01', 'web', 'DE', 1, 0, '' FROM numbers(1, {CUSTOMERS})"
        )
        yield running


class Inserting:
    """A thread that inserts one block of purchases after the other."""

    def __init__(self, client: Client) -> None:
        self._client, self._end = client, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.blocks = 0
        self.ended = False

    def __enter__(self) -> "Inserting":
        self._thread.start()
        wait_for(lambda: self.blocks > 2 or not self._thread.is_alive(), "blocks are stored", GIVE_UP)
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        assert self.ended, "an insert failed"

    def _run(self) -> None:
        while not self._end.is_set():
            first = self.blocks * BLOCK
            self._client.command(
                f"INSERT INTO stream_transactions SELECT number AS n, 1 + intHash64(n) % {CUSTOMERS}, 1 + n % 50, 5, "
                "1, 'web', 'completed', NULL, toDateTime64('2025-01-01', 3, 'UTC') + n, '' "
                f"FROM numbers({first}, {BLOCK})"
            )
            self.blocks += 1
        self.ended = True


def _asked(client: Client, compiler: Compiler, text: str) -> list[tuple[int, Any]]:
    made = compiler.compile(text, {})
    found = client.query(made.sql, parameters=made.parameters, settings=dict(made.settings)).result_rows
    return [(node, number) for node, number in found]


def test_the_largest_are_as_many_as_asked_for_and_lie_between_what_was_and_what_is(engine: RunningEngine) -> None:
    client = engine.client()
    with Inserting(engine.client()):
        for _ in range(ROUNDS):
            for text in (COUNTED, SUMMED):
                before = dict(_asked(client, PLAIN, text))
                found = _asked(client, QUICK, f"{text} LIMIT {LIMIT}")
                after = dict(_asked(client, PLAIN, text))
                assert len(found) == LIMIT, text
                assert all(before[node] <= number <= after[node] for node, number in found), text
            assert len(_asked(client, QUICK, f"{NEWEST} LIMIT {LIMIT}")) == LIMIT
    for text in (COUNTED, SUMMED, NEWEST):
        limited = f"{text} LIMIT {LIMIT}"
        assert _asked(client, QUICK, limited) == _asked(client, PLAIN, limited)
