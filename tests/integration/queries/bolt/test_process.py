"""The process: TLS, settings that cannot be used, ports that are taken, an engine that is away."""

from base64 import b64encode
from pathlib import Path

import neo4j
import pytest
import urllib3
from neo4j import exceptions as e

from tests.integration.queries.bolt.server import RunningBolt, bolt_server
from tests.integration.queries.process import refusal
from tests.support.bolt import connected
from tests.support.certificates import make_certificates
from tests.support.ports import free_ports


def test_tls(bolt: RunningBolt, tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    files = {"bolt_tls_certificate": made.certificate, "bolt_tls_key": made.key}
    with bolt_server(bolt.engine, bolt.world, tmp_path, **files) as secured:
        uri = f"bolt+ssc://127.0.0.1:{secured.port}"
        with neo4j.GraphDatabase.driver(uri, auth=secured.auth) as driver:
            assert driver.execute_query("MATCH (c:Customer) RETURN count(*)").records[0][0] == len(bolt.world.customers)
            assert driver.encrypted
        with neo4j.GraphDatabase.driver(secured.uri, auth=secured.auth) as driver, pytest.raises(e.DriverError):
            driver.verify_connectivity()
        user = b64encode(":".join(secured.auth).encode()).decode()
        with urllib3.PoolManager(ca_certs=str(made.authority), assert_hostname="localhost") as pool:
            answer = pool.request(
                "POST", f"https://localhost:{secured.http_port}/submitCypher", json={"query": "RETURN 1"},
                headers={"Authorization": f"Basic {user}"},
            )  # fmt: skip
            assert answer.json() == [{"Values": [1], "Keys": ["1"]}]
        with connected(secured.port) as client:
            client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.is_hung_up()


def test_an_engine_that_is_away_is_said_and_comes_back(bolt: RunningBolt, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    with (
        bolt_server(bolt.engine, bolt.world, tmp_path, clickhouse_url=f"http://127.0.0.1:{port}") as alone,
        neo4j.GraphDatabase.driver(alone.uri, auth=alone.auth) as driver,
        driver.session() as session,
    ):
        for _ in range(2):
            with pytest.raises(e.TransientError, match=r"DatabaseUnavailable.*does not answer.*c360 up"):
                session.run("MATCH (c:Customer) RETURN c.name").consume()
        assert driver.execute_query("CALL db.ping()").records[0][0] is True


def test_a_reader_that_is_not_let_in_is_said(bolt: RunningBolt, tmp_path: Path) -> None:
    with (
        bolt_server(bolt.engine, bolt.world, tmp_path, clickhouse_reader_password="wrong") as stranger,
        neo4j.GraphDatabase.driver(stranger.uri, auth=stranger.auth) as driver,
        driver.session() as session,
        pytest.raises(e.Neo4jError, match="C360_CLICKHOUSE_READER_PASSWORD"),
    ):
        session.run("RETURN 1").consume()


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"C360_BOLT_TLS_KEY": "/nowhere"}, 2, "go together"),
        ({"C360_BOLT_TLS_KEY": "/nowhere", "C360_BOLT_TLS_CERTIFICATE": "/nowhere"}, 2, "No such file"),
        ({"C360_BOLT_PORT": "0"}, 2, "C360_BOLT_PORT has the value '0'"),
        ({"C360_BOLT_SESSIONS": "many"}, 2, "C360_BOLT_SESSIONS"),
        ({"C360_BOLT_PASSWORD": ""}, 2, "C360_BOLT_PASSWORD is not set"),
        ({"C360_BOLT_HOST": "256.1.1.1"}, 1, "C360_BOLT_HOST"),
        ({}, 1, "cannot be used: "),
    ],
    ids=["half", "no file", "port", "sessions", "password", "host", "taken"],
)
def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path, given: dict[str, str], code: int, words: str) -> None:
    assert words in refusal("queries.graph.bolt", tmp_path, {"C360_BOLT_PASSWORD": "x", **given}, code)
