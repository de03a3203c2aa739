"""`POST /submitCypher`, as PuppyGraph has it: a query in, an object of Keys and Values for each row out.

Names of fields are those of the driver that PuppyGraph's answers are made with. Source:
https://docs.puppygraph.com/querying/querying-using-opencypher/ and its clients; money is a number, times ISO 8601.
"""

import asyncio
import base64
import datetime as dt
import json
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from queries.graph.bolt import metrics
from queries.graph.bolt.access import Access
from queries.graph.bolt.faults import BUSY, INVALID, TIMED_OUT, UNAUTHORIZED, UNAVAILABLE, Fault
from queries.graph.bolt.graph import Result
from queries.graph.bolt.transaction import BATCH, Answering
from queries.graph.elements import Node, Path, Relationship

LONGEST_BODY = 4 << 20
#: A body that is no JSON, nested without end, in no known charset, not packed as it says, or too long.
_UNREADABLE = (
    ValueError,
    RecursionError,
    LookupError,
    HttpProcessingError,
    web.RequestPayloadError,
    web.HTTPRequestEntityTooLarge,
)
_STATUS = {UNAUTHORIZED: 401, BUSY: 503, UNAVAILABLE: 503}


@dataclass(frozen=True)
class Limits:
    """Seconds for a request's body, and for which a client may take nothing of its answer: a place is held."""

    body_seconds: float = 30.0
    send_seconds: float = 60.0


class Submit:
    """The HTTP side. A request is a session: it takes a place while it lasts."""

    def __init__(self, graph: Answering, access: Access, limits: Limits = Limits()) -> None:
        self._graph = graph
        self._access = access
        self._limits = limits

    def application(self) -> web.Application:
        """The one route."""
        application = web.Application(client_max_size=LONGEST_BODY)
        application.router.add_post("/submitCypher", self.handle)
        return application

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answers one request."""
        try:
            self._authenticate(http)
            self._access.enter()
        except Fault as fault:
            return refusal(fault)
        try:
            return await self._answer(http)
        finally:
            self._access.leave()

    def _authenticate(self, http: web.Request) -> None:
        scheme, _, encoded = http.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:
            user = ""
        if scheme.lower() != "basic" or not user:
            raise Fault(UNAUTHORIZED, "A user and a password are needed: HTTP basic authentication.")
        self._access.check(user, password)

    async def _answer(self, http: web.Request) -> web.StreamResponse:
        asked = time.monotonic()
        try:
            text, given = await _asked(http, self._limits.body_seconds)
            result = await self._graph.run(text, given)
        except Fault as fault:
            return refusal(fault)
        try:
            rows = await result.batch(BATCH)
            metrics.first_row().observe(time.monotonic() - asked)
            return await self._stream(http, result, rows)
        except Fault as fault:
            return refusal(fault)
        finally:
            await result.close()

    async def _stream(self, http: web.Request, result: Result, rows: Sequence[Sequence[Any]]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json; charset=utf-8"})
        await response.prepare(http)
        opening = "["
        try:
            while rows:
                metrics.rows().inc(len(rows))
                words = ",".join(_written({"Values": row, "Keys": result.columns}) for row in rows)
                await self._taken(response.write((opening + words).encode()))
                opening = ","
                rows = await result.batch(BATCH)
            await self._taken(response.write(b"[]" if opening == "[" else b"]"))
        except Fault as fault:
            # It is too late for a status: a connection that breaks off is no complete answer.
            metrics.failures().labels(fault.code).inc()
            if http.transport is not None:
                http.transport.abort()
            return response
        await response.write_eof()
        return response

    async def _taken(self, writing: Awaitable[None]) -> None:
        seconds = self._limits.send_seconds
        try:
            async with asyncio.timeout(seconds):
                await writing
        except TimeoutError:
            raise Fault(TIMED_OUT, f"The client took nothing of the answer for {seconds:g} s.") from None


def refusal(fault: Fault) -> web.Response:
    """The answer to a request that failed before it was answered."""
    metrics.failures().labels(fault.code).inc()
    status = _STATUS.get(fault.code) or (400 if fault.classification == "CLIENT_ERROR" else 500)
    headers = {"WWW-Authenticate": 'Basic realm="Cypher"'} if status == 401 else {}
    return web.json_response({"error": fault.message, "code": fault.code}, status=status, headers=headers)


async def _asked(http: web.Request, seconds: float) -> tuple[str, Mapping[str, Any]]:
    try:
        async with asyncio.timeout(seconds):
            body = json.loads(await http.text())
    except TimeoutError:
        raise Fault(INVALID, f"The body was not there within {seconds:g} s.") from None
    except _UNREADABLE:
        raise Fault(INVALID, f"The body is no JSON of at most {LONGEST_BODY >> 20} MiB.") from None
    text, given = (body.get("query"), body.get("parameters") or {}) if isinstance(body, dict) else (None, {})
    if not isinstance(text, str) or not isinstance(given, dict):
        raise Fault(INVALID, 'The body is {"query": "MATCH ...", "parameters": {...}}; parameters may be left out.')
    return text, given


def _written(row: Mapping[str, Any]) -> str:
    return json.dumps(row, default=_replaced, separators=(",", ":"), ensure_ascii=False)


def _replaced(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, Node):
        return {"Id": value.id, "ElementId": value.element_id, "Labels": value.labels, "Props": value.properties}
    if isinstance(value, Relationship):
        return {
            "Id": value.id,
            "ElementId": value.element_id,
            "StartId": value.start,
            "StartElementId": value.start_element_id,
            "EndId": value.end,
            "EndElementId": value.end_element_id,
            "Type": value.type,
            "Props": value.properties,
        }
    if isinstance(value, Path):
        return {"Nodes": value.nodes, "Relationships": value.relationships}
    raise TypeError(type(value).__name__)
