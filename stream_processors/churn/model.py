"""The churn score: silence measured by the customer's own rate of active days.

Active days come at the rate L while a customer stays, who drops out at the rate m. Silent for s days, the customer has
dropped out with probability 1 - 1 / (1 + m / (L + m) (exp((L + m) s) - 1)). Source: Schmittlein, Morrison, Colombo:
Counting Your Customers, Management Science 33 (1987), with both rates given; L is the customer's own, shrunk to a
segment's prior.
"""

import functools
import json
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas import records
from stream_processors.features.parameters import DAY

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

SEGMENTS = records.symbols("customer", "segment")
BANDS = records.symbols("customer_feature", "churn_band")
LOW, MEDIUM, HIGH = (BANDS.index(band) for band in ("low", "medium", "high"))

#: exp() of more than this would leave the range of a double; the score is 1 long before.
MAX_EXPONENT = 700.0


class ChurnModel:
    """One version of the model's parameters."""

    def __init__(self, read: dict[str, Any]) -> None:
        self.version = int(read["version"])
        self.medium_from = float(read["medium_from"])
        self.raise_from = float(read["raise_from"])
        self.recover_below = float(read["recover_below"])
        self.min_active_days = int(read["min_active_days"])
        segments = [read["segments"][segment] for segment in SEGMENTS]
        self._prior_active = np.array([segment["prior_active_days"] for segment in segments])
        self._prior_days = np.array([segment["prior_days"] for segment in segments])
        self._hazard = np.array([segment["hazard_per_day"] for segment in segments])

    def rates(self, segments: npt.NDArray[Any], active_days: npt.NDArray[Any], first: Longs, last: Longs) -> Floats:
        """Active days a day, from the first to the last event (ms), shrunk to the segment's prior."""
        days = (last - first) / DAY + 1.0
        out: Floats = (self._prior_active[segments] + active_days) / (self._prior_days[segments] + days)
        return out

    def scores(self, segments: npt.NDArray[Any], rates: Floats, silence: npt.NDArray[Any]) -> Floats:
        """Probability of having dropped out after a silence in ms; 0 for none or less."""
        hazard = self._hazard[segments]
        both = rates + hazard
        exponent = np.clip(both * np.maximum(silence, 0) / DAY, 0.0, MAX_EXPONENT)
        out: Floats = 1.0 - 1.0 / (1.0 + hazard / both * np.expm1(exponent))
        return out

    def silences(self, segments: npt.NDArray[Any], rates: Floats, score: float) -> Floats:
        """The silence in ms at which the score is reached."""
        hazard = self._hazard[segments]
        both = rates + hazard
        out: Floats = np.log1p(score / (1.0 - score) * both / hazard) / both * DAY
        return out

    def bands(self, scores: Floats) -> npt.NDArray[np.uint8]:
        """The band of each score, as codes of the enum."""
        return np.where(scores >= self.raise_from, HIGH, np.where(scores >= self.medium_from, MEDIUM, LOW)).astype(
            np.uint8
        )


@functools.cache
def churn_model() -> ChurnModel:
    """The model that ships."""
    text = (resources.files("stream_processors.churn") / "model.json").read_text(encoding="utf-8")
    return ChurnModel(json.loads(text))
