"""More connections than there are places: whoever has asked nothing for longest goes, and who asks is answered."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from queries.api import listening
from queries.api.live import Live
from queries.api.places import RESERVED
from tests.support.certificates import make_certificates
from tests.support.ports import free_ports
from tests.unit.queries.api.fakes import KEY, api, settings
from tests.unit.queries.api.test_live import Topic, placed

MOST = 2 * RESERVED
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Place:
    """A server with few places, and its clients; `options` are those of the server."""

    def __init__(self, app: ASGIApp, live: Live, certificate: str = "", key: str = "", **options: str) -> None:
        (self.port,) = free_ports(1)
        door = listening.Door("api", "127.0.0.1", self.port, 0, certificate, key, "")
        self.server = listening.server(app, live, door, MOST, **{"ws": "none", **options})
        self._stack = contextlib.AsyncExitStack()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Place"]:
        """While it answers."""
        serving = asyncio.create_task(self.server.serve([listening.listening("127.0.0.1", self.port)]))
        async with self._stack:
            await until(lambda: self.server.started)
            yield self
        self.server.should_exit = True
        await serving

    async def connected(self, data: bytes = b"") -> Pair:
        """One more client, who has said this."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.callback(writer.close)
        writer.write(data)
        return reader, writer

    async def flood(self, data: bytes, *, answered: bool = False) -> None:
        """Twice as many as there are places; each may have heard something, and then does no more."""
        for _ in range(2 * MOST):
            reader, _ = await self.connected(data)
            if answered:
                assert b" 200 " in await reader.readline()
        await until(lambda: len(self.server.server_state.connections) <= MOST)

    async def asked(self, path: str) -> bytes:
        """All that is answered on a connection of its own."""
        reader, _ = await self.connected(request(path, "Connection: close"))
        return await reader.read()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(600):
        while not condition():  # noqa: ASYNC110 - what is waited for knows no event
            await asyncio.sleep(0.01)


def request(path: str, *more: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", "Host: x", f"X-API-Key: {KEY}", *more, "", "")).encode()


@pytest.mark.parametrize(
    ("data", "answered"),
    [
        (b"", False),
        (b"GET /healthz HTTP/1.1\r\nX-Drip: ", False),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (request("/healthz") + request("/v1/reports")[:20], True),
    ],
    ids=["silent", "half a head", "idle after a request", "half a head after a request"],
)
def test_twice_as_many_connections_as_there_are_places(data: bytes, answered: bool) -> None:
    topic = Topic()
    live = Live(settings(), topic)

    async def run() -> None:
        async with Place(api(live=live), live).open() as place:
            stream, _ = await place.connected(request("/v1/alerts/live"))
            await stream.readuntil(b"retry: 3000")
            await place.flood(data, answered=answered)
            assert b" 200 " in await place.asked("/healthz")
            assert b" 200 " in await place.asked("/v1/reports")
            topic.news.put(placed(0, 1))
            await stream.readuntil(b'"alert_id":"0-1"')

    asyncio.run(run())


class Holding:
    """Answers once it is told to, a web socket with what it has heard; a body is waited for."""

    def __init__(self) -> None:
        self.inside = 0
        self.told = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": f"{(await receive())['type']}.complete"})
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"]})
        else:
            await self._answer(receive, send)

    async def _answer(self, receive: Receive, send: Send) -> None:
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        self.inside += 1
        await self.told.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})


def test_who_comes_when_all_places_are_busy_is_told_so_and_nobody_has_to_go() -> None:
    async def run() -> None:
        app = Holding()
        async with Place(app, Live(settings())).open() as place:
            busy = [(await place.connected(request("/")))[0] for _ in range(MOST - RESERVED)]
            await until(lambda: app.inside == len(busy))
            await place.flood(b"")
            head, _, body = (await place.asked("/somewhere")).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"content-type: application/problem+json" in head
            assert b"retry-after: 1" in head
            assert b'"type":"urn:c360:problem:busy"' in body
            assert b'"instance":"/somewhere"' in body
            app.told.set()
            assert {await one.readline() for one in busy} == {b"HTTP/1.1 200 OK\r\n"}
            assert b" 200 " in await place.asked("/")

    asyncio.run(run())


def test_bodies_that_never_come_are_no_requests_under_way() -> None:
    async def run() -> None:
        app = Holding()
        app.told.set()
        async with Place(app, Live(settings())).open() as place:
            await place.flood(request("/", "Content-Length: 10") + b"half")
            assert b" 200 " in await place.asked("/")

    asyncio.run(run())


def test_web_sockets_stay_and_no_more_come_than_may_be_busy() -> None:
    async def run() -> None:
        async with Place(Holding(), Live(settings()), ws="websockets-sansio").open() as place:
            url = f"ws://127.0.0.1:{place.port}/"
            async with contextlib.AsyncExitStack() as stack:
                sockets = [await stack.enter_async_context(connect(url)) for _ in range(MOST - RESERVED)]
                await place.flood(b"")
                with pytest.raises(InvalidStatus) as refused:
                    await connect(url)
                assert refused.value.response.status_code == 503
                assert refused.value.response.headers["content-type"] == "application/problem+json"
                for socket in sockets:
                    await socket.send("still here")
                assert {await socket.recv() for socket in sockets} == {"still here"}

    asyncio.run(run())


def test_a_tls_handshake_that_never_begins_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE", 0.2)
    made = make_certificates(tmp_path)

    async def run() -> None:
        live = Live(settings())
        async with Place(api(live=live), live, str(made.certificate), str(made.key)).open() as place:
            reader, _ = await place.connected()
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""

    asyncio.run(run())
