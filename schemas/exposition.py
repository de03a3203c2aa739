"""Serves a process's metrics on a thread: few connections, each for one short question and a few seconds."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder, make_wsgi_app

log = logging.getLogger(__name__)

#: Connections at once; one more, and the oldest is closed.
MOST_CONNECTIONS = 64
#: Bytes of a question, and the seconds in which it must be asked and its answer be taken.
LONGEST_QUESTION = 1 << 14
SECONDS = 10.0

#: From the port of the first stream processor to those of the next on this network: the ports between are other parts'.
WORKERS_APART, MORE_WORKERS = 100, 15

#: Environment of WSGI to status, headers and body.
Answering = Callable[[dict[str, str]], tuple[str, list[tuple[str, str]], bytes]]


def worker_ports(port: int) -> list[int]:
    """Where the first stream processor serves its metrics, and where more of them do."""
    more = range(port + WORKERS_APART, port + WORKERS_APART + MORE_WORKERS)
    return [port, *(one for one in more if one < 1 << 16)]


def serve_metrics(port: int, host: str, registry: CollectorRegistry = REGISTRY) -> int:
    """Answers GET on that address from now on, until the process ends; gives the port, which 0 leaves to the system.

    Raises:
        OSError: the port cannot be used.
    """
    family = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    listening = socket.create_server((host, port), family=family, backlog=MOST_CONNECTIONS)
    exposition = Exposition(registry)
    threading.Thread(target=lambda: asyncio.run(exposition.serve(listening)), name="metrics", daemon=True).start()
    return int(listening.getsockname()[1])


class Exposition:
    """The server. All but the collecting is on one event loop."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._answer = _answering(registry)
        # One after the other: an impatient crowd must not take the cores from what is measured.
        self._collecting = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._open: dict[asyncio.Task[None], None] = {}  # the oldest first

    async def serve(self, listening: socket.socket) -> None:
        """Answers until it is cancelled."""
        server = await asyncio.start_server(self._connected, sock=listening, limit=LONGEST_QUESTION)
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = None
        if len(self._open) > MOST_CONNECTIONS:
            oldest = next(iter(self._open))
            del self._open[oldest]
            oldest.cancel()
        try:
            async with asyncio.timeout(SECONDS):
                await self._converse(reader, writer)
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError) as error:
            log.debug("a connection for metrics is closed: %s", error or type(error).__name__)
        finally:
            writer.transport.abort()
            self._open.pop(task, None)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            writer.write(_written("431 Request Header Fields Too Large", [], b""))
            await writer.drain()
            return
        except asyncio.IncompleteReadError:
            return
        environment = _environment(head)
        if environment is None:
            answer = _written("400 Bad Request", [], b"")
        else:
            loop = asyncio.get_running_loop()
            answer = _written(*await loop.run_in_executor(self._collecting, self._answer, environment))
            if environment["REQUEST_METHOD"] == "HEAD":
                answer = answer[: answer.index(b"\r\n\r\n") + 4]
        writer.write(answer)
        await writer.drain()


def _answering(registry: CollectorRegistry) -> Answering:
    application = make_wsgi_app(registry)

    def answer(environment: dict[str, str]) -> tuple[str, list[tuple[str, str]], bytes]:
        started: list[Any] = []
        if not _is_version(environment.get("HTTP_ACCEPT", "")):
            environment = {name: value for name, value in environment.items() if name != "HTTP_ACCEPT"}
        asked = environment | ({"REQUEST_METHOD": "GET"} if environment["REQUEST_METHOD"] == "HEAD" else {})
        try:
            body = b"".join(application(asked, lambda *words: started.extend(words)))
        except Exception:  # whatever a collector asks may be away: a scraper sees that, and the log says why
            log.exception("the metrics cannot be collected")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return f"{status.value} {status.phrase}", [], b""
        return started[0], started[1], body

    return answer


def _is_version(accept: str) -> bool:
    """Whether the library can read which version is wanted: one that has words in it, it compares with numbers."""
    try:
        choose_encoder(accept)
    except (ValueError, TypeError, IndexError):
        return False
    return True


def _environment(head: bytes) -> dict[str, str] | None:
    """What WSGI says of a request; None where it is none."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[0].isalpha() or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        return None
    path, _, query = words[1].partition("?")
    headers = {}
    for line in filter(None, lines[1:]):
        name, colon, value = line.partition(":")
        if not colon or not name or not name.isascii() or name != name.strip():
            return None
        headers[f"HTTP_{name.upper().replace('-', '_')}"] = value.strip()
    return headers | {"REQUEST_METHOD": words[0], "PATH_INFO": path, "QUERY_STRING": query}


def _written(status: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
