"""The first page: what flows right now, who of the VIPs is at risk and what to offer them, the latest alerts."""

from fastapi import Request
from nicegui import ui

from queries.console import panels
from queries.console.flow import picture
from queries.console.picture import Picture
from queries.console.services import Services
from queries.console.shell import framed, when_watched

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
            flow = Picture(None)
            with ui.element("div").classes("panels"):
                at_risk = panels.at_risk(services)
                with ui.element("section").classes("card wide"):
                    ui.html("Churn alerts, as they come", sanitize=False, tag="h2")
                    alerts = panels.alerts(services)

            def draw() -> None:
                if services.sampler.now is not None:
                    flow.show(picture(services.sampler.now))
                at_risk()
                alerts()

        when_watched(services, draw)
