"""Live alerts keep to the OpenAPI document, which Schemathesis does not ask of what has no end."""

import asyncio
import contextlib
import json

import httpx2
import pytest

from queries.api.live import Live
from queries.api.openapi import FILE
from queries.api.problems import Problem
from tests.unit.queries.api.fakes import KEYED, api, ask, settings
from tests.unit.queries.api.test_live import Topic, placed


def documented(answer: httpx2.Response) -> str:
    """The type of an answer's content, which is one of those in the OpenAPI document for its status."""
    (told,) = json.loads(FILE.read_text(encoding="utf-8"))["paths"]["/v1/alerts/live"].values()
    kind = answer.headers["content-type"].partition(";")[0]
    assert kind in told["responses"][str(answer.status_code)]["content"], answer.text
    return kind


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ({}, "", 401),
        ({"X-API-Key": "wrong"}, "", 401),
        ({**KEYED, "Last-Event-ID": "1:2,3"}, "", 400),
        ({**KEYED, "Last-Event-ID": "-1:2"}, "", 400),
        ({**KEYED, "Last-Event-ID": "1:" + "2" * 4095}, "", 400),
        (KEYED, "?kind=begun", 400),
        (KEYED, "?segment=VIP&segment=New", 400),
        (KEYED, "?since=0:1", 400),
        (KEYED, "", 503),
    ],
)
def test_what_it_refuses_is_a_problem_as_the_document_says(headers: dict[str, str], query: str, status: int) -> None:
    live = Live(settings(), Topic())
    with contextlib.nullcontext() if status != 503 else live.place(1):
        answer = ask(api(live=live, api_streams=1), f"/v1/alerts/live{query}", headers)
    assert answer.status_code == status, answer.text
    assert documented(answer) == "application/problem+json"
    Problem.model_validate(answer.json())


def test_what_it_answers_are_events_as_the_document_says() -> None:
    async def reading() -> None:
        live = Live(settings(), Topic(placed(0, 5000)))
        await live.start()
        transport = httpx2.ASGITransport(app=api(live=live))
        headers = {**KEYED, "Last-Event-ID": "0:10"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            live.end()
            answer = await client.get("/v1/alerts/live?kind=raised&segment=VIP")
        assert answer.status_code == 200
        assert documented(answer) == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.text == "retry: 3000\nevent: gap\ndata: {}\nid: 0:5000,1:0\n\n"
        await live.join()

    asyncio.run(reading())
