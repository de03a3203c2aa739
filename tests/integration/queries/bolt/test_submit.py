"""POST /submitCypher over HTTP, as PuppyGraph's clients ask it."""

import http.client
import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.integration.queries.bolt.server import RunningBolt
from tests.integration.queries.bolt.test_protocol import MANY, SLOW, running
from tests.support.documented import NEEDS_CURL, command, run
from tests.support.waiting import wait_for


def ask(
    bolt: RunningBolt,
    body: Any,
    auth: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> urllib3.BaseHTTPResponse:
    user = ":".join(auth or bolt.auth).encode()
    headers = {"Authorization": "Basic " + b64encode(user).decode(), **(headers or {})}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"http://127.0.0.1:{bolt.http_port}/submitCypher"
    return urllib3.request("POST", url, body=content, headers=headers, timeout=300, retries=False, **more)


def test_a_row_is_keys_and_values(bolt: RunningBolt) -> None:
    text = (
        "MATCH (c:Customer {customer_id: $id})-[p:PURCHASED]->() RETURN c.name AS name, c.registration_date, p.amount, "
        "p.ts, c.name = null, p.quantity ORDER BY p.ts LIMIT 1"
    )
    answer = ask(bolt, {"query": text, "parameters": {"id": 2}})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    first = min(
        (t for t in bolt.world.transactions if t.customer_id == 2 and t.status == "completed"), key=lambda t: t.ts
    )
    (row,) = answer.json()
    assert row["Keys"] == ["name", "c.registration_date", "p.amount", "p.ts", "c.name = null", "p.quantity"]
    name, date, amount, ts, nothing, quantity = row["Values"]
    assert (name, date) == ("Name 2", bolt.world.customers[2].registration_date.isoformat())
    assert (amount, nothing, quantity) == (float(first.amount), None, first.quantity)
    assert ts[:19] == first.ts.isoformat()[:19]
    assert ts.endswith("Z")


def test_no_rows_and_very_many(bolt: RunningBolt) -> None:
    assert ask(bolt, {"query": "MATCH (c:Customer {customer_id: 999999}) RETURN c.name"}).json() == []
    rows = ask(bolt, {"query": MANY + " LIMIT 5000"}).json()
    assert len(rows) == 5000


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "MATCH (n RETURN n"}, 400, "Neo.ClientError.Statement.SyntaxError"),
        ({"query": "CREATE (n:Customer)"}, 400, "Neo.ClientError.Statement.AccessMode"),
        ({"query": "RETURN $x"}, 400, "Neo.ClientError.Statement.ParameterMissing"),
        ({"query": 7}, 400, "Neo.ClientError.Request.Invalid"),
        ({"query": "RETURN 1", "parameters": [1]}, 400, "Neo.ClientError.Request.Invalid"),
        ([], 400, "Neo.ClientError.Request.Invalid"),
        (b"\xff", 400, "Neo.ClientError.Request.Invalid"),
        (b"x" * (5 << 20), 400, "Neo.ClientError.Request.Invalid"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_said(bolt: RunningBolt, body: Any, status: int, code: str) -> None:
    answer = ask(bolt, body)
    assert answer.status == status
    assert answer.json()["code"] == code
    assert answer.json()["error"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic !"}, {"Authorization": "Bearer x"}], ids=str)
def test_nobody_is_answered_without_the_password(bolt: RunningBolt, headers: Mapping[str, str]) -> None:
    url = f"http://127.0.0.1:{bolt.http_port}/submitCypher"
    assert urllib3.request("POST", url, body=b"{}", headers=headers, retries=False).status == 401
    assert ask(bolt, {"query": "RETURN 1"}, auth=("neo4j", "wrong")).status == 401


def test_the_query_of_a_client_that_vanishes_is_ended(bolt: RunningBolt) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", bolt.http_port, timeout=60)
    headers = {"Authorization": "Basic " + b64encode(":".join(bolt.auth).encode()).decode()}
    connection.request("POST", "/submitCypher", json.dumps({"query": SLOW}), headers)
    wait_for(lambda: running(bolt), "ClickHouse works on it")
    connection.close()
    wait_for(lambda: not running(bolt), "it is gone from ClickHouse")


@NEEDS_CURL
def test_the_documents_ask_with_the_password_by_curl(bolt: RunningBolt, tmp_path: Path) -> None:
    text = command("docs/operations.md", "sed 's/.*/user = \"neo4j:&\"/'")
    (row,) = json.loads(run(text, tmp_path, {"bolt": bolt.auth[1]}, {8081: bolt.http_port}))
    assert row["Values"] == [len(bolt.world.customers)]
