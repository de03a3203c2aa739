"""The console on its port, with web sockets for the pages."""

from queries.api import listening
from queries.console.application import application
from queries.console.guard import LONGEST_MESSAGE
from queries.console.services import Services
from schemas.settings import Settings

#: Connections at once: a page has one for good, and some while it loads.
CONNECTIONS = 2048


def server(settings: Settings, services: Services) -> listening.Server:
    """It as a server, not yet listening.

    Raises:
        SettingError: the certificate cannot be used.
    """
    return listening.server(
        application(services),
        services.live,
        listening.Door.of(settings, "console"),
        CONNECTIONS,
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        # Who asks is who is connected: what a header says of it, whoever guesses passwords can write.
        proxy_headers=False,
    )
