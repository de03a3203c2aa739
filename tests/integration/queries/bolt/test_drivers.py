"""Neo4j's Python driver, sync and async, as its users use it."""

import asyncio
import datetime as dt
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import neo4j
import pytest
from neo4j import exceptions as e

from queries.catalogue import Query, catalogue
from queries.runner import Runner
from tests.integration.queries.bolt.server import RunningBolt
from tests.integration.queries.bolt.test_protocol import MANY, SLOW
from tests.support.bolt import connected

CATALOGUE = catalogue("cypher")


@pytest.fixture(scope="module")
def driver(bolt: RunningBolt) -> Iterator[neo4j.Driver]:
    with neo4j.GraphDatabase.driver(bolt.uri, auth=bolt.auth) as driver:
        yield driver


@pytest.fixture(scope="module")
def runner(bolt: RunningBolt) -> Runner:
    """Asks ClickHouse as `c360 cypher` does."""
    return Runner(bolt.engine.settings())


def native(value: Any) -> Any:
    """A value of the driver's, or of the runner's, as both can have it."""
    if isinstance(value, (neo4j.time.Date, neo4j.time.DateTime)):
        return value.to_native()
    if isinstance(value, Decimal):
        return float(value)
    return [native(item) for item in value] if isinstance(value, (list, tuple)) else value


def resolved(runner: Runner, query: Query) -> dict[str, Any]:
    return {parameter.name: runner._resolved(query, {})[parameter.name] for parameter in query.parameters}


@pytest.mark.parametrize("query", CATALOGUE, ids=lambda query: query.name)
def test_the_catalogue_answers_as_c360_does(
    bolt: RunningBolt, driver: neo4j.Driver, runner: Runner, query: Query
) -> None:
    given = resolved(runner, query)
    expected = runner.cypher(query.name, given)
    answer = driver.execute_query(query.text, given, routing_="r")
    assert answer.keys == list(expected.columns)
    assert native([record.values() for record in answer.records]) == native(expected.rows)

    async def ask() -> list[Any]:
        async with neo4j.AsyncGraphDatabase.driver(bolt.uri, auth=bolt.auth) as asynchronous:
            return (await asynchronous.execute_query(query.text, given)).records

    assert native([record.values() for record in asyncio.run(ask())]) == native(expected.rows)


def test_connectivity_and_who_answers(driver: neo4j.Driver, bolt: RunningBolt) -> None:
    driver.verify_connectivity()
    assert driver.verify_authentication(auth=bolt.auth)
    assert not driver.verify_authentication(auth=("neo4j", "wrong"))
    info = driver.get_server_info()
    assert info.agent == "Neo4j/5.26.0-customer360"
    assert info.protocol_version == (5, 8)
    assert driver.supports_multi_db()


def test_values_keep_their_types(driver: neo4j.Driver, bolt: RunningBolt) -> None:
    text = (
        "MATCH (c:Customer {customer_id: $id})-[p:PURCHASED]->(x:Product) "
        "RETURN c.customer_id, c.name, c.registration_date, p.ts, p.amount, p.quantity, x.price > 10, c.name = null "
        "ORDER BY p.ts LIMIT 1"
    )
    (record,) = driver.execute_query(text, id=2).records
    bought = [t for t in bolt.world.transactions if t.customer_id == 2 and t.status == "completed"]
    first = min(bought, key=lambda t: t.ts)
    customer = bolt.world.customers[2]
    assert native(record.values()) == [
        2,
        customer.name,
        customer.registration_date,
        first.ts,
        float(first.amount),
        first.quantity,
        record[6],
        None,
    ]
    assert [type(value) for value in record.values()[:1] + record.values()[4:7]] == [int, float, int, bool]


def test_parameters_keep_theirs(driver: neo4j.Driver) -> None:
    given = {
        "s": "it's -- \" \\ {x:String} \n\t\0 ß 𝄞 /* */ '; DROP TABLE customers; --",
        "i": 2**62,
        "f": 0.1,
        "b": True,
        "n": None,
        "l": [1, 2, 3],
        "d": dt.date(2025, 3, 1),
        "t": dt.datetime(2025, 3, 1, 12, 30, 15, 123000, tzinfo=dt.timezone(dt.timedelta(hours=2))),
    }
    words = ", ".join(f"${name} AS {name}" for name in given)
    (record,) = driver.execute_query(f"RETURN {words}", given).records
    assert {name: native(record[name]) for name in given} == given


