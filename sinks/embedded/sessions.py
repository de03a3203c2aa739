"""HTTP sessions: a connection that keeps its temporary tables and SET settings between requests."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

from sinks.embedded.engine import Connection
from sinks.embedded.faults import SESSION_IS_LOCKED, SESSION_NOT_FOUND, ServerError
from sinks.embedded.pool import Key, Pool, in_order, key, quote, quote_name
from sinks.embedded.users import User


class Session:
    """One session of one user. The writer's has its own connection; the reader has nothing to keep."""

    def __init__(self, user: User, timeout: float) -> None:
        self.user = user
        self.timeout = timeout
        self.expires = 0.0
        self.busy = False
        self._connection: Connection | None = None
        self._database = ""
        self._applied: dict[str, str] = {}
        self._before: dict[str, str] = {}

    @contextlib.contextmanager
    def connection(self, pool: Pool, wanted: Key, *, set_database: bool) -> Iterator[Connection]:
        """The session's connection with a request's settings over its own. Used from the engine's threads.

        Args:
            set_database: the request names its database; otherwise what USE has set goes on.
        """
        if not self.user.may_write:
            with pool.lend(wanted) as connection:
                yield connection
            return
        if self._connection is None:
            self._connection = pool.open(key(self.user, wanted.database, self.user.settings({})))
        elif set_database and wanted.database != self._database:
            self._connection.query(f"USE {quote_name(wanted.database)}")
        if set_database:
            self._database = wanted.database
        usual = self.user.settings({}).items()
        self._apply(self._connection, {n: v for n, v in wanted.settings if (n, v) not in usual})
        yield self._connection

    def forget_database(self) -> None:
        """To be called after a USE."""
        self._database = ""

    def close(self) -> None:
        """Drops what the session kept."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _apply(self, connection: Connection, settings: Mapping[str, str]) -> None:
        """Sets what a request asks for and unsets what only the one before it asked for."""
        if settings == self._applied:
            return
        undo = {name: value for name, value in self._before.items() if name not in settings}
        if undo:
            connection.query("SET " + ", ".join(f"{quote_name(name)} = {value}" for name, value in undo.items()))
        new = [name for name in settings if name not in self._before]
        self._before = {name: value for name, value in self._before.items() if name in settings}
        self._before |= {name: _current(connection, name) for name in new}
        self._applied = {}
        if settings:
            pairs = in_order(tuple(settings.items()))
            connection.query("SET " + ", ".join(f"{quote_name(name)} = {quote(value)}" for name, value in pairs))
        self._applied = dict(settings)


def _current(connection: Connection, name: str) -> str:
    """A setting's value as SET takes it."""
    rows = connection.query(f"SELECT value, changed FROM system.settings WHERE name = {quote(name)}", "TSVRaw").bytes()
    value, _, changed = rows.decode().rstrip("\n").rpartition("\t")
    return quote(value) if changed == "1" else "DEFAULT"


class Sessions:
    """All sessions of this process. Used from the event loop alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sessions: dict[tuple[str, str], Session] = {}

    @contextlib.contextmanager
    def enter(self, user: User, session_id: str, timeout: float, *, must_exist: bool) -> Iterator[Session]:
        """The session, made if it is new, locked for as long as this lasts.

        Raises:
            ServerError: it does not exist though it must, or another request is using it.
        """
        self.expire()
        session = self._sessions.get((user.name, session_id))
        if session is None:
            if must_exist:
                raise ServerError(SESSION_NOT_FOUND, f"Session {session_id} not found")
            session = self._sessions[user.name, session_id] = Session(user, timeout)
        if session.busy:
            raise ServerError(SESSION_IS_LOCKED, f"Session {session_id} is locked by a concurrent client")
        session.busy = True
        session.timeout = timeout
        try:
            yield session
        finally:
            session.busy = False
            session.expires = self._clock() + session.timeout

    def expire(self) -> None:
        """Closes what nobody has used for its time."""
        now = self._clock()
        for name, session in list(self._sessions.items()):
            if not session.busy and session.expires < now:
                session.close()
                del self._sessions[name]

    def close(self) -> None:
        """Closes all of them."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
