"""The numbers of the features that are a choice, read from parameters.json, and the windows."""

import functools
import json
from importlib import resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from schemas import records

HOUR = 3_600_000
DAY = 86_400_000

COMPLETED = records.symbols("transaction", "status").index("completed")
REFUNDED = records.symbols("transaction", "status").index("refunded")
INTERACTION_TYPES = records.symbols("interaction", "type")


class Window(NamedTuple):
    """The tile of the clock and the `tiles` - 1 before it."""

    name: str
    tiles: int


#: Whole UTC hours, and whole UTC days.
HOUR_WINDOWS = (Window("1h", 1), Window("24h", 24))
DAY_WINDOWS = (Window("7d", 7), Window("30d", 30), Window("90d", 90))


class Parameters(NamedTuple):
    """Half-lives in ms; weights by what happened; engagement = 100 (1 - exp(-decayed weights / scale)).

    A steady customer's decayed weights are in proportion to the half-life, and so are the scales: they are as engaged
    by the one as by the other.
    """

    short_half_life: int
    long_half_life: int
    short_scale: float
    long_scale: float
    interaction_weights: npt.NDArray[np.float64]
    purchase_weight: float
    refund_weight: float


@functools.cache
def parameters() -> Parameters:
    """The parameters that ship."""
    text = (resources.files("stream_processors.features") / "parameters.json").read_text(encoding="utf-8")
    read = json.loads(text)
    weights = read["interaction_weights"]
    return Parameters(
        short_half_life=read["short_half_life_days"] * DAY,
        long_half_life=read["long_half_life_days"] * DAY,
        short_scale=read["engagement_scale"],
        long_scale=read["engagement_scale"] * read["long_half_life_days"] / read["short_half_life_days"],
        interaction_weights=np.array([weights.get(symbol, 0.0) for symbol in INTERACTION_TYPES]),
        purchase_weight=read["purchase_weight"],
        refund_weight=read["refund_weight"],
    )
