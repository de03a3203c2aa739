"""A link hands over what is sent, both ways; it can be cut, be silent and be late, and be mended."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.chaos.proxy import Link, Network, network
from tests.support.ports import free_ports

#: A read gives up after it; only where nothing is to come is it waited for.
SECONDS = 20.0


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """Sends back what it gets, and says so by its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with contextlib.suppress(OSError), connection:
                while chunk := connection.recv(1 << 16):
                    connection.sendall(chunk)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def linked() -> Iterator[tuple[Network, Link]]:
    with echo() as port, network() as net:
        yield net, net.link(port)


def connected(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout=SECONDS)


def echoed(connection: socket.socket, words: bytes) -> bytes:
    connection.sendall(words)
    return received(connection, len(words))


def received(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (chunk := connection.recv(count - len(found))):
        found += chunk
    return found


def sent_and_closed(connection: socket.socket, words: bytes) -> None:
    connection.sendall(words)
    connection.close()


def is_broken(connection: socket.socket) -> bool:
    try:
        connection.sendall(b"?")
        return not connection.recv(1)
    except ConnectionError:
        return True


def test_everything_comes_through_in_order(linked: tuple[Network, Link]) -> None:
    words = bytes(range(256)) * 4096
    with connected(linked[1]) as connection:
        sender = threading.Thread(target=connection.sendall, args=(words,))
        sender.start()
        assert received(connection, len(words)) == words
        sender.join()


def test_a_cut_breaks_connections_old_and_new_until_it_is_mended(linked: tuple[Network, Link]) -> None:
    net, link = linked
    with connected(link) as old:
        assert echoed(old, b"a") == b"a"
        net.tell(link.cut)
        assert is_broken(old)
    with connected(link) as new:
        assert is_broken(new)
    net.tell(link.mend)
    with connected(link) as after:
        assert echoed(after, b"b") == b"b"


def test_what_is_sent_into_silence_comes_when_it_ends(linked: tuple[Network, Link]) -> None:
    net, link = linked
    with connected(link) as connection:
        assert echoed(connection, b"a") == b"a"
        net.tell(link.silence)
        connection.sendall(b"b")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(SECONDS)
        net.tell(link.mend)
        assert received(connection, 1) == b"b"


def test_a_slow_link_keeps_order(linked: tuple[Network, Link]) -> None:
    net, link = linked
    net.tell(link.slow, 0.05)
    with connected(link) as connection:
        for number in range(20):
            connection.sendall(b"%02d" % number)
        assert received(connection, 40) == b"".join(b"%02d" % number for number in range(20))


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_what_was_sent_before_the_end_closes_comes_before_it(delay: float) -> None:
    words = bytes(range(256)) * 16384
    with socket.create_server(("127.0.0.1", 0)) as server, network() as net:
        link = net.link(server.getsockname()[1])
        net.tell(link.slow, delay)
        with connected(link) as connection, server.accept()[0] as other:
            # More than all buffers hold.
            sender = threading.Thread(target=sent_and_closed, args=(connection, words))
            sender.start()
            other.settimeout(SECONDS)
            assert received(other, len(words)) == words
            assert not other.recv(1)
            sender.join()


def test_nobody_behind_it_breaks_the_connection() -> None:
    with network() as net, connected(net.link(free_ports(1)[0])) as connection:
        assert is_broken(connection)
