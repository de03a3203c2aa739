"""Answers of /submitCypher: forms of values, and what breaks off in the middle."""

import asyncio
import contextlib
import datetime as dt
import json
import socket
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from queries.graph.bolt.access import Access
from queries.graph.bolt.submit import Limits, Submit
from queries.graph.elements import Node, Path, Relationship
from schemas.errors import QueryError
from tests.support.sockets import rest
from tests.support.waiting import GIVE_UP, wait_for
from tests.unit.queries.bolt.graphs import FakeGraph

ANN = Node(1, "Customer:1", ("Customer",), {"since": dt.date(2026, 1, 31), "value": Decimal("1.10")})
PEN = Node(7, "Product:7", ("Product",), {})
BOUGHT = Relationship(
    3, "PURCHASED:3", "PURCHASED", 1, "Customer:1", 7, "Product:7", {"ts": dt.datetime(2026, 1, 31, tzinfo=dt.UTC)}
)
ANN_SENT = {
    "Id": 1, "ElementId": "Customer:1", "Labels": ["Customer"], "Props": {"since": "2026-01-31", "value": 1.1},
}  # fmt: skip
PEN_SENT = {"Id": 7, "ElementId": "Product:7", "Labels": ["Product"], "Props": {}}
BOUGHT_SENT = {
    "Id": 3, "ElementId": "PURCHASED:3", "StartId": 1, "StartElementId": "Customer:1", "EndId": 7,
    "EndElementId": "Product:7", "Type": "PURCHASED", "Props": {"ts": "2026-01-31T00:00:00Z"},
}  # fmt: skip


def submitted(graph: FakeGraph, access: Access) -> Any:
    async def go() -> Any:
        async with (
            TestServer(Submit(graph, access).application()) as server,
            aiohttp.ClientSession(headers={"Authorization": "Basic dTpw"}) as client,
            client.post(server.make_url("/submitCypher"), json={"query": "q"}) as answer,
        ):
            return await answer.json()

    return asyncio.run(go())


def test_nodes_relationships_and_paths_have_the_fields_that_clients_know() -> None:
    path = Path((ANN, PEN), (BOUGHT,))
    (row,) = submitted(FakeGraph({"q": [[[ANN, BOUGHT, path]]]}), Access("u", "p", 1))
    assert row == {
        "Keys": ["x"],
        "Values": [[ANN_SENT, BOUGHT_SENT, {"Nodes": [ANN_SENT, PEN_SENT], "Relationships": [BOUGHT_SENT]}]],
    }


def test_an_answer_that_breaks_off_is_not_taken_for_complete() -> None:
    graph, access = FakeGraph({"q": [[1], QueryError("Code: 241. DB::Exception: Too much.")]}), Access("u", "p", 1)
    with pytest.raises(aiohttp.ClientError):
        submitted(graph, access)
    assert graph.given[0].closed
    access.enter()  # its place is free


def test_a_request_takes_a_place() -> None:
    access = Access("u", "p", 1)
    access.enter()
    assert submitted(FakeGraph(), access)["code"] == "Neo.TransientError.Request.NoThreadsAvailable"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x\x9cno deflate", {"Content-Encoding": "deflate"}),
        (b"{}", {"Content-Type": "application/json; charset=nonesuch"}),
        (b"[" * 100_000, {}),
        (b'"\xff', {}),
    ],
    ids=["not packed as it says", "no such charset", "nested without end", "not UTF-8"],
)
def test_a_body_that_cannot_be_read_is_the_clients_fault(body: bytes, headers: dict[str, str]) -> None:
    async def go() -> tuple[int, Any]:
        async with TestServer(Submit(FakeGraph(), Access("u", "p", 1)).application()) as server:
            asked = server.make_url("/submitCypher")
            given = {**headers, "Authorization": "Basic dTpw"}
            async with aiohttp.ClientSession() as client, client.post(asked, data=body, headers=given) as answer:
                return answer.status, await answer.json()

    status, said = asyncio.run(go())
    assert (status, said["code"]) == (400, "Neo.ClientError.Request.Invalid")


#: A client that does nothing is seen to do nothing, without waiting for it.
SHORT = 0.05
HEAD = "POST /submitCypher HTTP/1.1\r\nHost: c360\r\nAuthorization: Basic dTpw\r\n"
BODY = json.dumps({"query": "q"})


@contextlib.asynccontextmanager
async def raw(submit: Submit, said: str) -> AsyncIterator[socket.socket]:
    """A connection with as little room as there can be, on which this has been said."""
    async with TestServer(submit.application()) as server:
        with socket.socket() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            connection.settimeout(GIVE_UP)
            await asyncio.to_thread(connection.connect, ("127.0.0.1", server.port))
            connection.sendall(said.encode())
            yield connection


def test_a_body_that_does_not_come_is_refused_and_frees_its_place() -> None:
    access = Access("u", "p", 1)

    async def go() -> bytes:
        said = f"{HEAD}Content-Length: 100\r\nConnection: close\r\n\r\n{BODY[:5]}"
        async with raw(Submit(FakeGraph(), access, Limits(body_seconds=SHORT)), said) as connection:
            return await asyncio.to_thread(rest, connection)

    head, _, body = asyncio.run(go()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body) == {
        "error": "The body was not there within 0.05 s.", "code": "Neo.ClientError.Request.Invalid",
    }  # fmt: skip
    access.enter()  # its place is free


def test_an_answer_that_nobody_takes_is_cut_off_and_frees_its_place() -> None:
    # More than the kernel holds for both sides.
    graph, access = FakeGraph({"q": [["x" * (1 << 24)]] * 4}), Access("u", "p", 1)

    async def go() -> bytes:
        said = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY}"
        async with raw(Submit(graph, access, Limits(send_seconds=SHORT)), said) as connection:
            await asyncio.to_thread(wait_for, lambda: graph.given and graph.given[0].closed, "it is given up")
            return await asyncio.to_thread(rest, connection)

    got = asyncio.run(go())
    assert got.startswith(b"HTTP/1.1 200 ") or not got
    assert not got.endswith(b"0\r\n\r\n")
    access.enter()


def test_who_says_nothing_of_limits_has_30_and_60_seconds() -> None:
    assert Limits() == Limits(body_seconds=30.0, send_seconds=60.0)
