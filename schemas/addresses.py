"""How a server of ours is reached from its own machine."""

#: What a server is told that listens on every address.
EVERYWHERE = {"0.0.0.0", "::", ""}


def reached(host: str) -> str:
    """The address at which a server that listens on `host` is asked from here."""
    return "127.0.0.1" if host in EVERYWHERE else host


def url(host: str, port: int, *, tls: bool) -> str:
    """Its URL for who asks from here, without a slash at its end."""
    at = reached(host)
    return f"{'https' if tls else 'http'}://{f'[{at}]' if ':' in at else at}:{port}"
