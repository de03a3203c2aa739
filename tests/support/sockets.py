"""What a server says on a bare connection."""

import contextlib
import socket


def rest(connection: socket.socket) -> bytes:
    """What comes until the other side ends it, in whichever way."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(1 << 16):
            found += more
    return found
