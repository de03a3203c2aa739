"""ClickHouse's HTTP interface over the embedded engine."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from sinks.embedded.access import LONG, Harmless, check_class, check_text
from sinks.embedded.answer import About, Answer, closing, refusal
from sinks.embedded.body import STATEMENT_TIMEOUT, Body
from sinks.embedded.engine import Connection, Engine
from sinks.embedded.execution import (
    QUERY_ID_SQL,
    USER_SQL,
    Executor,
    Running,
    Stats,
    Work,
    command,
    formatted,
    native_blocks,
    stats_of,
)
from sinks.embedded.faults import (
    ACCESS_DENIED,
    BAD_ARGUMENTS,
    NOT_IMPLEMENTED,
    READONLY,
    SOCKET_TIMEOUT,
    TOO_LARGE,
    UNKNOWN_FORMAT,
    ServerError,
)
from sinks.embedded.metrics import ERRORS, LATENCY, QUERIES, RECEIVED, RUNNING
from sinks.embedded.named import Named
from sinks.embedded.pipes import Pipe, forgotten
from sinks.embedded.pool import Key, Pool, key
from sinks.embedded.request import Request, read_request, text, with_fields
from sinks.embedded.room import Room, Share
from sinks.embedded.sessions import Session, Sessions
from sinks.embedded.statement import Insert, Statement, parse, parse_again, rewrite_kill
from sinks.embedded.users import INSERT_DEFAULTS, LONGEST_QUERY, User, Users
from sinks.embedded.writes import Writes

log = logging.getLogger("sinks.embedded")

#: Statements after which a connection is no longer what its key says.
_CHANGES_CONNECTION = {"SET", "USE", "BEGIN", "COMMIT", "ROLLBACK", "EXECUTE"}
#: Those that write definitions, or what is to be changed.
_DEFINES = {"ALTER", "ATTACH", "CREATE", "DELETE", "DETACH", "EXCHANGE", "RENAME", "REPLACE", "UPDATE"}

_queries = QUERIES.counter()
_latency = LATENCY.histogram()
_errors = ERRORS.counter()
_received = RECEIVED.counter()
_running = RUNNING.gauge()


class Server:
    """Answers requests until it is closed."""

    def __init__(self, engine: Engine, writes: Writes, users: Users, database: str) -> None:
        self._writes = writes
        self._users = users
        self._database = database
        self._pool = Pool(engine)
        self._sessions = Sessions()
        self._executor = Executor(engine)
        self._about = _about(engine)
        self._formats = {name.lower(): name for name in self._about.content_types}
        self._named = Named()
        self._room = Room()
        self._harmless = Harmless()
        self._selects: dict[str, tuple[Running, asyncio.Future[Stats]]] = {}
        _running.set_function(lambda: len(self._executor.running))

    def application(self) -> web.Application:
        """The routes."""
        application = web.Application()
        application.router.add_get("/ping", _ok)
        application.router.add_get("/replicas_status", _ok)
        application.router.add_route("*", "/", self.handle)
        return application

    async def close(self) -> None:
        """Ends what only reads and waits for the rest; call it once no request comes any more."""
        await self._executor.close()
        await forgotten()
        self._sessions.close()
        self._pool.close()

    async def end_selects(self) -> None:
        """Cancels every running SELECT."""
        await asyncio.gather(*(self._executor.cancel(*one) for one in list(self._selects.values())))

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """One request, whatever it asks."""
        request: Request | None = None
        if http.method not in {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_POST, hdrs.METH_PUT}:
            raise web.HTTPMethodNotAllowed(http.method, ["GET", "HEAD", "POST", "PUT"])
        share = self._room.share()
        try:
            request = read_request(http.query.items(), http.headers)
            user = self._users.authenticate(request.user, request.password)
            if http.content_type == "multipart/form-data":
                request = await _with_form(http, request, share)
            return await self._answer(http, request, user, share)
        except ServerError as error:
            _errors.labels(str(error.code)).inc()
            return refusal(error, self._about, request)
        finally:
            share.release()

    async def _answer(self, http: web.Request, request: Request, user: User, share: Share) -> web.StreamResponse:
        started = time.perf_counter()
        body = Body(http, request, share)
        kind = "other"
        try:
            sql, insert = await body.statement(user.longest_query(request.settings))
            if not sql.strip() and http.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
                return await _ok(http)
            with (
                self._executor.registered(request.query_id, user.name) as running,
                self._session(request, user) as held,
            ):
                if insert is not None:
                    kind = "insert"
                    return await self._insert(http, request, user, running, held, insert, body)
                statement = await _parsed(sql, user, request)
                kind = "select" if statement.streams else "command"
                return await self._run(http, request, user, running, held, statement)
        finally:
            _received.inc(body.received)
            _queries.labels(user.name, kind).inc()
            seconds = time.perf_counter() - started
            _latency.labels(kind).observe(seconds)
            self._named.observe(request.comment, seconds)

    @contextlib.contextmanager
    def _session(self, request: Request, user: User) -> Iterator[Session | None]:
        if not request.session_id:
            yield None
            return
        with self._sessions.enter(
            user, request.session_id, request.session_timeout, must_exist=request.session_check
        ) as session:
            yield session

    def _connection(
        self, request: Request, user: User, session: Session | None, *, keep: bool = True
    ) -> AbstractContextManager[Connection]:
        wanted: Key = key(user, request.database or self._database, user.settings(request.settings))
        if session is not None:
            return session.connection(self._pool, wanted, set_database=bool(request.database))
        return self._pool.lend(wanted, keep=keep)

    async def _run(
        self,
        http: web.Request,
        request: Request,
        user: User,
        running: Running,
        session: Session | None,
        statement: Statement,
    ) -> web.StreamResponse:
        output_format = self._format(statement, request)
        answer = Answer(http, request, self._about, output_format)
        get = http.method in {hdrs.METH_GET, hdrs.METH_HEAD}

        def checked(work: Work) -> Work:
            def run(connection: Connection) -> Stats:
                check_class(connection, user, statement.plain(), self._harmless, get=get)
                return work(connection)

            return run

        if not statement.streams:
            if statement.keyword in _DEFINES:
                self._writes.check_room()
            sql = rewrite_kill(statement, QUERY_ID_SQL, USER_SQL) if statement.keyword == "KILL" else statement.plain()
            keep = statement.keyword not in _CHANGES_CONNECTION and not statement.mentions("TEMPORARY")
            work = checked(command(running.tag + sql, output_format, request.parameters, request.revision))
            done = self._executor.submit(running, self._connection(request, user, session, keep=keep), work)
            stats = await self._settled(running, done)
            await asyncio.to_thread(self._writes.check)
            if session is not None and statement.keyword == "USE":
                session.forget_database()
            return await answer.whole(stats.body, stats)
        async with closing(Pipe()) as pipe:
            blocks = output_format == "Native" and request.revision > 0 and not statement.mentions("TOTALS")
            if blocks:
                sql = running.tag + statement.plain()
                work = native_blocks(sql, request.parameters, pipe, request.revision)
            else:
                work = formatted(running.tag, statement, output_format, request.parameters, pipe)
            done = self._executor.submit(running, self._connection(request, user, session), checked(work))
            done.add_done_callback(lambda _: pipe.close_writing())
            self._selects[running.query_id] = (running, done)
            try:
                return await answer.stream(pipe, done, wait_for_end=request.wait_end_of_query)
            except ConnectionError as error:
                log.info("query %s: the client has gone: %s", running.query_id, error)
                raise
            finally:
                if blocks:
                    pipe.close_reading()
                else:
                    pipe.forget()
                try:
                    await self._end(running, done)
                finally:
                    del self._selects[running.query_id]

    async def _insert(
        self,
        http: web.Request,
        request: Request,
        user: User,
        running: Running,
        session: Session | None,
        insert: Insert,
        body: Body,
    ) -> web.StreamResponse:
        if not user.may_write:
            raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges: this user may not INSERT")
        if http.method in {hdrs.METH_GET, hdrs.METH_HEAD}:
            raise ServerError(READONLY, "Cannot execute query in readonly mode. GET only reads: use POST")
        async with closing(Pipe()) as pipe:
            defaults = {name: value for name, value in INSERT_DEFAULTS.items() if name not in request.settings}
            sql = running.tag + insert.reading(pipe.input_path, defaults)

            def work(connection: Connection) -> Stats:
                return stats_of(connection.query(sql, "Null", params=request.parameters))

            done = self._executor.submit(running, self._connection(request, user, session), work)
            pump = asyncio.ensure_future(_pump(body.data(), pipe))
            try:
                await asyncio.wait((pump, done), return_when=asyncio.FIRST_COMPLETED)
                if pump.done():
                    pump.result()  # the body could not be read: nothing more may be stored
                    pipe.close_writing()
                stats = await asyncio.shield(done)
                await asyncio.to_thread(self._writes.check)
            finally:
                pump.cancel()
                await self._end(running, done, pipe.close_writing)
                pipe.close_writing()
        return await Answer(http, request, self._about, "TabSeparated").whole(b"", stats)

    async def _settled(self, running: Running, done: asyncio.Future[Stats]) -> Stats:
        try:
            return await asyncio.shield(done)
        finally:
            await self._end(running, done)

    async def _end(
        self, running: Running, done: asyncio.Future[Stats], once_killed: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing of a request goes on once it is over, even when it is cancelled again meanwhile."""
        if not done.done():
            await asyncio.shield(asyncio.ensure_future(self._executor.cancel(running, done, once_killed)))

    def _format(self, statement: Statement, request: Request) -> str:
        wanted = statement.output_format or request.default_format or "TabSeparated"
        if wanted.lower() not in self._formats:
            raise ServerError(UNKNOWN_FORMAT, f"Unknown format {wanted}")
        return self._formats[wanted.lower()]


