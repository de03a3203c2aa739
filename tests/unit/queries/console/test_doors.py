"""Logging in, and what is behind the guard: by requests as browsers send them, without one."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

from queries.console import doors, metrics
from queries.console.access import Access
from queries.console.guard import Guard
from schemas.settings import Settings

PASSWORD = "a password of these tests"
HOST = "http://console:1"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def guarded(clock: Clock | None = None) -> tuple[Guard, Access]:
    metrics.register()
    access = Access(Settings(console_password=PASSWORD), clock or Clock())
    app = FastAPI()
    app.state.access = access
    app.include_router(doors.router)
    app.mount("/static", doors.static)

    @app.get("/customer/{number}")
    def customer(number: int) -> dict[str, int]:
        return {"number": number}

    return Guard(app, access), access


def ask(guard: Guard, method: str, path: str, **more: Any) -> httpx2.Response:
    async def asked() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=guard), base_url=HOST) as client:
            return await client.request(method, path, **more)

    return asyncio.run(asked())


def log_in(guard: Guard, password: str = PASSWORD, **fields: str) -> httpx2.Response:
    return ask(guard, "POST", "/login", data={"password": password, **fields}, headers={"Origin": HOST})


def test_a_browser_without_a_session_is_sent_to_the_form_and_back_again() -> None:
    guard, _ = guarded()
    sent = ask(guard, "GET", "/customer/7?tab=1", headers={"Accept": "text/html"})
    assert sent.status_code == 303
    assert sent.headers["location"] == "/login?next=%2Fcustomer%2F7%3Ftab%3D1"
    form = ask(guard, "GET", sent.headers["location"])
    assert form.status_code == 200
    assert 'value="/customer/7?tab=1"' in form.text
    inside = log_in(guard, next="/customer/7?tab=1")
    assert inside.status_code == 303
    assert inside.headers["location"] == "/customer/7?tab=1"
    cookie = inside.headers["set-cookie"].partition(";")[0]
    assert ask(guard, "GET", "/customer/7", headers={"Cookie": cookie}).json() == {"number": 7}


def test_others_than_browsers_are_told() -> None:
    assert ask(guarded()[0], "GET", "/customer/7").status_code == 401


def test_what_everybody_may_see_is_little() -> None:
    guard, _ = guarded()
    for path in ("/healthz", "/login", "/static/console.css", "/static/theme.js"):
        assert ask(guard, "GET", path).status_code == 200, path
    for path in ("/static/flow.js", "/_nicegui/components", "/static/../access.py"):
        assert ask(guard, "GET", path).status_code == 401, path


def test_a_wrong_password_is_said_and_guessing_is_slow() -> None:
    clock = Clock()
    guard, _ = guarded(clock)
    first = log_in(guard, "a guess")
    assert first.status_code == 401
    assert "That is not the password" in first.text
    assert "set-cookie" not in first.headers
    log_in(guard, "another")
    assert log_in(guard).status_code == 429
    clock.now += 1.5
    assert log_in(guard).status_code == 303


@pytest.mark.parametrize("where", ["https://elsewhere", "//elsewhere", "/\\elsewhere", "elsewhere", "/a\nb", "\x00"])
def test_nobody_is_sent_elsewhere(where: str) -> None:
    assert log_in(guarded()[0], next=where).headers["location"] == "/"


def test_a_form_of_another_page_is_refused() -> None:
    guard, _ = guarded()
    for origin in ("http://elsewhere:1", "null"):
        answer = ask(guard, "POST", "/login", data={"password": PASSWORD}, headers={"Origin": origin})
        assert answer.status_code == 403


@pytest.mark.parametrize("headers", [{"Content-Length": "999999999999"}, {"Transfer-Encoding": "chunked"}])
def test_a_stranger_sends_no_more_than_a_form(headers: dict[str, str]) -> None:
    async def asked() -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=guarded()[0]), base_url=HOST) as client:
            request = client.build_request("POST", "/login", content=b"", headers=headers)
            return await client.send(request)

    assert asyncio.run(asked()).status_code == 413


def test_leaving_takes_the_session_back() -> None:
    guard, access = guarded()
    cookie = access.session().partition(";")[0]
    answer = ask(guard, "POST", "/logout", headers={"Cookie": cookie, "Origin": HOST})
    assert answer.headers["set-cookie"].endswith("Max-Age=0")


@pytest.mark.parametrize(("chosen", "kept"), [("dark", True), ("light", True), ("pink", False)])
def test_a_theme_is_kept_if_it_is_one(chosen: str, kept: bool) -> None:
    guard, access = guarded()
    headers = {"Cookie": access.session().partition(";")[0], "Origin": HOST}
    answer = ask(guard, "POST", "/theme", data={"to": chosen, "back": "/x"}, headers=headers)
    assert answer.headers["location"] == "/x"
    assert (f"c360_theme={chosen}" in answer.headers.get("set-cookie", "")) is kept


def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere() -> None:
    for path in ("/login", "/healthz", "/customer/7"):
        headers = ask(guarded()[0], "GET", path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "http" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_what_is_typed_into_the_address_is_escaped() -> None:
    form = ask(guarded()[0], "GET", "/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>alert" not in form.text


def connected(guard: Guard, headers: Mapping[str, str]) -> list[Message]:
    """What a web socket is answered."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.disconnect", "code": 1000}

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(scope: object, receive: object, send: Any) -> None:
        del scope, receive
        await send({"type": "websocket.accept"})

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "path": "/_nicegui_ws/socket.io/", "headers": raw, "query_string": b""}
    guard.app = app
    asyncio.run(guard(scope, receive, send))
    return sent


def test_a_web_socket_is_for_a_page_of_this_address_with_a_session() -> None:
    guard, access = guarded()
    session = {"Cookie": access.session().partition(";")[0], "Host": "console:1"}
    assert connected(guard, {**session, "Origin": HOST}) == [{"type": "websocket.accept"}]
    for refused in ({"Host": "console:1"}, {**session, "Origin": "http://elsewhere:1"}):
        assert connected(guard, refused) == [{"type": "websocket.close", "code": 1008}]
