"""Connections of the engine, kept open under what was set on them: opening and setting one costs about 2 ms."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sinks.embedded.engine import Connection, Engine
from sinks.embedded.users import User


@dataclass(frozen=True)
class Key:
    """What a connection was made for."""

    user: User
    database: str
    settings: tuple[tuple[str, str], ...]


def key(user: User, database: str, settings: Mapping[str, str]) -> Key:
    """The key of a user's connection with these settings."""
    return Key(user, database, tuple(sorted(settings.items())))


class Pool:
    """Lends connections; each runs one query at a time. Used from the engine's threads."""

    def __init__(self, engine: Engine, keep: int = 32) -> None:
        self._engine = engine
        self._keep = keep
        self._idle: OrderedDict[Key, list[Connection]] = OrderedDict()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def lend(self, wanted: Key, *, keep: bool = True) -> Iterator[Connection]:
        """A connection for as long as it lasts; one that failed is not used again, nor any without `keep`.

        Raises:
            RuntimeError: the engine refuses the database or a setting.
        """
        connection = self._take(wanted) or self.open(wanted)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if keep:
            self._give(wanted, connection)
        else:
            connection.close()

    def open(self, wanted: Key) -> Connection:
        """A new connection, which the caller closes."""
        connection = self._engine.connect(wanted.user.role)
        try:
            connection.query(f"USE {quote_name(wanted.database)}")
            if wanted.settings:
                connection.query(
                    f"SET {', '.join(f'{quote_name(n)} = {quote(v)}' for n, v in in_order(wanted.settings))}"
                )
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Closes what is idle."""
        with self._lock:
            for connections in self._idle.values():
                for connection in connections:
                    connection.close()
            self._idle.clear()

    def _take(self, wanted: Key) -> Connection | None:
        with self._lock:
            connections = self._idle.get(wanted)
            if not connections:
                return None
            self._idle.move_to_end(wanted)
            return connections.pop()

    def _give(self, wanted: Key, connection: Connection) -> None:
        with self._lock:
            self._idle.setdefault(wanted, []).append(connection)
            self._idle.move_to_end(wanted)
            surplus = sum(len(connections) for connections in self._idle.values()) - self._keep
            for old in list(self._idle):
                while surplus > 0 and self._idle[old]:
                    self._idle[old].pop(0).close()
                    surplus -= 1
                if not self._idle[old]:
                    del self._idle[old]


def in_order(settings: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """`readonly` last: nothing can be set behind it."""
    return sorted(settings, key=lambda item: item[0] == "readonly")


def quote(value: str) -> str:
    """A string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def quote_name(name: str) -> str:
    """A quoted identifier."""
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