async def _parsed(sql: str, user: User, request: Request) -> Statement:
    """The statement, if the user may ask it; a long one is read on a thread, so that it holds up no other request."""

    def read(parsed: Callable[[str], Statement]) -> Statement:
        statement = parsed(sql)
        check_text(user, statement, request.parameters)
        return statement

    return await asyncio.to_thread(read, parse) if len(sql) >= LONG else read(parse_again)


async def _pump(data: AsyncIterator[bytes], pipe: Pipe) -> None:
    async for piece in data:
        await pipe.write(piece)


async def _with_form(http: web.Request, request: Request, share: Share) -> Request:
    """The request with the fields of a form; `query` may be one of them."""
    words: dict[str, str] = {}
    room = LONGEST_QUERY
    try:
        async with asyncio.timeout(STATEMENT_TIMEOUT):
            async for part in await http.multipart():
                if not isinstance(part, BodyPartReader) or part.name is None or part.filename is not None:
                    raise ServerError(
                        NOT_IMPLEMENTED, "External tables are not implemented: use a temporary table in a session"
                    )
                field = await _field(part, room, share)
                words[text("The name of a field", part.name)] = field.decode()
                room -= len(field) + len(part.name)
    except TimeoutError:
        raise ServerError(SOCKET_TIMEOUT, f"The form was not there within {STATEMENT_TIMEOUT:g} s") from None
    except (ValueError, HttpProcessingError) as error:
        raise ServerError(BAD_ARGUMENTS, f"The form cannot be read: {error}") from None
    return with_fields(request, words)


async def _field(part: BodyPartReader, room: int, share: Share) -> bytes:
    """A field's content, of which no more is read than there is room for."""
    content = bytearray()
    while piece := await part.read_chunk():
        share.add(len(piece))
        content += piece
        if len(content) > room:
            raise ServerError(TOO_LARGE, f"A form may have {LONGEST_QUERY} bytes at most")
    return bytes(content)


async def _ok(_: web.Request) -> web.Response:
    return web.Response(text="Ok.\n", content_type="text/html", charset="UTF-8")


def _about(engine: Engine) -> About:
    version, name, timezone = engine.query("SELECT version(), displayName(), timezone()").decode().split()
    compression = engine.query("SELECT value FROM system.settings WHERE name = 'enable_http_compression'").strip()
    rows = engine.query("SELECT name, content_type FROM system.formats WHERE is_output", "TSVRaw").decode()
    formats = dict(line.split("\t", 1) for line in rows.splitlines())
    return About(version, name, timezone, compression == b"1", formats)
