"""The churn score: the probability of having dropped out, by a logistic regression over what silence says.

A customer with n + 1 active days, t days between the first and the last of them, has been silent for s days. There are
three terms, each with a weight by segment, and none of them falls as silence goes on:

    evidence  (r + n) ln(1 + s / (a + t))   how much likelier the silence is if the customer has gone than if not; the
                                            own rate is known as well as n and t tell it, with a segment's prior r, a
    time      ln(1 + s)                     the longer the silence, the more time there was to drop out in
    rate      ln((r + n) / (a + t))         active days a day

Source of the first: gamma-distributed rates; Schmittlein, Morrison, Colombo: Counting Your Customers, Management
Science 33 (1987), https://doi.org/10.1287/mnsc.33.1.1. The weights are fitted by stream_processors.churn.fit.
"""

import functools
import json
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from schemas import records
from stream_processors.features.parameters import DAY

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

SEGMENTS = records.symbols("customer", "segment")
BANDS = records.symbols("customer_feature", "churn_band")
LOW, MEDIUM, HIGH = (BANDS.index(band) for band in ("low", "medium", "high"))
TERMS = ("evidence", "time", "rate")

#: No silence is longer, in days: a score that is not reached by then counts as reached there.
LONGEST = 100_000.0
NEWTON_STEPS = 60
#: A last step of Newton's no larger than this leaves its square, about the rounding of a double.
CLOSE_ENOUGH = 1e-7
LARGEST_EXPONENT = 600.0
SMALLEST_WEIGHT = 1e-9


class Habit(NamedTuple):
    """What is known of customers' ways at their last event: segment's code, r + n, a + t in days."""

    segments: npt.NDArray[Any]
    times: Floats
    span: Floats


def habits(
    segments: npt.NDArray[Any],
    prior_times: Floats,
    prior_days: Floats,
    active_days: npt.NDArray[Any],
    first: Longs,
    last: Longs,
) -> Habit:
    """Habits of customers whose priors r and a (days) are given; `first` and `last` event in ms."""
    return Habit(segments, prior_times + np.maximum(active_days - 1, 0), prior_days + (last - first) / DAY)


def terms(habit: Habit, silence: npt.NDArray[Any]) -> Floats:
    """The regression's terms after a silence in ms, in the order of TERMS; less than none counts as none."""
    days = np.maximum(silence, 0) / DAY
    evidence = habit.times * np.log1p(days / habit.span)
    return np.stack([evidence, np.log1p(days), np.log(habit.times / habit.span)], axis=1)


class ChurnModel:
    """One version of the model's parameters."""

    def __init__(self, read: dict[str, Any]) -> None:
        self.version = int(read["version"])
        self.medium_from = float(read["medium_from"])
        self.raise_from = float(read["raise_from"])
        self.recover_below = float(read["recover_below"])
        self.min_active_days = int(read["min_active_days"])
        segments = [read["segments"][segment] for segment in SEGMENTS]
        self._prior_times = np.array([segment["prior_active_days"] for segment in segments])
        self._prior_days = np.array([segment["prior_days"] for segment in segments])
        self._intercept = np.array([segment["intercept"] for segment in segments])
        self._weights = np.array([[segment[term] for term in TERMS] for segment in segments])
        if (self._weights[:, 0] <= 0).any() or (self._weights[:, 1] < 0).any() or (self._prior_days < 1).any():
            raise ValueError("a score of this model would not grow with silence, or not be found by its inverse")

    def habits(self, segments: npt.NDArray[Any], active_days: npt.NDArray[Any], first: Longs, last: Longs) -> Habit:
        """Habits at the last event (`first`, `last` in ms), by the segments' priors."""
        return habits(segments, self._prior_times[segments], self._prior_days[segments], active_days, first, last)

    def scores(self, habit: Habit, silence: npt.NDArray[Any]) -> Floats:
        """Probability of having dropped out after a silence in ms."""
        return logistic((terms(habit, silence) * self._weights[habit.segments]).sum(axis=1) + self._base(habit))

    def silences(self, habit: Habit, score: float) -> Floats:
        """The silence in ms at which the score is reached; 0 where it always is."""
        missing = np.log(score / (1.0 - score)) - self._base(habit)
        missing -= self._weights[habit.segments, 2] * np.log(habit.times / habit.span)
        evidence, time = self._weights[habit.segments, 0] * habit.times, self._weights[habit.segments, 1]
        missing = np.maximum(missing, 0.0)
        # In v = ln(1 + s) the sum is convex and grows. The root is below where either term alone would reach the score,
        # and above where the chords up to there would; from between, Newton's first step comes out above it, if it is
        # not there, and all others come down to it.
        alone = np.log1p(habit.span * np.expm1(np.minimum(missing / evidence, LARGEST_EXPONENT)))
        other = missing / np.maximum(time, SMALLEST_WEIGHT)
        v = (np.minimum(alone, other) + alone * other / np.maximum(alone + other, SMALLEST_WEIGHT)) / 2.0
        # evidence ln(1 + s / span) as a difference of logarithms: one that depends on v, and cheaper than log1p.
        missing = missing + evidence * np.log(habit.span)
        for _ in range(NEWTON_STEPS):
            grown = np.exp(v)
            both = habit.span - 1.0 + grown
            step = (missing - evidence * np.log(both) - time * v) / (evidence * grown / both + time)
            v, before = np.clip(v + step, 0.0, np.log1p(LONGEST)), v
            if np.abs(v - before).max(initial=0.0) < CLOSE_ENOUGH:
                break
        return np.asarray(np.expm1(v) * DAY, np.float64)

    def _base(self, habit: Habit) -> Floats:
        return np.asarray(self._intercept[habit.segments], np.float64)

    def by_segment(self) -> dict[str, list[float]]:
        """What the score is computed with, by what it is: one number a segment, in the order of SEGMENTS."""
        return {
            "prior_times": self._prior_times.tolist(),
            "prior_days": self._prior_days.tolist(),
            "intercepts": self._intercept.tolist(),
            **{f"{term}_weights": self._weights[:, at].tolist() for at, term in enumerate(TERMS)},
        }

    def bands(self, scores: Floats) -> npt.NDArray[np.uint8]:
        """The band of each score, as codes of the enum."""
        return np.where(scores >= self.raise_from, HIGH, np.where(scores >= self.medium_from, MEDIUM, LOW)).astype(
            np.uint8
        )


def logistic(values: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return np.asarray((1.0 + np.tanh(values / 2.0)) / 2.0, np.float64)


@functools.cache
def churn_model() -> ChurnModel:
    """The model that ships."""
    text = (resources.files("stream_processors.churn") / "model.json").read_text(encoding="utf-8")
    return ChurnModel(json.loads(text))
