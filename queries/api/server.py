"""The API on its port."""

from queries.api import listening
from queries.api.application import application
from queries.api.services import Services
from schemas.settings import Settings

#: Connections beyond the readers of live alerts.
CONNECTIONS = 1024


def server(settings: Settings, services: Services) -> listening.Server:
    """It as a server, not yet listening.

    Raises:
        SettingError: the certificate cannot be used.
    """
    door, most = listening.Door.of(settings, "api"), settings.api_streams + CONNECTIONS
    return listening.server(application(services), services.live, door, most, ws="none")
