"""How much of the calendar's traffic falls to whom: the weights by which visitors are drawn, solved for the quotas.

The number of visits of a day is given and whoever is active that day shares in it, by weight. So a segment's visits
depend on everybody else's: the multipliers of the segments' weights are the fixed point of proportional fitting
(Deming and Stephan 1940, https://doi.org/10.1214/aoms/1177731829).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from producers.world.draws import Floats, Integers

DAY_MS = 86_400_000
ENOUGH = 1e-12
ROUNDS = 500


@dataclass(frozen=True)
class Exposure:
    """`multiplier` of the weights by group; `visits`: the part of all visits by group and kind, (groups, kinds)."""

    multiplier: Floats
    visits: Floats


def presence(
    weight: Floats,
    cell: Integers,
    cells: int,
    spells: list[tuple[Integers, Integers]],
    epoch: int,
    days: int,
) -> Floats:
    """The weight that is present by cell and day, shape (cells, days); `spells`: from and until when each is active."""
    steps = np.zeros(cells * (days + 1))
    for begin, end in spells:
        for moment, sign in ((begin, 1.0), (end, -1.0)):
            day = np.rint(np.clip((moment - epoch) / DAY_MS, 0, days)).astype(np.int64)
            steps += np.bincount(cell * (days + 1) + day, sign * weight, len(steps))
    present: Floats = np.cumsum(steps.reshape(cells, days + 1), axis=1)[:, :days]
    return np.maximum(present, 0.0)


def fitted(present: Floats, daily: Floats, quota: Floats) -> Exposure:
    """Multipliers such that each group gets its part of the visits.

    `present`: (groups, kinds, days); `daily`: each day's part of the visits; `quota`: each group's, 0 for none.
    """
    groups: npt.NDArray[np.float64] = present.sum(axis=1)
    multiplier = (quota > 0).astype(np.float64)
    for _ in range(ROUNDS):
        each = _each(multiplier @ groups, daily)
        got = multiplier * (groups @ each)
        step = np.divide(quota, got, out=np.ones_like(got), where=got > 0)
        multiplier *= step
        if np.abs(step - 1).max() < ENOUGH:
            break
    return Exposure(multiplier, multiplier[:, None] * (present @ _each(multiplier @ groups, daily)))


def _each(total: Floats, daily: Floats) -> Floats:
    return np.divide(daily, total, out=np.zeros_like(daily), where=total > 0)
