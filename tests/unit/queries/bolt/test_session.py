"""A session and its connection, over a graph that answers what it is told: order, ends, time, failures."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from queries.graph.bolt import connection
from queries.graph.bolt import messages as m
from queries.graph.bolt.access import Access
from queries.graph.bolt.connection import Limits
from queries.graph.bolt.faults import FAILED, OUT_OF_MEMORY, SYNTAX, Fault
from queries.graph.elements import Node
from schemas.errors import QueryError
from tests.unit.queries.bolt.graphs import AsyncClient, FakeGraph, served

RUN: tuple[Any, ...] = (m.RUN, "q", {}, {})
PULL: tuple[Any, ...] = (m.PULL, {"n": -1})


def converse(graph: FakeGraph, talk: Callable[[AsyncClient], Awaitable[None]], **more: Any) -> None:
    async def go() -> None:
        async with served(graph, **more) as client:
            await client.log_on()
            await talk(client)

    asyncio.run(go())


def test_a_whole_conversation() -> None:
    graph = FakeGraph({"q": [[1], [2], [3]]})

    async def talk(client: AsyncClient) -> None:
        client.send(m.RUN, "q", {"a": 1}, {"tx_timeout": 5000, "db": "neo4j"})
        client.send(m.PULL, {"n": 2})
        client.send(m.PULL, {"n": 2})
        found = await client.expect("SUCCESS", "RECORD", "RECORD", "SUCCESS", "RECORD", "SUCCESS")
        assert found[0]["fields"] == ["x"]
        assert found[1:5] == [[1], [2], {"has_more": True}, [3]]
        assert found[5]["db"] == "graph"

    converse(graph, talk)
    assert graph.asked == [("q", {"a": 1})]
    assert graph.given[0].closed


def test_a_failure_in_the_middle_keeps_what_came_before() -> None:
    graph = FakeGraph({"q": [[1], QueryError("Code: 241. DB::Exception: Too much.")]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        client.send(*RUN)
        found = await client.expect("SUCCESS", "RECORD", "FAILURE", "IGNORED")
        assert found[2] == {"code": OUT_OF_MEMORY, "message": "Code: 241. DB::Exception: Too much."}
        client.send(m.RESET)
        await client.expect("SUCCESS")

    converse(graph, talk)
    assert graph.given[0].closed


@pytest.mark.parametrize("bad", [2**64, object()], ids=["too large", "nothing Bolt has"])
def test_a_value_that_cannot_be_sent_is_a_failure_of_its_query_alone(bad: object) -> None:
    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        found = await client.expect("SUCCESS", "RECORD", "FAILURE")
        assert found[2]["code"] == "Neo.ClientError.Statement.ArithmeticError"
        client.send(m.RESET)
        client.send(m.RUN, "other", {}, {})
        client.send(*PULL)
        await client.expect("SUCCESS", "SUCCESS", "RECORD", "SUCCESS")

    converse(FakeGraph({"q": [[1], [bad]]}), talk)


def test_nodes_within_lists_and_maps() -> None:
    node = Node(1, "Customer:1", ("Customer",), {"name": "Ann"})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        _, (sent,), _ = await client.expect("SUCCESS", "RECORD", "SUCCESS")
        assert sent["all"][0].fields == (1, ["Customer"], {"name": "Ann"}, "Customer:1")

    converse(FakeGraph({"q": [[{"all": [node]}]]}), talk)


def test_an_unforeseen_error_is_logged_and_the_session_lives(caplog: pytest.LogCaptureFixture) -> None:
    graph = FakeGraph({"q": [[1], ZeroDivisionError("x")]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        found = await client.expect("SUCCESS", "RECORD", "FAILURE")
        assert found[2]["code"] == "Neo.DatabaseError.General.UnknownError"
        client.send(m.RESET)
        await client.expect("SUCCESS")

    converse(graph, talk)
    assert "ZeroDivisionError" in caplog.text


def test_reset_overtakes_what_runs_and_what_waits() -> None:
    graph = FakeGraph({"q": [[1], None]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        await client.expect("SUCCESS")
        client.send(*RUN)
        client.send(m.RESET)
        client.send(m.RUN, "other", {}, {})
        client.send(*PULL)
        found = await client.expect("RECORD", "FAILURE", "IGNORED", "SUCCESS", "SUCCESS", "RECORD", "SUCCESS")
        assert found[1]["code"] == "Neo.TransientError.Transaction.Terminated"

    converse(graph, talk)
    assert graph.given[0].cancelled
    assert graph.given[0].closed


def test_of_several_resets_the_last_one_counts() -> None:
    graph = FakeGraph({"q": [None]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        await client.expect("SUCCESS")
        for _ in range(3):
            client.send(m.RESET)
        found = [await client.receive() for _ in range(3)]
        assert [name for name, _ in found][-1] == "SUCCESS"
        client.send(m.RUN, "other", {}, {})
        await client.expect("SUCCESS")

    converse(graph, talk)
    assert graph.given[0].closed


@pytest.mark.parametrize("answer", [[None], [[1], None]], ids=["before", "between"])
def test_a_client_that_vanishes_ends_its_queries(answer: list[Any]) -> None:
    graph, access = FakeGraph({"q": answer}), Access("u", "p", 1)

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        await client.expect("SUCCESS")

    converse(graph, talk, access=access)
    assert graph.given[0].cancelled
    assert graph.given[0].closed
    access.enter()  # its place is free


def test_a_transaction_ends_in_its_time() -> None:
    graph = FakeGraph({"q": [[1], None]})

    async def talk(client: AsyncClient) -> None:
        client.send(m.BEGIN, {"tx_timeout": 50})
        client.send(*RUN)
        client.send(*PULL)
        found = await client.expect("SUCCESS", "SUCCESS", "RECORD", "FAILURE")
        assert found[3]["code"].endswith("TransactionTimedOutClientConfiguration")
        assert "0.05 s" in found[3]["message"]

    converse(graph, talk)
    assert graph.given[0].closed


def test_a_driver_that_waits_hears_an_empty_chunk_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "NOOP_SECONDS", 0.02)
    monkeypatch.setattr(connection, "PUSH_SECONDS", 0.02)
    graph = FakeGraph({"q": [None]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        await client.expect("SUCCESS")
        while client.noops < 3:
            assert await asyncio.wait_for(client.reader.readexactly(2), 30) == b"\0\0"
            client.noops += 1
        client.send(m.RESET)
        await client.expect("FAILURE", "SUCCESS")

    converse(graph, talk)


def test_who_does_not_log_on_in_time_is_hung_up_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def go(opening: str) -> None:
        async with served(FakeGraph(), limits=Limits(0.05, 30)) as client:
            client.writer.write(bytes.fromhex(opening))
            if len(opening) > 8:
                await client.reader.readexactly(4)
            assert await client.at_end()

    for opening in ("", "6060", "6060B017 00000405 00000000 00000000 00000000"):
        asyncio.run(go(opening))
    assert [record.message.count("closed:") for record in caplog.records] == [1, 1, 1]


def test_who_says_nothing_for_long_is_hung_up_on_but_not_while_a_query_runs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def talk(client: AsyncClient) -> None:
        client.send(m.RUN, "slow", {}, {})
        client.send(*PULL)
        await client.expect("SUCCESS")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.3)
        client.send(m.RESET)
        await client.expect("FAILURE", "SUCCESS")
        assert await client.at_end()

    converse(FakeGraph({"slow": [None]}), talk, limits=Limits(30, 0.05))
    assert "nothing was asked for 0.05 s" in caplog.text


def test_places_are_given_back() -> None:
    access = Access("u", "p", 1)

    async def go() -> None:
        async with served(FakeGraph(), access=access) as client:
            await client.log_on()
            client.send(m.LOGOFF)
            client.send(m.LOGON, {"scheme": "basic", "principal": "u", "credentials": "p"})
            await client.expect("SUCCESS", "SUCCESS")
            with pytest.raises(Fault, match="1 sessions are open"):
                access.enter()

    asyncio.run(go())
    access.enter()


def test_a_broken_query_in_a_transaction_ends_it() -> None:
    graph = FakeGraph({"many": [[1]] * 10, "broken": [Fault(SYNTAX, "no")]})

    async def talk(client: AsyncClient) -> None:
        client.send(m.BEGIN, {})
        client.send(m.RUN, "many", {}, {})
        client.send(m.RUN, "broken", {}, {})
        client.send(m.ROLLBACK)
        await client.expect("SUCCESS", "SUCCESS", "FAILURE", "IGNORED")
        client.send(m.RESET)
        client.send(m.RUN, "many", {}, {})
        await client.expect("SUCCESS", "SUCCESS")

    converse(graph, talk)
    assert all(rows.closed for rows in graph.given[:1])


def test_results_of_a_transaction_are_bounded() -> None:
    async def talk(client: AsyncClient) -> None:
        client.send(m.BEGIN, {})
        await client.expect("SUCCESS")
        for _ in range(16):
            client.send(*RUN)
            await client.expect("SUCCESS")
        client.send(*RUN)
        (failure,) = await client.expect("FAILURE")
        assert "16 results are open" in failure["message"]

    converse(FakeGraph(), talk)


def test_code_of_what_is_unknown_to_neo4j() -> None:
    graph = FakeGraph({"q": [QueryError("Code: 999. DB::Exception: Odd.")]})

    async def talk(client: AsyncClient) -> None:
        client.send(*RUN)
        client.send(*PULL)
        found = await client.expect("SUCCESS", "FAILURE")
        assert found[1]["code"] == FAILED

    converse(graph, talk)
