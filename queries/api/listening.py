"""How the API and the web console listen: uvicorn, with bounds for the slow, and an end that waits for nobody."""

import asyncio
import contextlib
import functools
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from queries.api.live import Live
from queries.api.middleware import LONGEST_HEAD
from queries.api.places import Admission, Places
from queries.api.problems import MEDIA_TYPE, ProblemError
from schemas.serving import HANDSHAKE
from schemas.settings import Settings
from schemas.tls import serving
from schemas.variables import variable

#: Seconds for the head of a request, and for an answer to move on at all.
HEAD_SECONDS = 10.0
TAKING_SECONDS = 30.0
KEPT_SECONDS = 75
END_SECONDS = 3
#: Connections that may wait to be accepted.
BACKLOG = 2048


class Config(uvicorn.Config):
    """Uvicorn's, and the places that its connections share."""

    def __init__(self, app: ASGIApp, places: Places, **options: Any) -> None:
        super().__init__(app, **options)
        self.places = places


class Bounded(H11Protocol):
    """One connection. Whoever takes too long over a request's head, or stops taking an answer, is cut off.

    So is whoever has asked nothing for longest, when there is no place for another.
    """

    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(config, Config)
        self._places = config.places
        self._places.among(self.connections)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begins to wait for the first head."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, transport.abort)
        self._places.enter(self)

    def drop(self) -> None:
        """Ends it at once; it takes no place any more."""
        self.connections.discard(self)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Takes bytes; a head that is begun has its time from its first byte on."""
        super().data_received(data)
        waits = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        if waits and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.abort)
        elif not waits:
            self._late = _stopped(self._late)
        self._note()

    def on_response_complete(self) -> None:
        """Waits for another request, unless there is one already."""
        super().on_response_complete()
        self._note()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the timers."""
        self._late, self._stuck = _stopped(self._late), _stopped(self._stuck)
        super().connection_lost(exc)
        self._note()

    def _note(self) -> None:
        """Who has a request under way keeps its place; one whose body is still to come has said too little for that."""
        asks = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        # What has become a web socket is no connection of this kind any more.
        if asks or self not in self.connections:
            self._places.leave(self)
        else:
            self._places.wait(self)

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self._stuck = self.loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """It takes more again."""
        self._stuck = _stopped(self._stuck)
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no request, or one with too long a head."""
        problem = ProblemError("bad-request", f"{msg} A request's head may have {LONGEST_HEAD >> 10} KiB.")
        body = problem.body("", "")
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        pieces = (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"), h11.Data(data=body),
            h11.EndOfMessage(),
        )  # fmt: skip
        self.transport.write(b"".join(self.conn.send(piece) or b"" for piece in pieces))
        self.transport.close()


@dataclass(frozen=True)
class Door:
    """Where a server listens and with which certificate: the settings that begin with its name, `api` or `console`."""

    name: str
    host: str
    port: int
    metrics_port: int
    certificate: str
    key: str
    url: str

    @classmethod
    def of(cls, settings: Settings, name: str) -> "Door":
        """That of an installation."""
        fields = ("host", "port", "metrics_port", "tls_certificate", "tls_key", "url")
        return cls(name, *(getattr(settings, f"{name}_{field}") for field in fields))

    def variable(self, field: str) -> str:
        """What one of its settings is called in the environment."""
        return variable(f"{self.name}_{field}")


class Server(uvicorn.Server):
    """Ends within seconds of a signal, readers of live alerts included, and with the code of one who meant to."""

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask for an end; uvicorn's own would kill the process with them afterwards."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's on sockets, which has no word for how long a TLS handshake may take."""
        assert sockets is not None
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise SystemExit(STARTUP_FAILURE)
        entrance = functools.partial(
            Bounded, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        loop, context = asyncio.get_running_loop(), self.config.ssl
        self.servers = [
            await loop.create_server(
                entrance, sock=one, ssl=context, ssl_handshake_timeout=HANDSHAKE if context else None, backlog=BACKLOG
            )
            for one in sockets
        ]
        self.started = True

    async def shutdown(self, sockets: object = None) -> None:
        """Lets readers go first: uvicorn waits for what is being answered."""
        self._live.end()
        await super().shutdown(sockets)  # type: ignore[arg-type]  # passed on as it is


def listening(host: str, port: int) -> socket.socket:
    """The port, taken before anything else begins.

    Of TCP by name: what a connection is accepted from says its protocol, and asyncio sends at once on those alone that
    say TCP. On others each answer waits 40 ms for the client's acknowledgement.

    Raises:
        OSError: it cannot be had.
    """
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(BACKLOG)
    except OSError:
        taken.close()
        raise
    return taken


def server(app: ASGIApp, live: Live, door: Door, connections: int, **options: Any) -> Server:
    """What answers with `app` on that door, not yet listening; `options` are more of uvicorn's.

    Raises:
        SettingError: the certificate cannot be used.
    """
    places = Places(connections)
    config = Config(
        Admission(app, places),
        places,
        host=door.host,
        port=door.port,
        http=Bounded,
        lifespan="on",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
        backlog=BACKLOG,
        **options,
    )
    context = serving(door.certificate, door.key, (door.variable("tls_certificate"), door.variable("tls_key")))
    config.load()
    config.ssl = context
    return Server(config, live)


def _stopped(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """What is kept in a timer's place."""
    if timer is not None:
        timer.cancel()
    return None
