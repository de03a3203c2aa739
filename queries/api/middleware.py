"""Around every request: its id, its bounds, its end when the client goes away, its place in metrics and log."""

import asyncio
import logging
import re
import time
import uuid

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from queries.api import metrics
from queries.api.problems import MEDIA_TYPE, ProblemError

log = logging.getLogger("queries.api")

#: What a caller's own id may be; another is replaced.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
#: Bytes of a request's path, query and headers.
LONGEST_HEAD = 16 << 10
#: Routes whose answers have no end.
ENDLESS = {"/v1/alerts/live"}


class Requests:
    """The outermost layer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or passes the beginning and end of the process on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Request(self._app, scope, receive, send).answer()


class _Request:
    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._headers = dict(scope["headers"])
        given = self._headers.get(b"x-request-id", b"")
        self.id = given.decode() if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.id
        self._status = 0
        self._gone = asyncio.Event()
        self._asked = self._complete = False

    async def answer(self) -> None:
        """Answers, or breaks off when the client has gone."""
        began = time.perf_counter()
        if self._head_bytes() > LONGEST_HEAD:
            words = f"Path, query and headers may have {LONGEST_HEAD >> 10} KiB together."
            await self._refuse(ProblemError("head-too-large", words), closing=True)
        elif self._headers.get(b"content-length", b"0").strip(b"0") or b"transfer-encoding" in self._headers:
            await self._refuse(ProblemError("body-too-large", "Nothing here takes a body: leave it out."), closing=True)
        else:
            await self._answer_or_end()
        route = getattr(self._scope.get("route"), "path", "none")
        metrics.requests().labels(route, self._status or "ended").inc()
        if route not in ENDLESS:
            metrics.latency().labels(route).observe(time.perf_counter() - began)

    def _head_bytes(self) -> int:
        """What a server takes at once may be longer than what it would wait for."""
        words = sum(len(name) + len(value) for name, value in self._scope["headers"])
        return words + len(self._scope["query_string"]) + len(self._scope["path"])

    async def _answer_or_end(self) -> None:
        answering = asyncio.create_task(self._answer())
        leaving = asyncio.create_task(self._wait_until_gone())
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                metrics.ended().inc()
        finally:
            for task in (answering, leaving):
                task.cancel()
            await asyncio.wait({answering, leaving})
        if not answering.cancelled():
            answering.result()

    async def _answer(self) -> None:
        try:
            await self._app(self._scope, self._next, self._forward)
        except Exception:
            # Starlette answers what nobody has foreseen (with a problem: _unforeseen), and then says what it was.
            log.exception("request %s: %s %s", self.id, self._scope["method"], self._scope["path"])
            if not self._complete:
                raise

    async def _next(self) -> Message:
        """What the application hears: no body, and then whether the client has gone."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _wait_until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()

    async def _forward(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            own = [(b"x-request-id", self.id.encode()), (b"x-content-type-options", b"nosniff")]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        self._complete = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)

    async def _refuse(self, problem: ProblemError, *, closing: bool = False) -> None:
        body = problem.body(self._scope["path"], self.id)
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(body)), **problem.headers}
        if closing:
            headers["Connection"] = "close"
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._forward({"type": "http.response.start", "status": problem.status, "headers": pairs})
        await self._forward({"type": "http.response.body", "body": body})
