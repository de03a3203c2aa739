"""The process: TLS, its metrics, settings that cannot be used."""

import ssl
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from queries.console.server import CONNECTIONS
from tests.integration.queries.console.server import PASSWORD, RunningConsole, console_server
from tests.integration.queries.process import idle, refusal, shown
from tests.support.certificates import make_certificates
from tests.support.ports import free_ports
from tests.support.waiting import GIVE_UP


def test_metrics_are_served_on_their_own_port(console: RunningConsole) -> None:
    with httpx2.Client(base_url=console.url, timeout=GIVE_UP) as client:
        assert client.post("/login", data={"password": PASSWORD}).status_code == 303
    assert 'c360_queries_console_logins_total{outcome="let_in"}' in shown(console.metrics_port)


def test_tls(console: RunningConsole, tmp_path: Path) -> None:
    made = make_certificates(tmp_path)
    files = {"console_tls_certificate": made.certificate, "console_tls_key": made.key}
    with console_server(console.engine, console.world, tmp_path, **files) as secured:
        trusted = ssl.create_default_context(cafile=str(made.authority))
        with httpx2.Client(base_url=secured.url, verify=trusted, timeout=GIVE_UP) as client:
            answer = client.post("/login", data={"password": PASSWORD})
            assert answer.status_code == 303
            assert "Secure" in answer.headers["set-cookie"]
        with httpx2.Client(base_url=secured.url) as client, pytest.raises(httpx2.ConnectError):
            client.get("/healthz")


def test_more_connections_than_there_are_places_leave_one_for_whoever_asks(console: RunningConsole) -> None:
    port = int(console.url.rpartition(":")[2])
    with idle(port, 2 * CONNECTIONS), httpx2.Client(base_url=console.url, timeout=GIVE_UP) as client:
        assert client.get("/healthz").status_code == 200
        assert client.post("/login", data={"password": PASSWORD}).status_code == 303
        assert client.get("/query").status_code == 200
    assert "Traceback" not in console.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"C360_CONSOLE_TLS_KEY": "/nowhere"}, 2, "go together"),
        ({"C360_CONSOLE_PASSWORD": ""}, 2, "C360_CONSOLE_PASSWORD is not set"),
        ({"C360_CONSOLE_PASSWORD": "short"}, 2, "has 5 characters, and needs 16 or more"),
        ({"C360_CONSOLE_PORT": "many"}, 2, "C360_CONSOLE_PORT"),
        ({}, 1, "cannot be used: "),
    ],
    ids=["half", "password", "short", "port", "taken"],
)
def test_what_cannot_be_used_is_one_clear_line(tmp_path: Path, given: dict[str, str], code: int, words: str) -> None:
    assert words in refusal("queries.console", tmp_path, {"C360_CONSOLE_PASSWORD": PASSWORD, **given}, code)


def test_the_command_says_where_it_is_and_never_the_password(console: RunningConsole, tmp_path: Path) -> None:
    def said(**given: str) -> subprocess.CompletedProcess[str]:
        environment = {"C360_HOME": str(tmp_path), "C360_CONSOLE_PORT": console.url.rpartition(":")[2], **given}
        command = [sys.executable, "-m", "ops.cli", "console"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=GIVE_UP, check=False)

    made = said()
    assert made.returncode == 0, made.stderr
    assert made.stdout == (
        f"The console answers at {console.url}.\nIts password stands in {tmp_path / 'secrets' / 'console'}.\n"
    )
    given = said(C360_CONSOLE_PASSWORD=PASSWORD)
    assert PASSWORD not in given.stdout
    assert "C360_CONSOLE_PASSWORD" in given.stdout
    away = said(C360_CONSOLE_PORT=str(free_ports(1)[0]))
    assert away.returncode == 1
    assert "does not answer. Start it ('c360 up')" in away.stderr
