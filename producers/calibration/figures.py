"""Target against got: the figures of a history, judged by targets.toml."""

import functools
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from producers.calibration.behaviour import baskets, loyalty, registrations, rhythm
from producers.calibration.measures import Measures, catalogue, leanings, volumes, worth
from producers.calibration.tally import Tally
from producers.world.world import World

MEASURES = (worth, leanings, volumes, catalogue, rhythm, loyalty, registrations, baskets)


@dataclass(frozen=True)
class Figure:
    """One figure. `kind` says how the target is meant: near, least, most or same; what is not held is always ok."""

    name: str
    target: float | str
    got: float | str
    kind: str
    tolerance: float
    held: bool
    ok: bool


def figures(world: World, tally: Tally) -> list[Figure]:
    """Every target's figure, in the order of targets.toml; one that the history is too short for is not ok."""
    got: Measures = {}
    for measure in MEASURES:
        got |= measure(world, tally)
    smaller = max(1.0, _targets()["customers"] / len(world.customers.segment)) ** 0.5
    return [_judged(target, got.get(target["name"], float("nan")), smaller) for target in _targets()["figures"]]


@functools.cache
def _targets() -> dict[str, Any]:
    return tomllib.loads((resources.files("producers.calibration") / "targets.toml").read_text(encoding="utf-8"))


def _judged(target: dict[str, Any], got: float | str, smaller: float) -> Figure:
    kind, aim, held = target["kind"], target["target"], target.get("held", True)
    tolerance = target.get("tolerance", 0.0) + target.get("chance", 0.0) * smaller
    ok = not held or _meets(kind, aim, got, tolerance)
    return Figure(target["name"], aim, got, kind, tolerance, held, ok)


def _meets(kind: str, aim: float | str, got: float | str, tolerance: float) -> bool:
    if isinstance(aim, str) or isinstance(got, str):
        return aim == got
    near = abs(got - aim) <= tolerance
    return {"near": near, "least": got >= aim - tolerance, "most": got <= aim + tolerance}[kind]
