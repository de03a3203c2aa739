"""The listening side: uvicorn with the API's bounds for slow clients, and web sockets for the pages."""

import uvicorn

from queries.api.middleware import LONGEST_HEAD
from queries.api.server import END_SECONDS, KEPT_SECONDS, Bounded, Server
from queries.console.application import application
from queries.console.guard import LONGEST_MESSAGE
from queries.console.services import Services
from schemas.settings import Settings
from schemas.tls import serving

#: Connections at once: a page has one for good, and some while it loads.
CONNECTIONS = 2048


def server(settings: Settings, services: Services) -> Server:
    """The console on its port, not yet listening.

    Raises:
        SettingError: the certificate cannot be used.
    """
    config = uvicorn.Config(
        application(services),
        host=settings.console_host,
        port=settings.console_port,
        http=Bounded,
        ws="websockets-sansio",
        ws_max_size=LONGEST_MESSAGE,
        lifespan="on",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks is who is connected: what a header says of it, whoever guesses passwords can write.
        proxy_headers=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
    )
    variables = ("C360_CONSOLE_TLS_CERTIFICATE", "C360_CONSOLE_TLS_KEY")
    context = serving(settings.console_tls_certificate, settings.console_tls_key, variables)
    config.load()
    config.ssl = context
    return Server(config, services.live)
