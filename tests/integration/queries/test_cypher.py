"""Each compiled query answers as brute force does: fixed queries, random worlds, random queries, with and without
access paths.
"""

import datetime as dt
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.catalogue import catalogue
from queries.graph.binder import parameters
from queries.graph.compiler import Compiler
from queries.graph.reader import read
from queries.graph.syntax import Project, Query
from queries.graph.view import load_view
from queries.runner import Runner
from schemas.errors import QueryError
from schemas.settings import Settings
from tests.integration.queries.answers import same_answer
from tests.integration.queries.brute import Graph, Interpreter
from tests.integration.queries.cypher_grammar import random_query
from tests.integration.queries.engine import ChildDatabase
from tests.integration.queries.values import VALUES
from tests.integration.queries.world import World, load, make_world

MOMENT = dt.datetime(2026, 1, 31, 12, 30, 0, 250000, tzinfo=dt.UTC)
FULL, BARE = Compiler(load_view()), Compiler(load_view(access=False))

FIXED = (Path(__file__).parent / "fixed.cypher").read_text(encoding="utf-8").splitlines()[1:]


def world_of(seed: int) -> World:
    return make_world(seed, customers=10, products=7, purchases=45, acts=30)


def check(database: ChildDatabase, graph: Graph, text: str, compiler: Compiler) -> int:
    """Compares the two answers, in order where the query has one; answers how many rows there were."""
    query = read(text)
    given_values = {name: VALUES[name] for name in parameters(query)}
    _, wanted = Interpreter(graph, given_values).run(query)
    made = compiler.compile(text, given_values)
    got = list(made.rows(database.query(made.sql, made.parameters, made.settings).rows))
    last = query.clauses[-1] if isinstance(query, Query) else None
    ordered = isinstance(last, Project) and bool(last.order)
    assert same_answer(got, wanted, graph, ordered=ordered), f"{text}\n{got}\n{wanted}\n{made.sql}"
    return len(got)


@pytest.fixture(scope="module")
def graph(database: ChildDatabase) -> Graph:
    world = world_of(5)
    load(database, world)
    return Graph(world)


@pytest.mark.parametrize("text", [*(query.text for query in catalogue("cypher")), *FIXED])
def test_fixed_queries(database: ChildDatabase, graph: Graph, text: str) -> None:
    check(database, graph, text, FULL)
    check(database, graph, text, BARE)


@pytest.mark.parametrize("seed", range(45))
def test_random_queries(database: ChildDatabase, graph: Graph, seed: int) -> None:
    check(database, graph, random_query(random.Random(seed)), FULL if seed % 3 else BARE)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000))
def test_random_worlds(database: ChildDatabase, seed: int) -> None:
    world = world_of(seed)
    load(database, world, seed)
    graph = Graph(world)
    for query in catalogue("cypher"):
        check(database, graph, query.text, FULL)
    check(database, graph, random_query(random.Random(seed)), FULL)


def test_a_property_that_no_possible_label_has_is_refused_by_name() -> None:
    with pytest.raises(QueryError, match="Customer or Product has no property 'duration_seconds'"):
        FULL.compile("MATCH (a)-[:PURCHASED]-(b) RETURN b.duration_seconds AS k0", {})


def test_counts_are_those_of_sql(database: ChildDatabase) -> None:
    world = make_world(8)
    load(database, world)
    runner = Runner(Settings(), database)
    completed = len({row.transaction_id for row in world.transactions if row.status == "completed"})
    assert runner.cypher("MATCH ()-[r:PURCHASED]->() RETURN count(*) AS n").rows == [(completed,)]
    assert runner.sql_text("SELECT uniqExact(transaction_id) FROM transactions WHERE status = 'completed'").rows == [
        (completed,)
    ]
    assert runner.cypher("MATCH ()-[r:INTERACTED]->() RETURN count(*) AS n").rows == [(len(world.interactions),)]
    assert runner.cypher("MATCH (c:Customer) RETURN count(*) AS n").rows == [(len(world.customers),)]


def test_the_written_queries_have_rows_and_the_columns_of_their_headers(database: ChildDatabase) -> None:
    load(database, make_world(9, products=60, purchases=300))
    runner = Runner(Settings(), database)
    for query in catalogue("cypher"):
        result = runner.cypher(query.name)
        assert result.columns == tuple(query.columns)
        assert result.rows, query.name


def test_a_withdrawn_product_is_not_recommended(database: ChildDatabase) -> None:
    worlds = (make_world(seed, customers=10, products=7, purchases=300) for seed in range(50))
    world = next(one for one in worlds if {row.product_id for row in one.transactions} - set(one.products))
    load(database, world)
    runner = Runner(Settings(), database)
    asked = [("4", {"customer_id": number}) for number in world.customers]
    asked += [("5", {"product_id": number}) for number in world.products]
    for query, params in asked:
        assert {row[0] for row in runner.cypher(query, {**params, "limit": 100}).rows} <= set(world.products)


def test_sums_reach_to_the_ends_of_64_bits(database: ChildDatabase) -> None:
    runner = Runner(Settings(), database)
    assert runner.cypher_text("UNWIND [-9223372036854775808] AS x RETURN x + $y AS n", {"y": 1}).rows == [(1 - 2**63,)]


def test_what_is_rounded_is_the_float_nearest_to_its_digits(database: ChildDatabase) -> None:
    text = "UNWIND [3.14159, 1.005, 123456789.98765] AS x RETURN round(x, 3) AS y"
    assert Runner(Settings(), database).cypher_text(text).rows == [(3.142,), (1.005,), (123456789.988,)]


