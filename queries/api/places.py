"""Who is connected: so many and no more. For one more goes whoever has asked nothing for longest."""

from collections.abc import Collection
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from queries.api.problems import MEDIA_TYPE, ProblemError

#: Places that are kept for whoever comes: not even requests under way take them.
RESERVED = 64


class Connection(Protocol):
    """What of one is asked here."""

    def drop(self) -> None:
        """Ends it, and with it its place."""


class Places:
    """The places of a server. Used from the event loop alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._connections: Collection[object] = ()
        # Those without a request, whoever has been so for longest first.
        self._waiting: dict[Connection, None] = {}

    def among(self, connections: Collection[object]) -> None:
        """Says where all connections are, those of web sockets too."""
        self._connections = connections

    @property
    def full(self) -> bool:
        """Whether requests, streams and web sockets under way have all places that they may have."""
        return len(self._connections) - len(self._waiting) > self._most - RESERVED

    def enter(self, connection: Connection) -> None:
        """Gives one that has come a place, somebody else's if there is no other."""
        self._waiting[connection] = None
        if len(self._connections) > self._most:
            longest = next(iter(self._waiting))
            if longest is not connection:
                self.leave(longest)
                longest.drop()

    def wait(self, connection: Connection) -> None:
        """Notes that no request of it is under way from now on."""
        self._waiting.setdefault(connection)

    def leave(self, connection: Connection) -> None:
        """Notes that it is under way with a request, or gone."""
        self._waiting.pop(connection, None)


class Admission:
    """Stands before everything: a request that there is no place for is told so, and when to come back."""

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app, self._places = app, places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, or refuses."""
        if scope["type"] == "lifespan" or not self._places.full:
            await self._app(scope, receive, send)
            return
        problem = ProblemError("busy", "As many requests and streams are under way as there may be. Try again later.")
        body = problem.body(scope["path"], "")
        headers = {
            "Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), "Connection": "close", **problem.headers
        }  # fmt: skip
        kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": f"{kind}.start", "status": problem.status, "headers": pairs})
        await send({"type": f"{kind}.body", "body": body})
