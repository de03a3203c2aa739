"""A door in front of a schema registry that hides schemas, or answers nobody, until it is mended."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2

from schemas.settings import Settings
from schemas.tls import asking


@dataclass
class Gate:
    """`hidden`: ids of schemas that it says the registry does not know; `schemas`: texts that it gives for some ids.

    `away`: the status that everybody gets; 0 is none, they are cut off.
    """

    url: str = ""
    hidden: set[int] = field(default_factory=set)
    schemas: dict[int, str] = field(default_factory=dict)
    away: int | None = None

    def mend(self) -> None:
        """All is as the registry has it."""
        self.hidden.clear()
        self.schemas.clear()
        self.away = None


@contextlib.contextmanager
def gate(settings: Settings) -> Iterator[Gate]:
    """In front of these settings' registry."""
    made = Gate()
    with httpx2.Client(auth=settings.registry_login, verify=asking(settings.tls_ca), timeout=30) as client:

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = self.headers.get("Content-Type", "application/json")
                if made.away is not None:
                    self.close_connection = not made.away
                    return self._answer(made.away, b"{}", kind) if made.away else None
                if self.path.partition("?")[0].endswith(tuple(f"/schemas/ids/{number}" for number in made.hidden)):
                    return self._answer(404, b'{"error_code": 40403, "message": "Schema not found"}', kind)
                for number, text in made.schemas.items():
                    if self.path.partition("?")[0].endswith(f"/schemas/ids/{number}"):
                        return self._answer(200, json.dumps({"schema": text}).encode(), kind)
                url, headers = settings.registry_url + self.path, {"Content-Type": kind}
                found = client.request(self.command, url, content=body, headers=headers)
                return self._answer(found.status_code, found.content, found.headers.get("Content-Type", kind))

            do_GET = do_POST = do_PUT = _pass  # noqa: N815 - the names the base class looks for

            def _answer(self, code: int, body: bytes, kind: str) -> None:
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: what it answers is what the test is about."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield made
        finally:
            server.shutdown()
            server.server_close()