def test_a_fraction_of_hundreds_of_digits_is_the_nearest_float(database: ChildDatabase) -> None:
    """The engine reads none of more than 319, and refused the SQL."""
    text = (
        f"UNWIND [0.{'3' * 500}, 1{'0' * 299}.{'0' * 99}, .{'0' * 400}1] AS x RETURN x AS x, x > 0.{'3' * 400} AS more"
    )
    assert Runner(Settings(), database).cypher_text(text).rows == [(1 / 3, False), (1e299, True), (0.0, False)]


def test_sums_and_signs_that_leave_64_bits_are_errors(database: ChildDatabase) -> None:
    runner = Runner(Settings(), database)
    for text in (
        "UNWIND [9223372036854775807, 1] AS x RETURN sum(x) AS y",
        "UNWIND [-9223372036854775808] AS x RETURN -x AS y",
        "UNWIND [-9223372036854775808] AS x RETURN abs(x) AS y",
    ):
        with pytest.raises(QueryError, match="Int64"):
            runner.cypher_text(text)
    with pytest.raises(QueryError, match="too large: Cypher's whole numbers have 64 bits"):
        runner.cypher_text("RETURN -(-9223372036854775808) AS y")


@pytest.mark.parametrize("pattern", ["[[:alpha:]]+", "(?i)ž"])
def test_regular_expressions_that_java_reads_otherwise_are_refused(pattern: str) -> None:
    with pytest.raises(QueryError, match="not supported"):
        FULL.compile(f"UNWIND ['a'] AS t RETURN t =~ '{pattern}' AS y", {})


def test_what_is_no_number_is_one_value_to_groups(database: ChildDatabase) -> None:
    text = "UNWIND [0.0 / 0, 0.0 / 0, 1.0] AS x RETURN count(DISTINCT x) AS n, count(*) AS m"
    assert Runner(Settings(), database).cypher_text(text).rows == [(2, 3)]


def test_texts_are_of_letters_not_of_bytes(database: ChildDatabase) -> None:
    text = (
        "UNWIND ['Žöllner 日本', '\\t x\\n'] AS t RETURN size(t) AS n, left(t, 2) AS l, reverse(t) AS r, trim(t) AS m"
    )
    rows = Runner(Settings(), database).cypher_text(text).rows
    assert rows == [(10, "Žö", "本日 renllöŽ", "Žöllner 日本"), (4, "\t ", "\nx \t", "x")]


def test_what_is_no_number_is_equal_to_nothing(database: ChildDatabase) -> None:
    (row,) = (
        Runner(Settings(), database)
        .cypher_text("WITH 0.0 / 0 AS x RETURN x = x AS a, x <> x AS b, x > 1 AS c, [x] AS d")
        .rows
    )
    assert row[:3] == (False, True, False)
    assert str(row[3]) == "[nan]"


def test_parameters_may_be_lists_and_maps(database: ChildDatabase) -> None:
    load(database, make_world(9))
    runner = Runner(Settings(), database)
    rows = [{"id": 1, "tags": ["a", None]}, {"id": 2, "price": Decimal("1.50")}, None]
    text = "UNWIND $rows AS r RETURN r.id AS id, r.tags AS tags, r.price AS price, r"
    got = runner.cypher_text(text, {"rows": rows}).rows
    assert got == [(1, ["a", None], None, rows[0]), (2, None, Decimal("1.5"), rows[1]), (None, None, None, None)]
    mixed = [1, "a", 2.5, True, None, [1, 2], MOMENT, MOMENT.date()]
    assert runner.cypher_text("RETURN $x AS x", {"x": mixed}).rows == [(mixed,)]
    found = runner.cypher_text("RETURN $m.a AS a, $m.b AS b, 2 IN $l AS c", {"m": {"a": MOMENT}, "l": [1, None]})
    assert found.rows == [(MOMENT, None, None)]


def test_a_parameter_is_data(database: ChildDatabase) -> None:
    load(database, make_world(9))
    runner = Runner(Settings(), database)
    for value in ("x' OR 1=1 --", "\\", "'", "\t\n\0", "{x:String}", "/* */"):
        assert runner.cypher_text("MATCH (c:Customer) RETURN $v AS v LIMIT 1", {"v": value}).rows == [(value,)]
        assert runner.cypher_text("MATCH (c:Customer {name: $v}) RETURN c.name AS n", {"v": value}).rows == []


@pytest.mark.parametrize(
    "element", [*load_view().nodes.values(), *load_view().edges.values()], ids=lambda one: one.name
)
def test_every_mapped_column_is_there(database: ChildDatabase, element: Any) -> None:
    for source in element.sources:
        columns = {element.key, *element.columns.values()} - source.lacks
        database.execute(f"SELECT {', '.join(sorted(columns))} FROM {source.table} LIMIT 0")


def test_nodes_that_only_a_relationship_names_stay_in_a_set_of_distinct_ones(database: ChildDatabase) -> None:
    """A set handed on is of the nodes that were bound, not of those that its label's table has."""
    worlds = (make_world(seed, customers=10, products=7, purchases=300) for seed in range(50))
    world = next(one for one in worlds if {row.product_id for row in one.transactions} - set(one.products))
    load(database, world)
    graph = Graph(world)
    bought = "MATCH (c:Customer)-[:PURCHASED]->(p) WITH DISTINCT p "
    for rest in ("RETURN count(p) AS n", "RETURN p.product_id AS i", "WHERE p.name IS NULL RETURN p.product_id AS i"):
        check(database, graph, bought + rest, FULL)
