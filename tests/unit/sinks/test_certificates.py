"""When certificates end: of files, of servers, and of what is neither."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from schemas.settings import Settings
from sinks.certificates import expiries
from tests.support.certificates import make_certificates

ENDS = dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """An https server with a certificate that ends at ENDS; gives its port."""
    made = make_certificates(tmp_path, ENDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate, made.key)
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving.server_port
        serving.shutdown()
        thread.join()


def test_of_a_file(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, ENDS)
    settings = Settings(bolt_tls_certificate=str(made.certificate), bolt_tls_key=str(made.key))
    assert expiries(settings) == {str(made.certificate): ENDS.timestamp()}


def test_of_a_server_though_nobody_vouches_for_it(server: int) -> None:
    settings = Settings(clickhouse_url=f"https://127.0.0.1:{server}", clickhouse_reader_password="x")
    assert expiries(settings) == {f"127.0.0.1:{server}": ENDS.timestamp()}


def test_what_cannot_be_looked_at_is_said_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    settings = Settings(bolt_tls_certificate=str(tmp_path / "empty.pem"), schema_registry_url="https://127.0.0.1:1/x")
    assert expiries(settings) == {}
    assert "empty.pem" in caplog.text
    assert "127.0.0.1:1" in caplog.text


def test_without_tls_there_are_none() -> None:
    assert expiries(Settings()) == {}
