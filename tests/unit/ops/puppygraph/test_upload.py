"""The upload against a server that speaks PuppyGraph's /schemajson and /schema on loopback."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ops.puppygraph.__main__ import main
from schemas.cli import exit_code
from schemas.settings import settings

PASSWORD, READER = "puppy's password", "reader's password"


class Server(ThreadingHTTPServer):
    """Keeps one view, as PuppyGraph does: takes it with a user and a password, and shows it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.view: dict[str, Any] = {}
        self.uploads = 0
        self.refusal: tuple[int, dict[str, Any]] | None = None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        assert self.path == "/schemajson"
        self._answer(200, self.server.view or {"Status": "Error", "Message": "unable to decode schema"})

    def do_POST(self) -> None:
        assert self.path == "/schema"
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refusal:
            return self._answer(*self.server.refusal)
        self.server.view = body
        self.server.uploads += 1
        return self._answer(200, {"Status": "OK", "Message": "Schema uploaded and gremlin server restarted"})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        expected = "Basic " + base64.b64encode(f"puppygraph:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] != expected:
            status, body = 401, {}
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Says nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("C360_PUPPYGRAPH_URL", f"http://127.0.0.1:{made.server_port}/")
        monkeypatch.setenv("C360_PUPPYGRAPH_PASSWORD", PASSWORD)
        monkeypatch.setenv("C360_CLICKHOUSE_READER_PASSWORD", READER)
        monkeypatch.setenv("C360_MAVEN_REPOSITORY", "http://127.0.0.1:1")
        settings.cache_clear()
        yield made
        settings.cache_clear()
        made.shutdown()
        thread.join()


def test_it_is_uploaded_once(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert [exit_code(main, []), exit_code(main, [])] == [0, 0]
    assert server.uploads == 1
    assert server.view["catalog"][0]["jdbc"]["password"] == READER
    assert capsys.readouterr().out.splitlines()[-1] == "PuppyGraph has this view already."


def test_it_is_uploaded_again_when_asked_to(server: Server) -> None:
    assert [exit_code(main, []), exit_code(main, ["--again"])] == [0, 0]
    assert server.uploads == 2


@pytest.mark.parametrize(
    "body", [{"Status": "Error", "Message": "no such table"}, {"ok": False, "message": "no such table"}]
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_said_without_the_password(
    server: Server, status: int, body: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    server.refusal = (
        status,
        {name: f"{READER}: {value}" if value is not False else value for name, value in body.items()},
    )
    assert exit_code(main, []) == 1
    said = capsys.readouterr().err
    assert "no such table" in said
    assert READER not in said


def test_a_wrong_password_is_not_tried_again(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("C360_PUPPYGRAPH_PASSWORD", "another")
    settings.cache_clear()
    assert exit_code(main, []) == 2
    assert "does not let puppygraph in" in capsys.readouterr().err
    assert server.uploads == 0


def test_one_that_does_not_answer_is_named(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("C360_PUPPYGRAPH_URL", "http://127.0.0.1:1")
    settings.cache_clear()
    assert exit_code(main, ["--wait", "0"]) == 1
    assert "PuppyGraph at http://127.0.0.1:1 does not answer" in capsys.readouterr().err
    assert server.uploads == 0
