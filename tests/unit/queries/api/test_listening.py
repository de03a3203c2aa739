"""The port of the API and that of the console: how it is taken, and which settings say what it is."""

import socket

import pytest

from queries.api.listening import Door, listening
from schemas.settings import Settings
from tests.support.ports import free_ports


def test_connections_are_of_tcp_so_that_answers_do_not_wait_for_acknowledgements() -> None:
    with (
        listening("127.0.0.1", free_ports(1)[0]) as port,
        socket.create_connection(port.getsockname()[:2]),
        port.accept()[0] as accepted,
    ):
        assert accepted.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("name", ["api", "console"])
def test_a_door_is_what_the_settings_of_its_name_say(name: str) -> None:
    given = {"host": "10.0.0.7", "port": 1, "metrics_port": 2, "tls_certificate": "/a", "tls_key": "/b"}
    here = Settings().model_copy(update={f"{name}_{field}": value for field, value in given.items()})
    door = Door.of(here, name)
    assert door == Door(name, "10.0.0.7", 1, 2, "/a", "/b", "https://10.0.0.7:1")
    assert door.variable("tls_key") == f"C360_{name.upper()}_TLS_KEY"
