"""Whose certificates ClickHouse's client trusts; the server here refuses every password, once it is trusted."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from schemas.clients import reader_client
from schemas.errors import SettingError, UnreachableError
from schemas.settings import Settings
from schemas.tls import serving
from tests.support.certificates import Certificates, make_certificates

NAMES = ("C360_TLS_CERTIFICATE", "C360_TLS_KEY")
REFUSAL = b"Code: 516. DB::Exception: c360_reader: Authentication failed. (AUTHENTICATION_FAILED)"


class Refusing(BaseHTTPRequestHandler):
    """Answers as ClickHouse does to a wrong password."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(403)
        self.send_header("X-ClickHouse-Exception-Code", "516")
        self.send_header("Content-Length", str(len(REFUSAL)))
        self.end_headers()
        self.wfile.write(REFUSAL)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Says nothing."""


@pytest.fixture
def authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Certificates]:
    """An own authority, and one that the system trusts."""
    made = {}
    for name in ("own", "system", "stranger"):
        (tmp_path / name).mkdir()
        made[name] = make_certificates(tmp_path / name)
    monkeypatch.setenv("SSL_CERT_FILE", str(made["system"].authority))
    return made


@pytest.fixture
def server(authorities: dict[str, Certificates], request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a server with a certificate of the authority that the test names."""
    made = authorities[request.param]
    context = serving(str(made.certificate), str(made.key), NAMES)
    assert context is not None
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        # A client that does not trust it ends the handshake, in the thread that serves.
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("own", "code: 516"),
        ("system", "code: 516"),
        ("stranger", "certificate verify failed"),
    ],
    indirect=["server"],
)
def test_an_authority_is_trusted_beside_those_of_the_system(
    authorities: dict[str, Certificates], server: str, said: str
) -> None:
    settings = Settings(
        clickhouse_url=server, clickhouse_reader_password="wrong", tls_ca=str(authorities["own"].authority)
    )
    with pytest.raises(UnreachableError, match=said):
        reader_client(settings)


def test_an_authority_that_is_none_is_named(tmp_path: Path) -> None:
    settings = Settings(
        clickhouse_url="https://127.0.0.1:1", clickhouse_reader_password="any", tls_ca=str(tmp_path / "none.pem")
    )
    with pytest.raises(SettingError, match="C360_TLS_CA"):
        reader_client(settings)
