"""The first page: what flows, right now."""

from fastapi import Request
from nicegui import ui

from queries.console.flow import picture
from queries.console.picture import Picture
from queries.console.sampler import Heard
from queries.console.services import Services
from queries.console.shell import framed

INTRODUCTION = (
    "Events flow from the shop through Kafka. Stream processors keep every customer's features and raise churn alerts; "
    "ClickHouse stores the same events, and answers SQL, Cypher and the API from them."
)


def add(services: Services) -> None:
    """Makes the page."""

    @ui.page("/", title="Live")
    def live(request: Request) -> None:
        with framed(request, "Live"):
            ui.html(INTRODUCTION, sanitize=False, tag="p").classes("lead")
            shown = Picture(_now(services))

            def heard() -> None:
                if (now := _now(services)) is not None:
                    shown.show(now)

        watch(services, heard)


def watch(services: Services, heard: Heard) -> None:
    """Lets the page hear of each look from when it is connected until it is closed."""
    client = ui.context.client
    client.on_delete(services.sampler.watch(heard))


def _now(services: Services) -> dict[str, object] | None:
    return None if services.sampler.now is None else picture(services.sampler.now)
