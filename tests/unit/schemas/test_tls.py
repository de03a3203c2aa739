"""Files for TLS that cannot be used are named, with their setting and what to do."""

import gc
import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest
from cryptography import x509

from schemas.errors import SettingError
from schemas.tls import asking, connected_to_anyone, serving
from tests.support.certificates import make_certificates

NAMES = ("C360_TLS_CERTIFICATE", "C360_TLS_KEY")


def test_without_files_there_is_no_tls() -> None:
    assert serving("", "", NAMES) is None


@pytest.mark.parametrize("files", [("server.pem", ""), ("", "server.key")])
def test_a_certificate_and_its_key_go_together(files: tuple[str, str]) -> None:
    with pytest.raises(SettingError, match="C360_TLS_CERTIFICATE and C360_TLS_KEY go together"):
        serving(*files, NAMES)


def test_a_key_of_another_certificate(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    one, other = map(make_certificates, folders)
    assert isinstance(serving(str(one.certificate), str(one.key), NAMES), ssl.SSLContext)
    with pytest.raises(SettingError, match="cannot be used"):
        serving(str(one.certificate), str(other.key), NAMES)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(SettingError, match="C360_TLS_CA"):
        asking(str(path))


def test_an_authority_is_trusted_beside_those_of_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / name for name in ("own", "system")]
    for folder in folders:
        folder.mkdir()
    own, system = map(make_certificates, folders)
    # Where OpenSSL looks for what the system trusts.
    monkeypatch.setenv("SSL_CERT_FILE", str(system.authority))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert serials(asking("")) == {serial(system.authority)}
    assert serials(asking(str(own.authority))) == {serial(system.authority), serial(own.authority)}


def serials(context: ssl.SSLContext) -> set[int]:
    """Which certificates it trusts."""
    return {int(str(trusted["serialNumber"]), 16) for trusted in context.get_ca_certs()}


def serial(path: Path) -> int:
    return x509.load_pem_x509_certificate(path.read_bytes()).serial_number


def test_a_connection_that_is_reset_at_once_is_closed() -> None:
    """As by a server that is killed: of a socket that stays open Python warns, and that fails the test."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def reset() -> None:
            connection, _ = server.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        thread = threading.Thread(target=reset)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises((ConnectionError, ssl.SSLError)), connected_to_anyone("127.0.0.1", port, 5.0):
            pass
        thread.join()
    gc.collect()
