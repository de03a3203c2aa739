"""TLS from PEM files: the context of a server, and that of a client of our own."""

import contextlib
import socket
import ssl
from collections.abc import Iterator

from schemas.errors import SettingError


def serving(certificate: str, key: str, variables: tuple[str, str]) -> ssl.SSLContext | None:
    """What a server needs to speak TLS; None where it is not asked for. `variables` name the two settings.

    Raises:
        SettingError: only one of the two files is named, or they cannot be used.
    """
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise SettingError(f"{variables[0]} and {variables[1]} go together: set both or none.")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            f"{variables[0]} {certificate} with {variables[1]} {key} cannot be used: {error}. "
            "Both are PEM files, the key without a password."
        ) from None
    return context


@contextlib.contextmanager
def connected_to_anyone(host: str, port: int, seconds: float) -> Iterator[ssl.SSLSocket]:
    """A connection for who looks whether, or until when, a server is there, and tells it nothing: trusts every one.

    The socket is wrapped before it is connected: one that is reset in between, `wrap_socket` would leave open.

    Raises:
        OSError: nobody answers there, or not in TLS, or not within the seconds.
    """
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    refused = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            plain = socket.socket(family, kind, protocol)
        except OSError as error:  # an address of a family that this machine has not
            refused = error
            continue
        with context.wrap_socket(plain, server_hostname=host) as secured:
            secured.settimeout(seconds)
            try:
                secured.connect(address)
            except OSError as error:
                refused = error
                continue
            yield secured
            return
    raise refused


def asking(authority: str) -> ssl.SSLContext:
    """What a client needs to check a server's certificate: trusts those the system does, and an authority beside them.

    Raises:
        SettingError: C360_TLS_CA names a file that cannot be used.
    """
    context = ssl.create_default_context()
    if not authority:
        return context
    try:
        context.load_verify_locations(authority)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            f"C360_TLS_CA has the value {authority!r}: {error}. It is a PEM file of certificates."
        ) from None
    return context
