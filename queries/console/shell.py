"""The frame around every page: title, navigation, theme, leaving. Pages are listed here and nowhere else."""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from fastapi import Request
from markupsafe import escape
from nicegui import ui

from queries.console.doors import theme
from queries.console.regions import Region
from queries.console.render import html
from queries.console.sampler import Heard
from queries.console.services import Services


class Place(NamedTuple):
    """An entry of the navigation."""

    path: str
    name: str


PLACES = (
    Place("/", "Live"),
    Place("/customers", "Customers"),
    Place("/alerts", "Alerts"),
    Place("/use-cases", "Use cases"),
    Place("/query", "Query"),
    Place("/dead-letters", "Dead letters"),
    Place("/topics", "Topics"),
)

UNFORESEEN = "An error of the console's own: 'c360 logs console' has it."


@contextlib.contextmanager
def framed(request: Request, title: str) -> Iterator[ui.html]:
    """What is made within the block stands on the page, below the heading that this gives."""
    chosen = theme(request) or "light"
    ui.page_title(f"{title} - Customer 360")
    ui.add_head_html('<link rel="stylesheet" href="/static/console.css"><script src="/static/frame.js"></script>')
    ui.dark_mode(value=chosen == "dark")
    layout = ui.context.client.layout
    here = str(request.url.path)
    with layout:
        words = {"places": PLACES, "here": here, "theme": chosen, "back": _address(request)}
        head = ui.html(html("head", **words), sanitize=False, tag="header").classes("head")
        head.move(layout, target_index=0)
    with ui.element("div").props('id=content tabindex="-1"').classes("content"):
        heading = ui.html(str(escape(title)), sanitize=False, tag="h1")
        unforeseen = Region()
        ui.context.client.on_exception(lambda: unforeseen.fail(UNFORESEEN))
        yield heading


def watch(services: Services, heard: Heard) -> None:
    """Lets the page hear of each look at the pipeline until it is closed."""
    ui.context.client.on_delete(services.sampler.watch(heard))


def when_watched(services: Services, draw: Heard) -> None:
    """Draws now, and after each look."""
    draw()
    watch(services, draw)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
