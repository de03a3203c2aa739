"""How well churn can be told at all: the odds by someone who knows each customer's true rate, lifetime and returns.

What is known from the parameters is put together with the last event of each customer by Bayes' rule, day by day.
"""

import numpy as np
import numpy.typing as npt

from producers.plan import Plan
from producers.world.parameters import parameters
from producers.world.timeline import daily
from producers.world.world import World
from schemas.records import symbols
from stream_processors.churn.history import Sample
from stream_processors.features.parameters import DAY

Floats = npt.NDArray[np.float64]
RECENT_DAYS = 30


class Ceiling:
    """The true probabilities at one look: `gone`; `recent` (within 30 days) among the `narrow`, not gone before."""

    def __init__(self, plan: Plan, sample: Sample) -> None:
        world = plan.world()
        at = (int(sample.at[0]) - world.epoch) / DAY
        place, last = sample.customer - 1, (sample.last - world.epoch) / DAY
        weight = np.diff(world.customers.visits, prepend=0.0)[place]
        clock = _clock(world, (plan.length or 0) // DAY, (plan.events or 0) / 4)
        lifetime, returning, shortest, more = _by_segment()
        hazard = 1.0 / lifetime[sample.segment]
        since = np.interp(last, np.arange(len(clock)), clock)
        staying = np.exp(-hazard * (at - last) - weight * (np.interp(at, np.arange(len(clock)), clock) - since))
        recent, before = np.zeros(len(place)), np.zeros(len(place))
        for ago in np.arange(0.5, at):
            then = at - ago
            chance = np.where(
                then > last,
                hazard
                * np.exp(-hazard * (then - last) - weight * (np.interp(then, np.arange(len(clock)), clock) - since)),
                0.0,
            )
            away = np.maximum(ago - shortest[sample.segment], 0.0) / more[sample.segment]
            chance *= 1.0 - returning[sample.segment] * -np.expm1(-away)
            if ago <= RECENT_DAYS:
                recent += chance
            else:
                before += chance
        self.gone: Floats = (recent + before) / (staying + recent + before)
        self.recent: Floats = recent / (staying + recent)
        self.narrow: npt.NDArray[np.bool_] = ~sample.gone | (sample.at - sample.dropout <= RECENT_DAYS * DAY)


def _clock(world: World, days: int, visits: float) -> Floats:
    """By the beginning of each day: visits so far of a customer of weight 1 who was there all the time."""
    weight = np.diff(world.customers.visits, prepend=0.0)
    steps = np.zeros(days + 1)
    never = np.full(len(weight), np.iinfo(np.int64).max)
    held = world.customers
    for begin, end in ((held.registered, held.dropout), (held.comeback, never)):
        for moment, sign in ((begin, 1.0), (end, -1.0)):
            day = np.rint(np.clip((moment - world.epoch) / DAY, 0, days)).astype(np.int64)
            steps += np.bincount(day, sign * weight, days + 1)
    present = np.cumsum(steps)[:days]
    return np.concatenate([[0.0], np.cumsum(daily(parameters(), world.epoch, days) * visits / present)])


def _by_segment() -> tuple[Floats, Floats, Floats, Floats]:
    """Mean lifetime, share that returns, shortest absence and what is added to it on average; days, by code."""
    rows = []
    for name in symbols("customer", "segment"):
        known = parameters()["segments"].get(name)
        rows.append(
            (known["lifetime_days"], known["returning"], *known["away_days"]) if known else (1e9, 0.0, 0.0, 1.0)
        )
    lifetime, returning, shortest, more = np.array(rows, np.float64).T
    return lifetime, returning, shortest, more
