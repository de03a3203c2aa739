"""When certificates end: those in the files that settings name, and those of servers that are asked over https."""

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from schemas.settings import Settings
from schemas.tls import connected_to_anyone

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0


def expiries(settings: Settings) -> dict[str, float]:
    """Unix time (s) at which each ends, by file or host:port; what cannot be looked at is said and left out."""
    found = {}
    for name, read in (*_files(settings), *_servers(settings)):
        try:
            found[name] = min(one.not_valid_after_utc.timestamp() for one in read())
        except (OSError, ValueError) as error:
            log.warning("the certificate of %s cannot be looked at: %s", name, error)
    return found


Read = Callable[[], list[x509.Certificate]]


def _files(settings: Settings) -> Iterator[tuple[str, Read]]:
    for field in type(settings).model_fields:
        path = str(getattr(settings, field)) if field.endswith(("tls_certificate", "tls_ca")) else ""
        if path:
            yield path, partial(_in_file, Path(path))


def _servers(settings: Settings) -> Iterator[tuple[str, Read]]:
    for url in (settings.registry_url, settings.clickhouse):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            port = parts.port or 443
            yield f"{parts.hostname}:{port}", partial(_of_server, parts.hostname, port)


def _in_file(path: Path) -> list[x509.Certificate]:
    """The certificate and its chain."""
    return x509.load_pem_x509_certificates(path.read_bytes())


def _of_server(host: str, port: int) -> list[x509.Certificate]:
    with connected_to_anyone(host, port, TIMEOUT_SECONDS) as secured:
        shown = secured.getpeercert(binary_form=True)
    return [x509.load_der_x509_certificate(shown or b"")]