def test_large_results_are_streamed_in_pieces(driver: neo4j.Driver) -> None:
    with driver.session(fetch_size=500) as session:
        result = session.run(MANY)
        some = [record[0] for record, _ in zip(result, range(1200), strict=False)]
        assert len(some) == 1200
        summary = result.consume()
        assert summary.query_type == "r"
        assert summary.database == "customer360"
        assert session.run("RETURN 1").single(strict=True)[0] == 1


def test_transactions_of_every_sort(driver: neo4j.Driver) -> None:
    with driver.session() as session:
        assert session.execute_read(lambda tx: tx.run("RETURN 1").single(strict=True)[0]) == 1
        assert session.execute_write(lambda tx: tx.run("RETURN 2").single(strict=True)[0]) == 2
        with session.begin_transaction() as tx:
            many, few = tx.run(MANY), tx.run("RETURN 3")
            assert few.single(strict=True)[0] == 3
            assert len(many.fetch(5)) == 5
            tx.rollback()
        with session.begin_transaction() as tx:
            tx.run("RETURN 1")
            tx.commit()


def test_a_driver_that_routes_comes_back_to_the_same_address(bolt: RunningBolt) -> None:
    uri = bolt.uri.replace("bolt:", "neo4j:")
    with neo4j.GraphDatabase.driver(uri, auth=bolt.auth) as driver:
        assert driver.execute_query("RETURN 1").records[0][0] == 1
        assert driver.execute_query("RETURN 1", database_="neo4j", routing_="r").records[0][0] == 1


@pytest.mark.parametrize(
    ("text", "given", "code", "words"),
    [
        ("MATCH (n:Customer\nWHERE", {}, "Statement.SyntaxError", "(line 2, column 1)"),
        ("MATCH (n:Costumer) RETURN n.name", {}, "Statement.SyntaxError", "no label 'Costumer'"),
        ("MATCH (n:Customer) RETURN n.nam", {}, "Statement.SyntaxError", "no property 'nam'"),
        ("MATCH (n:Customer) WHERE n.customer_id = $id RETURN n.name", {}, "Statement.ParameterMissing", "'id'"),
        ("RETURN $x", {"x": 2**63 - 1}, "", ""),
        ("RETURN $x", {"x": {"a": 1}}, "", ""),
        ("RETURN $x", {"x": neo4j.time.Duration(days=1)}, "Statement.TypeError", "duration"),
        ("RETURN $x", {"x": [1, "a", {"b": [None]}]}, "", ""),
        ("MATCH (n:Customer) RETURN n.name LIMIT $k", {"k": -1}, "Statement.TypeError", "SKIP and LIMIT"),
        ("CREATE (n:Customer {customer_id: 1})", {}, "Statement.AccessMode", "read-only"),
        ("MATCH (n:Customer) SET n.name = 'x' RETURN n.name", {}, "Statement.AccessMode", "(line 1, column"),
        ("MATCH (n:Customer) DETACH DELETE n", {}, "Statement.AccessMode", "read-only"),
        ("CALL apoc.help('x')", {}, "Statement.SyntaxError", "not supported"),
        ("CALL db.nothing()", {}, "Statement.SyntaxError", "There are: db.info"),
        ("", {}, "Statement.SyntaxError", "no query"),
    ],
)
def test_errors_have_neo4j_s_codes(
    driver: neo4j.Driver, text: str, given: dict[str, Any], code: str, words: str
) -> None:
    if not code:
        assert driver.execute_query(text, given).records[0].values() == list(given.values())
        return
    with pytest.raises(e.ClientError) as raised:
        driver.execute_query(text, given)
    assert raised.value.code == f"Neo.ClientError.{code}"
    assert words in str(raised.value.message)
    assert "\n" not in str(raised.value.message)
    driver.execute_query("RETURN 1")


def test_a_database_and_a_user_that_are_not_there(driver: neo4j.Driver) -> None:
    with pytest.raises(e.ClientError, match="DatabaseNotFound"):
        driver.execute_query("RETURN 1", database_="films")
    with pytest.raises(e.ClientError, match="Forbidden"):
        driver.execute_query("RETURN 1", impersonated_user_="root")


def test_a_wrong_password_is_an_error_of_authentication(bolt: RunningBolt) -> None:
    with (
        neo4j.GraphDatabase.driver(bolt.uri, auth=("neo4j", "wrong")) as driver,
        pytest.raises(e.AuthError, match="not right"),
    ):
        driver.verify_connectivity()


