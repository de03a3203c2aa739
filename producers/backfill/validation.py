"""Validates a history against what the client asked for: target against got, figure by figure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from producers.calibration.figures import Figure, figures
from producers.calibration.tally import Span, Tally
from producers.counters import Counters
from producers.display import Display
from producers.making import made
from producers.plan import Plan
from producers.world.events import Part
from producers.world.world import World
from schemas.errors import C360Error


class Validation:
    """Counts the events of a plan, in batches."""

    def __init__(self, plan: Plan, world: World) -> None:
        self._world = world
        self._tally = Tally(world, Span(plan.start, plan.start + (plan.length or 0)))

    def add(self, parts: Mapping[str, Part]) -> None:
        """Counts a batch."""
        self._tally.add(parts)

    def figures(self) -> list[Figure]:
        """What all of it comes to."""
        return figures(self._world, self._tally)


def validated(plan: Plan, world: World, display: Display) -> list[Figure]:
    """The figures of a plan's events, which are made for this and not sent."""
    validation, counters = Validation(plan, world), Counters()
    display.say(f"validating {plan.events:,} events")
    for parts in made(plan, world, display, counters):
        validation.add(parts)
        for stream, part in parts.items():
            counters.add_sent(stream, len(part.sequence))
    return validation.figures()


def tell(found: Sequence[Figure], quiet: bool) -> None:
    """Prints target against got on stderr, unless that is asked for as JSON."""
    if quiet:
        return
    table = Table("figure", "target", "got", "tolerance", "", title="target against got")
    for one in found:
        verdict = "ok" if one.ok and one.held else "not held to" if one.ok else "OFF"
        table.add_row(one.name, _said(one.target), _said(one.got), f"{one.kind} {one.tolerance:.4g}", verdict)
    Console(stderr=True).print(table)


def account(found: Sequence[Figure]) -> dict[str, Any]:
    """The same for the account."""
    return {"on_target": all(bool(one.ok) for one in found), "figures": [_plain(asdict(one)) for one in found]}


def refuse(found: Sequence[Figure]) -> None:
    """Says which figures are off target.

    Raises:
        C360Error: some are.
    """
    off = [f"{one.name} (target {_said(one.target)}, got {_said(one.got)})" for one in found if not one.ok]
    if off:
        raise C360Error(
            f"{len(off)} of {len(found)} figures are off target: {'; '.join(off)}. Nothing was sent. Small worlds vary "
            "by chance: try a larger --scale, another --seed, or send it without --validate."
        )


def _plain(figure: dict[str, Any]) -> dict[str, Any]:
    """Without numpy's own kinds of numbers, which JSON does not know; null for a figure that there is none of."""
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in figure.items()}
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in plain.items()}


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
