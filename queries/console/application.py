"""The application: NiceGUI's pages within FastAPI, and the guard before all of it."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from nicegui import ui

from queries.console import doors, metrics
from queries.console.guard import Guard
from queries.console.pages import alerts, customer, customers, letters, live, query, topics, use_cases
from queries.console.services import Services

PAGES = (live, customers, customer, alerts, use_cases, query, letters, topics)
#: Seconds after which a page whose browser does not come back is forgotten.
RECONNECT_SECONDS = 10.0
ICON = (
    '<svg viewBox="0 0 32 32" xmlns="http://www.w3.org/2000/svg"><circle cx="16" cy="16" r="13" fill="none" '
    'stroke="#2563eb" stroke-width="5" stroke-dasharray="62 20"/></svg>'
)


def application(services: Services) -> Guard:
    """The whole."""
    metrics.register()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with services.running():
            yield

    # Their pages load scripts from elsewhere.
    app = FastAPI(title="Customer 360", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.access = services.access
    app.include_router(doors.router)
    app.mount("/static", doors.static)
    for page in PAGES:
        page.add(services)
    ui.run_with(
        app,
        title="Customer 360",
        favicon=ICON,
        language="en-US",
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_SECONDS,
        message_history_length=100,
        gzip_middleware_factory=None,  # a second for each first page, to spare loopback some bytes
        show_welcome_message=False,
    )
    return Guard(app, services.access)
