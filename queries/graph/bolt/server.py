"""The listening side: takes connections in, as many as there is room for, and ends them all at the end."""

import asyncio
import itertools
import logging
import ssl

from queries.graph.bolt import metrics
from queries.graph.bolt.access import Access
from queries.graph.bolt.connection import Connection, Limits, keep_alive
from queries.graph.bolt.transaction import Answering
from schemas.settings import Settings
from schemas.tls import serving

log = logging.getLogger("queries.graph.bolt")

LOGIN_SECONDS = 10.0
#: Connections beyond the sessions, which may be logging on or be told that there is no room. One more, and whoever
#: has taken longest to log on is hung up on: who only holds a door open keeps nobody out.
WAITING = 64


class Server:
    """Bolt on one port."""

    def __init__(self, settings: Settings, graph: Answering, access: Access) -> None:
        self._settings = settings
        self._graph = graph
        self._access = access
        self._limits = Limits(LOGIN_SECONDS, settings.bolt_idle_seconds)
        self._connections: dict[asyncio.Task[None], Connection] = {}  # the oldest first
        self._numbers = itertools.count(1)
        self._listening: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens from now on.

        Raises:
            OSError: it cannot.
            SettingError: the certificate cannot be used.
        """
        context = tls(self._settings)
        self._listening = await asyncio.start_server(
            self._connected,
            self._settings.bolt_host,
            self._settings.bolt_port,
            ssl=context,
            ssl_handshake_timeout=LOGIN_SECONDS if context else None,
            limit=1 << 16,
        )

    async def close(self) -> None:
        """Ends all connections, and what they have running."""
        if self._listening is not None:
            self._listening.close()
        for task in self._connections:
            task.cancel()
        if self._connections:
            await asyncio.wait(self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = f"bolt-{next(self._numbers)}"
        if len(self._connections) >= self._settings.bolt_sessions + WAITING and not self._make_room():
            metrics.refused().labels("sessions").inc()
            log.info("%s: closed: %d connections are open", name, len(self._connections))
            writer.transport.abort()
            return
        keep_alive(writer.get_extra_info("socket"))
        task = asyncio.current_task()
        assert task is not None
        connection = Connection(reader, writer, self._graph, self._access, self._limits, name)
        self._connections[task] = connection
        try:
            await connection.serve()
        except asyncio.CancelledError:
            # Ended by close(), which waits for this, or for somebody else.
            writer.transport.abort()
        finally:
            self._connections.pop(task, None)

    def _make_room(self) -> bool:
        """Hangs up on the oldest of those that have not logged on; False when all have."""
        found = next((task for task, connection in self._connections.items() if not connection.logged_on), None)
        if found is None:
            return False
        metrics.refused().labels("sessions").inc()
        del self._connections[found]
        found.cancel()
        return True


def tls(settings: Settings) -> ssl.SSLContext | None:
    """What is needed to speak TLS; None where it is not asked for.

    Raises:
        SettingError: only one of the two files is named, or they cannot be used.
    """
    return serving(
        settings.bolt_tls_certificate,
        settings.bolt_tls_key,
        ("C360_BOLT_TLS_CERTIFICATE", "C360_BOLT_TLS_KEY"),
    )