def test_a_transaction_that_takes_too_long_is_cut_off_and_the_session_lives(driver: neo4j.Driver) -> None:
    with driver.session() as session:
        began = time.monotonic()
        with pytest.raises(e.ClientError, match="TransactionTimedOutClientConfiguration"):
            session.run(neo4j.Query(SLOW, timeout=0.5)).consume()
        assert time.monotonic() - began > 0.4
        assert session.run("RETURN 1").single(strict=True)[0] == 1


def test_what_tools_ask_on_connecting(driver: neo4j.Driver) -> None:
    def rows(text: str) -> list[Any]:
        return [record.values() for record in driver.execute_query(text).records]

    assert rows("CALL dbms.components() YIELD name, versions, edition") == [["Neo4j Kernel", ["5.26.0"], "community"]]
    assert rows("CALL dbms.components() YIELD versions AS v") == [[["5.26.0"]]]
    assert rows("call db.ping()") == [[True]]
    assert rows("CALL db.labels()") == [["Customer"], ["Product"], ["Category"], ["Brand"]]
    assert ["PURCHASED"] in rows("CALL db.relationshipTypes() YIELD *")
    assert ["lifetime_value"] in rows("// a tool\nCALL db.propertyKeys() YIELD propertyKey;")
    assert rows("SHOW DATABASES YIELD name, aliases, currentStatus") == [["customer360", ["neo4j"], "online"]]
    assert rows("SHOW HOME DATABASE YIELD name") == [["customer360"]]
    assert rows("SHOW CURRENT USER") == [["neo4j", ["reader"], []]]
    with pytest.raises(e.CypherSyntaxError, match="only columns: success"):
        rows("CALL db.ping() YIELD failure")


def test_nodes_relationships_and_paths_are_the_driver_s_own(driver: neo4j.Driver, bolt: RunningBolt) -> None:
    pattern = "way = (c:Customer {customer_id: $id})-[p:PURCHASED]->(x:Product)"
    text = f"MATCH {pattern} RETURN c, p, x, way ORDER BY p.ts LIMIT 1"
    (record,) = driver.execute_query(text, id=2).records
    customer, bought, product, way = record.values()
    first = min(
        (t for t in bolt.world.transactions if t.customer_id == 2 and t.status == "completed"), key=lambda t: t.ts
    )
    assert customer.labels == {"Customer"}
    assert customer["name"] == bolt.world.customers[2].name
    assert customer["registration_date"].to_native() == bolt.world.customers[2].registration_date
    assert bought.type == "PURCHASED"
    assert bought["amount"] == float(first.amount)
    assert bought["ts"].to_native() == first.ts
    assert (bought.start_node, bought.end_node) == (customer, product)
    assert (way.start_node, way.end_node, way.relationships) == (customer, product, (bought,))


def test_a_path_against_its_arrows(driver: neo4j.Driver) -> None:
    text = "MATCH way = (x:Product)<-[:PURCHASED]-(c:Customer)-[:PURCHASED]->(y:Product) RETURN way, x, c, y LIMIT 1"
    way, x, c, y = driver.execute_query(text).records[0].values()
    assert [node.element_id for node in way.nodes] == [node.element_id for node in (x, c, y)]
    assert [edge.start_node.element_id for edge in way.relationships] == [c.element_id] * 2


def test_lists_and_maps_hold_nodes(driver: neo4j.Driver) -> None:
    text = "MATCH (x:Product) RETURN collect(x) AS all, {first: min(x.price), n: count(*)} AS map"
    (record,) = driver.execute_query(text).records
    assert all(node.labels == {"Product"} for node in record["all"])
    assert record["map"] == {"first": min(node["price"] for node in record["all"]), "n": len(record["all"])}


@pytest.mark.parametrize("id_of", ["element_id", "id"])
def test_a_node_that_came_back_is_the_same_node_in_4_4(bolt: RunningBolt, id_of: str) -> None:
    with connected(bolt.port) as client:
        client.log_on(*bolt.auth, version=(5, 4) if id_of == "element_id" else (4, 4))
        ((node, ids),) = client.ask(
            f"MATCH (x:Product) RETURN x, {'elementId' if id_of == 'element_id' else 'id'}(x) LIMIT 1"
        )
        assert node.fields[3 if id_of == "element_id" else 0] == ids
