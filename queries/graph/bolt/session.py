"""One client's session: which message may come when, and what is answered. Knows no sockets and no ClickHouse.

Source: https://neo4j.com/docs/bolt/current/bolt/server-state/
"""

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from queries.graph.bolt import messages, metrics
from queries.graph.bolt.access import Access
from queries.graph.bolt.builtin import AGENT
from queries.graph.bolt.faults import FORBIDDEN, INVALID, Fault
from queries.graph.bolt.handshake import Version
from queries.graph.bolt.messages import Request
from queries.graph.bolt.outbox import Outbox
from queries.graph.bolt.transaction import Answering, Options, Taken, Transaction

#: Seconds within which drivers may expect to hear something while they wait.
RECEIVE_SECONDS = 60
ROUTING_SECONDS = 300
_DIAGNOSTICS = {"OPERATION": "", "OPERATION_CODE": "0", "CURRENT_SCHEMA": "/"}


class State(enum.Enum):
    """The protocol's states of a server."""

    NEGOTIATION = enum.auto()
    AUTHENTICATION = enum.auto()
    READY = enum.auto()
    STREAMING = enum.auto()
    TX_READY = enum.auto()
    TX_STREAMING = enum.auto()
    FAILED = enum.auto()
    DEFUNCT = enum.auto()


S = State
#: In which states a message may come.
ALLOWED: Mapping[int, frozenset[State]] = {
    messages.HELLO: frozenset({S.NEGOTIATION}),
    messages.LOGON: frozenset({S.AUTHENTICATION}),
    messages.LOGOFF: frozenset({S.READY}),
    messages.RUN: frozenset({S.READY, S.TX_READY, S.TX_STREAMING}),
    messages.PULL: frozenset({S.STREAMING, S.TX_STREAMING}),
    messages.DISCARD: frozenset({S.STREAMING, S.TX_STREAMING}),
    messages.BEGIN: frozenset({S.READY}),
    messages.COMMIT: frozenset({S.TX_READY}),
    messages.ROLLBACK: frozenset({S.TX_READY, S.TX_STREAMING}),
    messages.ROUTE: frozenset({S.READY}),
    messages.TELEMETRY: frozenset({S.READY}),
}
#: The version that first knew a message.
SINCE: Mapping[int, Version] = {messages.LOGON: (5, 1), messages.LOGOFF: (5, 1), messages.TELEMETRY: (5, 4)}


@dataclass(frozen=True)
class Speech:
    """How a connection speaks: the version, whether the client took it from the manifest, the server's own address."""

    version: Version
    manifest: bool
    address: str
    connection_id: str


