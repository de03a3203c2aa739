"""The process: TLS, slow and rude clients, those who leave, an engine that is away, settings that cannot be used."""

import json
import socket
import ssl
import threading
from pathlib import Path

import httpx2
import pytest

from queries.api.middleware import LONGEST_HEAD
from queries.api.server import CONNECTIONS
from schemas.settings import Settings
from tests.integration.queries.api.server import KEY, RunningApi, api_server
from tests.integration.queries.process import idle, refusal, shown
from tests.support.certificates import make_certificates
from tests.support.documented import NEEDS_CURL, command, run
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP, wait_for


def test_metrics_are_served_on_their_own_port_too(api: RunningApi, client: httpx2.Client) -> None:
    client.get("/healthz")
    assert 'c360_queries_api_requests_total{route="/healthz",status="200"}' in shown(api.metrics_port)


def test_tls(api: RunningApi, tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    files = {"api_tls_certificate": made.certificate, "api_tls_key": made.key}
    with api_server(api.engine, api.world, tmp_path, **files) as secured:
        trusted = ssl.create_default_context(cafile=str(made.authority))
        with secured.client(verify=trusted) as client:
            assert client.get("/readyz").status_code == 200
        with secured.client() as client, pytest.raises(httpx2.ConnectError):
            client.get("/readyz")


def test_an_engine_that_is_away_is_said(api: RunningApi, tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    with (
        api_server(api.engine, api.world, tmp_path, clickhouse_url=f"http://127.0.0.1:{nobody}") as alone,
        alone.client() as client,
    ):
        for path in ("/readyz", "/v1/customers/1", "/v1/reports/top_customers", "/v1/graph/similar_customers"):
            answer = client.get(path)
            assert answer.status_code == 503, answer.text
            assert answer.json()["type"] == "urn:c360:problem:unavailable"
            assert "retry-after" in answer.headers
        assert client.get("/healthz").status_code == 200


def test_a_query_that_takes_too_long_is_given_up(api: RunningApi, tmp_path: Path) -> None:
    with (
        api_server(api.engine, api.world, tmp_path, api_query_seconds=0.001) as hasty,
        hasty.client() as client,
    ):
        answer = client.get("/v1/graph/two_step_recommendation", params={"customer_id": 1})
        assert answer.status_code in {200, 504}
        if answer.status_code == 504:
            assert answer.json()["type"] == "urn:c360:problem:too-slow"


def request(path: str, *more: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: x", f"X-API-Key: {KEY}", *more, "", "")).encode()


LONG = "X: " + "x" * LONGEST_HEAD


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ([b"\x16\x03\x01 no request\r\n\r\n"], 400),
        ([request("/healthz", LONG)], 431),
        # One that comes in pieces is given up before it is whole.
        ([request("/healthz", LONG)[:-2]], 400),
    ],
    ids=["no request", "long", "long and never whole"],
)
def test_what_is_no_request_is_a_problem_and_the_end(api: RunningApi, pieces: list[bytes], status: int) -> None:
    with socket.create_connection(("127.0.0.1", api.port), timeout=GIVE_UP) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in answer


def test_who_does_not_end_a_request_is_cut_off_and_others_are_served(api: RunningApi, client: httpx2.Client) -> None:
    with (
        socket.create_connection(("127.0.0.1", api.port), timeout=GIVE_UP) as silent,
        socket.create_connection(("127.0.0.1", api.port), timeout=GIVE_UP) as slow,
    ):
        slow.sendall(request("/healthz"))
        answer = b""
        while not answer.endswith(b"}"):
            answer += slow.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 200 ")
        slow.sendall(request("/healthz")[:20])
        assert client.get("/healthz").status_code == 200
        for connection in (silent, slow):
            assert hung_up(connection)


def test_more_connections_than_there_are_places_leave_one_for_whoever_asks(
    api: RunningApi, client: httpx2.Client
) -> None:
    most = Settings().api_streams + CONNECTIONS
    with idle(api.port, 2 * most):
        assert httpx2.get(f"{api.url}/healthz", timeout=GIVE_UP).status_code == 200
        with api.client() as another:
            assert another.get("/v1/reports").status_code == 200
    assert client.get("/healthz").status_code == 200


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_who_leaves_takes_the_query_along(api: RunningApi, client: httpx2.Client) -> None:
    def ended() -> float:
        text = client.get("/metrics").text
        return float(text.partition("\nc360_queries_api_ended_total ")[2].partition("\n")[0])

    before = ended()
    # Many at once: some of them are still being answered.
    connections = [socket.create_connection(("127.0.0.1", api.port), timeout=GIVE_UP) for _ in range(40)]
    for connection in connections:
        connection.sendall(request("/v1/graph/purchase_network"))
    for connection in connections:
        connection.close()
    wait_for(lambda: ended() > before, "a request has ended with its client")
    assert client.get("/v1/graph/purchase_network").status_code == 200


def test_many_at_once_are_all_answered_or_told_to_come_back(api: RunningApi) -> None:
    found: list[httpx2.Response] = []

    def ask(number: int) -> None:
        with api.client() as one:
            found.append(one.get(f"/v1/customers/{number % 20 + 1}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 60
    assert {one.status_code for one in found} <= {200, 404, 503}
    assert any(one.status_code == 200 for one in found)
    for one in found:
        if one.status_code == 503:
            assert one.json()["type"] == "urn:c360:problem:busy"
            assert one.headers["retry-after"] == "1"


@NEEDS_CURL
@pytest.mark.parametrize(
    ("page", "begin", "more"),
    [("README.md", "sed 's/^/X-API-Key: /'", ""), ("docs/api.md", "ask() {", "\nask /v1/customers/42")],
)
def test_the_documents_ask_with_the_key_by_curl(
    api: RunningApi, tmp_path: Path, page: str, begin: str, more: str
) -> None:
    customer = min(api.world.customers)
    text = (command(page, begin) + more).replace("/42", f"/{customer}")
    answer = json.loads(run(text, tmp_path, {"api": KEY}, {8090: api.port}))
    assert answer["customer_id"] == customer


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"C360_API_TLS_KEY": "/nowhere"}, 2, "go together"),
        ({"C360_API_TLS_KEY": "/nowhere", "C360_API_TLS_CERTIFICATE": "/nowhere"}, 2, "No such file"),
        ({"C360_API_KEY": ""}, 2, "C360_API_KEY is not set"),
        ({"C360_API_KEYS_FILE": "/nowhere"}, 2, "C360_API_KEYS_FILE"),
        ({"C360_API_QUERIES": "many"}, 2, "C360_API_QUERIES"),
        ({}, 1, "cannot be used: "),
    ],
    ids=["half", "no file", "key", "keys", "queries", "taken"],
)
def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path, given: dict[str, str], code: int, words: str) -> None:
    assert words in refusal("queries.api", tmp_path, {"C360_API_KEY": "a key of twenty signs", **given}, code)
