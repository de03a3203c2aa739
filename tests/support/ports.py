"""Free ports, so that several stacks and colleagues' own can run beside a test."""

import socket


def free_ports(count: int) -> list[int]:
    """That many ports of 127.0.0.1 which nobody listens on just now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
