"""Pictures as SVG: a gauge, lines, bars, a graph. Colours are the theme's; each says in words what it shows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from queries.console.render import html

LINE_WIDTH, LINE_HEIGHT = 240.0, 48.0
GAUGE_RADIUS = 80.0
GRAPH_WIDTH, GRAPH_HEIGHT = 720.0, 460.0


@dataclass(frozen=True)
class Dot:
    """A node of a graph; `kind` chooses its colour, `link` is where a click leads."""

    key: str
    label: str
    kind: str
    x: float
    y: float
    link: str = ""
    title: str = ""


def gauge(score: float, band: str, words: str) -> Markup:
    """Half a circle, filled as far as a score from 0 to 1."""
    share = min(1.0, max(0.0, score))
    angle = math.pi * (1.0 - share)
    end = (100 + GAUGE_RADIUS * math.cos(angle), 96 - GAUGE_RADIUS * math.sin(angle))
    return html("gauge", share=share, end=end, radius=GAUGE_RADIUS, band=band, words=words)


def line(values: Sequence[float], words: str) -> Markup:
    """A small line over equal steps of time."""
    most = max(values, default=0.0) or 1.0
    step = LINE_WIDTH / max(1, len(values) - 1)
    points = [(at * step, LINE_HEIGHT - 2 - value / most * (LINE_HEIGHT - 6)) for at, value in enumerate(values)]
    return html("line", points=points, width=LINE_WIDTH, height=LINE_HEIGHT, words=words)


def bars(title: str, unit: str, values: Sequence[tuple[str, float]]) -> Markup:
    """A bar for each label, the longest as wide as there is room."""
    most = max((abs(value) for _, value in values), default=0.0) or 1.0
    digits = 0 if all(value == int(value) for _, value in values) else 2
    rows = [(label, f"{value:,.{digits}f}", 100 * abs(value) / most) for label, value in values]
    return html("bars", title=title, unit=unit, rows=rows)


def graph(dots: Sequence[Dot], edges: Sequence[tuple[str, str, str]], words: str) -> Markup:
    """Nodes at their places, and edges (from, to, words) between them."""
    places = {dot.key: dot for dot in dots}
    joined = [(places[one], places[other], text) for one, other, text in edges if one in places and other in places]
    return html("graph", dots=dots, edges=joined, words=words, width=GRAPH_WIDTH, height=GRAPH_HEIGHT)


def around(keys: Sequence[str], radius: float, begin: float = -math.pi / 2) -> Mapping[str, tuple[float, float]]:
    """Places on a ring around the middle; wider than high, as the picture is."""
    turn = 2 * math.pi / max(1, len(keys))
    return {key: placed(radius, begin + turn * at) for at, key in enumerate(keys)}


def placed(radius: float, angle: float) -> tuple[float, float]:
    """A place at an angle (radians); the radius is a share of what there is room for."""
    return (
        GRAPH_WIDTH / 2 + radius * (GRAPH_WIDTH / 2 - 70) * math.cos(angle),
        GRAPH_HEIGHT / 2 + radius * (GRAPH_HEIGHT / 2 - 36) * math.sin(angle),
    )