class Session:
    """Answers requests, one after the other, into the outbox."""

    def __init__(self, speech: Speech, graph: Answering, access: Access, outbox: Outbox) -> None:
        self.state = State.NEGOTIATION
        self._speech = speech
        self._graph = graph
        self._access = access
        self._outbox = outbox
        self._transaction: Transaction | None = None
        self._inside = False
        self._handlers: dict[int, Callable[..., Awaitable[None]]] = {
            messages.HELLO: self._hello,
            messages.LOGON: self._logon,
            messages.LOGOFF: self._logoff,
            messages.RUN: self._run,
            messages.PULL: self._pull,
            messages.DISCARD: self._discard,
            messages.BEGIN: self._begin,
            messages.COMMIT: self._finish,
            messages.ROLLBACK: self._finish,
            messages.ROUTE: self._route,
            messages.TELEMETRY: self._telemetry,
        }

    @property
    def logged_on(self) -> bool:
        """Whether the client has shown its password."""
        return self._inside

    @property
    def over(self) -> bool:
        """Whether nothing more is answered."""
        return self.state is State.DEFUNCT

    async def handle(self, request: Request) -> None:
        """Answers one request; cancelled, it has answered nothing but whole rows."""
        if request.tag == messages.GOODBYE:
            self.state = State.DEFUNCT
            return
        if self.state is State.FAILED:
            self._outbox.put(messages.IGNORE)
            return
        try:
            self._expect_allowed(request)
            await self._handlers[request.tag](*request.fields)
        except Fault as fault:
            await self.fail(fault)

    async def fail(self, fault: Fault) -> None:
        """Answers with a failure; what is asked next is ignored until RESET, or the connection ends."""
        await self._end_transaction()
        metrics.failures().labels(fault.code).inc()
        self._outbox.put(messages.failure(fault.metadata(self._speech.version)))
        fatal = not self._inside or fault.code == INVALID
        self.state = State.DEFUNCT if fatal else State.FAILED

    def ignore(self) -> None:
        """Answers a request that a RESET has overtaken."""
        self._outbox.put(messages.IGNORE)

    async def reset(self) -> None:
        """Answers RESET: as if the client had just logged on."""
        if not self._inside:
            await self.fail(Fault(INVALID, "RESET cannot come before the client has logged on."))
            return
        await self._end_transaction()
        self.state = State.READY
        self._outbox.put(messages.success())

    async def close(self) -> None:
        """Ends what still runs and gives the session's place back."""
        self.state = State.DEFUNCT
        await self._end_transaction()
        if self._inside:
            self._inside = False
            self._access.leave()

    def _expect_allowed(self, request: Request) -> None:
        known = self._speech.version >= SINCE.get(request.tag, (0, 0))
        if not known or self.state not in ALLOWED[request.tag]:
            raise Fault(INVALID, f"{request.name} cannot come in the state {self.state.name}.")

    async def _hello(self, extra: Mapping[str, Any]) -> None:
        utc = self._speech.version < (5, 0) and "utc" in _strings(extra, "patch_bolt")
        if utc:
            self._outbox.patch_utc()
        if self._speech.version < (5, 1):
            self._enter(extra)
        else:
            self.state = State.AUTHENTICATION
        version = {"protocol_version": "{}.{}".format(*self._speech.version)} if self._speech.manifest else {}
        self._outbox.put(
            messages.success(
                server=AGENT,
                connection_id=self._speech.connection_id,
                hints={"connection.recv_timeout_seconds": RECEIVE_SECONDS, "telemetry.enabled": False},
                **version,
                **({"patch_bolt": ["utc"]} if utc else {}),
            )
        )

    async def _logon(self, token: Mapping[str, Any]) -> None:
        self._enter(token)
        self._outbox.put(messages.success())

    async def _logoff(self) -> None:
        self._inside = False
        self._access.leave()
        self.state = State.AUTHENTICATION
        self._outbox.put(messages.success())

    def _enter(self, token: Mapping[str, Any]) -> None:
        self._access.authenticate(token)
        self._access.enter()
        self._inside = True
        self.state = State.READY

    async def _begin(self, extra: Mapping[str, Any]) -> None:
        self._transaction = Transaction(self._graph, self._options(extra), explicit=True)
        self.state = State.TX_READY
        self._outbox.put(messages.success(**self._home(self._transaction)))

    async def _run(self, text: str, given: Mapping[str, Any], extra: Mapping[str, Any]) -> None:
        if self._transaction is None:
            self._transaction = Transaction(self._graph, self._options(extra), explicit=False)
        number, columns, milliseconds = await self._transaction.run(text, given)
        explicit = self._transaction.explicit
        self.state = State.TX_STREAMING if explicit else State.STREAMING
        more = {"qid": number} if explicit else self._home(self._transaction)
        self._outbox.put(messages.success(fields=columns, t_first=milliseconds, **more))

    async def _pull(self, extra: Mapping[str, Any]) -> None:
        assert self._transaction is not None
        count, number = _count(extra)
        await self._taken(await self._transaction.pull(count, number, self._outbox.rows))

    async def _discard(self, extra: Mapping[str, Any]) -> None:
        assert self._transaction is not None
        count, number = _count(extra)
        await self._taken(await self._transaction.discard(count, number))

    async def _taken(self, taken: Taken) -> None:
        assert self._transaction is not None
        if taken.more:
            self._outbox.put(messages.success(has_more=True))
            return
        if self._transaction.explicit:
            self.state = State.TX_STREAMING if self._transaction.streaming else State.TX_READY
        else:
            self._transaction, self.state = None, State.READY
        statuses = {"statuses": [_status(taken.rows)]} if self._speech.version >= (5, 6) else {}
        self._outbox.put(messages.success(type="r", t_last=taken.milliseconds, db=self._graph.databases[0], **statuses))

    async def _finish(self) -> None:
        await self._end_transaction()
        self.state = State.READY
        self._outbox.put(messages.success())

    async def _route(self, context: Mapping[str, Any], _: list[Any], extra: Mapping[str, Any]) -> None:
        database = self._options(extra).database
        asked = context.get("address")
        address = asked if isinstance(asked, str) and asked else self._speech.address
        servers = [{"addresses": [address], "role": role} for role in ("ROUTE", "READ", "WRITE")]
        table = {"ttl": ROUTING_SECONDS, "db": database or self._graph.databases[0], "servers": servers}
        self._outbox.put(messages.success(rt=table))

    async def _telemetry(self, _: int) -> None:
        self._outbox.put(messages.success())

    def _home(self, transaction: Transaction) -> dict[str, str]:
        """The database's name, for who did not say one and knows to be told."""
        told = self._speech.version >= (5, 8) and not transaction.options.database
        return {"db": self._graph.databases[0]} if told else {}

    def _options(self, extra: Mapping[str, Any]) -> Options:
        database, milliseconds = extra.get("db"), extra.get("tx_timeout")
        if not isinstance(database, str | None) or not isinstance(milliseconds, int | None):
            raise Fault(
                INVALID, f"db is a string and tx_timeout a whole number, not {database!r} and {milliseconds!r}."
            )
        if extra.get("imp_user"):
            raise Fault(FORBIDDEN, f"Nobody may ask as {extra['imp_user']!r} here.")
        self._graph.expect_database(database)
        return Options(database, milliseconds / 1000 if milliseconds else None)

    async def _end_transaction(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await transaction.close()


def _count(extra: Mapping[str, Any]) -> tuple[int, int]:
    count, number = extra.get("n"), extra.get("qid", -1)
    if type(count) is not int or type(number) is not int or count < -1 or count == 0:
        raise Fault(INVALID, f"n is a number of rows, or -1 for all, and qid a result's: not {count!r} and {number!r}.")
    return count, number


def _strings(extra: Mapping[str, Any], name: str) -> list[Any]:
    found = extra.get(name)
    return found if isinstance(found, list) else []


def _status(rows: int) -> dict[str, Any]:
    code, words = ("00000", "note: successful completion") if rows else ("02000", "note: no data")
    return {"gql_status": code, "status_description": words, "diagnostic_record": _DIAGNOSTICS}
