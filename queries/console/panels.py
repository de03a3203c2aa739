"""Panels that stand on more than one page, and are drawn anew when there is something new."""

from collections.abc import Callable

from nicegui import ui

from queries.console.regions import Region
from queries.console.services import Services

#: Alerts that the panel shows.
SHOWN = 12
AWAY = "Kafka does not answer: alerts come again when it does."


def at_risk(services: Services) -> Callable[[], None]:
    """VIPs at risk; what this answers draws the newest."""
    with ui.element("section").classes("card wide"):
        region = Region()
    return lambda: _draw_at_risk(services, region)


def alerts(services: Services, count: int = SHOWN) -> Callable[[], None]:
    """The latest alerts; what this answers draws the newest."""
    # Not read aloud: a table that is read whole at each alert helps nobody.
    region = Region()
    drawn: tuple[int, str] | None = None

    def draw() -> None:
        nonlocal drawn
        live, problem = services.live, _no_news(services)
        if drawn != (live.seen, problem):
            drawn = live.seen, problem
            nothing = "No alert yet. They come as customers fall silent, at ticks of the events' own time."
            region.show("alerts", alerts=live.latest(count), problem=problem, nothing=nothing)

    return draw


def _no_news(services: Services) -> str:
    """Why no alert can come; empty while they can."""
    now = services.sampler.now
    if said := services.feed.problem or services.live.failure:
        return said
    # A consumer that has begun is silent while Kafka is away.
    return AWAY if now is not None and "kafka" in now.failing else ""


def _draw_at_risk(services: Services, region: Region) -> None:
    here = services.at_risk
    conclusion = here.report.conclusion if here.report is not None else None
    rows = None
    if conclusion is not None:
        rows = [dict(zip(conclusion.columns, row, strict=True)) for row in conclusion.rows]
    # One sentence says how many and how much; the next ones say what the table shows.
    sentence = conclusion.sentence.partition("; the ")[0].rstrip(".") + "." if conclusion is not None else ""
    region.show("at_risk", rows=rows, sentence=sentence, problem=here.problem)
