"""Panels that stand on more than one page, and are drawn anew when there is something new."""

from collections.abc import Callable

from nicegui import ui

from queries.console.regions import Region
from queries.console.services import Services

#: Alerts that the panel shows.
SHOWN = 12


def at_risk(services: Services) -> Callable[[], None]:
    """VIPs at risk; what this answers draws the newest."""
    with ui.element("section").classes("card wide"):
        region = Region()
    return lambda: _draw_at_risk(services, region)


def alerts(services: Services, count: int = SHOWN) -> Callable[[], None]:
    """The latest alerts; what this answers draws the newest."""
    # Not read aloud: a table that is read whole at each alert helps nobody.
    region = Region()
    seen = -1

    def draw() -> None:
        nonlocal seen
        live, problem = services.live, services.feed.problem
        if live.seen != seen or problem:
            seen = live.seen
            nothing = "No alert yet. They come as customers fall silent, at ticks of the events' own time."
            region.show("alerts", alerts=live.latest(count), problem=problem, nothing=nothing)

    return draw


def _draw_at_risk(services: Services, region: Region) -> None:
    here = services.at_risk
    conclusion = here.report.conclusion if here.report is not None else None
    rows = None
    if conclusion is not None:
        rows = [dict(zip(conclusion.columns, row, strict=True)) for row in conclusion.rows]
    # One sentence says how many and how much; the next ones say what the table shows.
    sentence = conclusion.sentence.partition("; the ")[0].rstrip(".") + "." if conclusion is not None else ""
    region.show("at_risk", rows=rows, sentence=sentence, problem=here.problem)
